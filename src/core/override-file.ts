/**
 * The files of `/opt/stackstorm/overrides`: what StackStorm (since 3.7) makes of them at each registration, and how this tool
 * puts its own in their place without losing what stood there. Pure. Facts: recordings overrides.
 */
import { parseYaml } from './yaml11'

/** What overrides can switch. Policies and runners cannot be. */
export const OVERRIDABLE = ['rules', 'sensors', 'actions', 'aliases'] as const
export type Overridable = (typeof OVERRIDABLE)[number]

/** What acts by itself, or on a word from outside, once it is registered. */
export const ACTING = ['rules', 'sensors', 'aliases'] as const satisfies readonly Overridable[]

interface Switch {
  enabled?: unknown
}

export interface OverrideSection {
  defaults?: Switch
  exceptions?: Record<string, Switch>
  [member: string]: unknown
}

/** A file's content. Members that are none of {@link OVERRIDABLE} are kept. */
export type Overrides = Record<string, OverrideSection>

/** The file that holds for all packs. */
export const GLOBAL = '_global'

/** Why registering would stumble over a file. */
export class BrokenOverrides extends Error {}

/** Reads a file as registering does. Throws {@link BrokenOverrides} where that ends in an error; an empty file is one. */
export function parseOverrides(bytes: Buffer): Overrides {
  const value = parsed(bytes)
  if (value === null) throw new BrokenOverrides('it is empty')
  if (!isMapping(value)) throw new BrokenOverrides('it is no mapping')
  for (const name of OVERRIDABLE) if (name in value) checkSection(name, value[name])
  return value as Overrides
}

function parsed(bytes: Buffer): unknown {
  try {
    return parseYaml(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new BrokenOverrides(((error as { reason?: string }).reason ?? (error as Error).message).split('\n')[0])
  }
}

function checkSection(name: string, section: unknown): void {
  if (!isMapping(section)) throw new BrokenOverrides(`its section ${name} is no mapping`)
  if ('defaults' in section) checkSwitch(`${name}.defaults`, section.defaults)
  if (!('exceptions' in section)) return
  if (!isMapping(section.exceptions)) throw new BrokenOverrides(`${name}.exceptions is no mapping`)
  for (const [one, value] of Object.entries(section.exceptions)) checkSwitch(`${name}.exceptions.${one}`, value)
}

function checkSwitch(where: string, value: unknown): void {
  if (!isMapping(value)) throw new BrokenOverrides(`${where} is no mapping`)
  const foreign = Object.keys(value).find((key) => key !== 'enabled')
  if (foreign !== undefined) throw new BrokenOverrides(`${where} holds ${foreign}, which cannot be overridden`)
}

const isMapping = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** Whether a resource comes enabled at a registration. `name` is its class name for a sensor; `shipped` what its own file says, where that is known. */
export function enabledBy<S extends boolean | undefined>(all: Overrides | undefined, pack: Overrides | undefined, type: Overridable, name: string, shipped: S): boolean | S {
  // Exceptions of the global file are ignored by StackStorm.
  const found = [own(pack?.[type]?.exceptions, name)?.enabled, pack?.[type]?.defaults?.enabled, all?.[type]?.defaults?.enabled].find((value) => value !== undefined)
  return found === undefined ? shipped : Boolean(found)
}

/** A resource's name may be that of a member which every object has. */
const own = (exceptions: Record<string, Switch> | undefined, name: string): Switch | undefined => (exceptions && Object.prototype.hasOwnProperty.call(exceptions, name) ? exceptions[name] : undefined)

/** The same with everything that acts switched off by default. */
export function switchedOff(overrides: Overrides): Overrides {
  return { ...overrides, ...Object.fromEntries(ACTING.map((type) => [type, { ...overrides[type], defaults: { ...overrides[type]?.defaults, enabled: false } }])) }
}

/** What one resource is to be. */
export interface Wish {
  type: Overridable
  name: string
  enabled: boolean
}

/** The same with an exception for each of these. */
export function withExceptions(overrides: Overrides, wishes: readonly Wish[]): Overrides {
  const result = { ...overrides }
  for (const { type, name, enabled } of wishes) {
    const section = result[type]
    result[type] = { ...section, exceptions: Object.fromEntries([...Object.entries(section?.exceptions ?? {}).filter(([one]) => one !== name), [name, { enabled }]]) }
  }
  return result
}

/** What a file of ours is there for: `quiet` until activation, `states` as they were on the old instance. */
export type Purpose = 'quiet' | 'states'

const WHY: Record<Purpose, string> = {
  quiet: '# What is registered stays switched off until that run is activated: st2upgrade activate, or undo, puts back what stood here.',
  states: '# What was switched on or off on the old instance stays so, also after packs are registered again.',
}
const SIGNED = /^# Written by st2upgrade, run ([A-Za-z0-9_-]+) \((quiet|states)\)\.$/

/**
 * A file of ours below its first line, which is a marker: who wrote it, what stood there before, line by line in comments, then
 * what holds now. It can be taken apart again with {@link ownedFile}.
 */
export function ownBody(purpose: Purpose, run: string, before: Buffer | undefined, overrides: Overrides): string {
  const head = [`# Written by st2upgrade, run ${run} (${purpose}).`, WHY[purpose], before ? '# Before, this stood here:' : '# Before, there was no such file.']
  return [...head, ...(before ? keptLines(before) : []), '---', ...emitted(overrides, ''), ''].join('\n')
}

export interface OwnedFile {
  purpose: Purpose
  run: string
  /** The bytes that stood there before; absent where there was no file. */
  before?: Buffer
}

/** What a file of ours took the place of; undefined for a file that is none. */
export function ownedFile(bytes: Buffer): OwnedFile | undefined {
  const lines = bytes.toString('utf8').split('\n')
  const [, run, purpose] = SIGNED.exec(lines[1] ?? '') ?? []
  if (run === undefined) return undefined
  const of = (prefix: string): string[] => lines.slice(0, lines.indexOf('---')).filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length))
  const [text, encoded] = [of(TEXT), of(ENCODED)]
  const before = text.length > 0 ? Buffer.from(text.join('\n')) : encoded.length > 0 ? Buffer.from(encoded.join(''), 'base64') : undefined
  return { purpose: purpose as Purpose, run, ...(before && { before }) }
}

const TEXT = '#| '
const ENCODED = '#= '

/** As text where every line can stand in a comment (YAML breaks lines at more than line feeds), else in base64. */
function keptLines(bytes: Buffer): string[] {
  const text = bytes.toString('utf8')
  const plain = Buffer.from(text).equals(bytes) && /^[\t\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/.test(text)
  if (plain) return text.split('\n').map((line) => TEXT + line)
  return (bytes.toString('base64').match(/.{1,76}/g) ?? ['']).map((line) => ENCODED + line)
}

/** Keys and texts in a form that YAML 1.1 cannot take for anything else; what is no mapping in one line. */
function emitted(value: Record<string, unknown>, indent: string): string[] {
  return Object.entries(value).flatMap(([key, member]) => {
    const name = PLAIN_KEY.test(key) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(key) ? key : quoted(key)
    return isMapping(member) && Object.keys(member).length > 0 ? [`${indent}${name}:`, ...emitted(member, `${indent}  `)] : [`${indent}${name}: ${quoted(member)}`]
  })
}

/** JSON is YAML, but for characters that YAML does not take as they are. */
const quoted = (value: unknown): string => JSON.stringify(value).replace(/[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_.-]*$/
