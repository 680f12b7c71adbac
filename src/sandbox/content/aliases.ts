/** Action aliases: what is stored, and which one a command of the chat means. */
import { pyRegExp } from '../python'
import { Fault, type Sandbox } from '../types'
import { aliases, refOf, uidOf, type AliasDoc, type Json } from './documents'

interface AliasSpec {
  name: string
  pack: string
  description?: string | null
  enabled?: boolean
  action_ref: string
  formats?: unknown[]
  ack?: Json | null
  result?: Json | null
  extra?: Json | null
  immutable_parameters?: Json | null
  metadata_file?: string
}

/** An alias as it is stored, under a new id. Throws as StackStorm does for one without formats: nobody foresaw it. */
export function aliasDoc({ store }: Sandbox, content: Json): AliasDoc {
  const spec = content as unknown as AliasSpec
  const { name, pack } = spec
  if (spec.formats === undefined) throw new Error("'ActionAliasAPI' object has no attribute 'formats'")
  return {
    uid: uidOf('action_alias', pack, name),
    metadata_file: spec.metadata_file ?? '',
    name,
    ref: refOf(pack, name),
    ...(typeof spec.description === 'string' && { description: spec.description }),
    pack,
    enabled: spec.enabled ?? true,
    action_ref: spec.action_ref,
    formats: spec.formats ?? [],
    ack: spec.ack ?? {},
    result: spec.result ?? {},
    extra: spec.extra ?? {},
    immutable_parameters: spec.immutable_parameters ?? {},
    id: store.newId(),
  }
}

/** Stores an alias of a pack's file. StackStorm looks for an old one by the bare name: another pack's alias of that name is replaced. */
export function registerAlias(sandbox: Sandbox, content: Json): void {
  const doc = aliasDoc(sandbox, content)
  const existing = aliases(sandbox).all().find(({ name }) => name === doc.name)
  aliases(sandbox).put(existing ? { ...doc, id: existing.id } : doc)
}

export interface AliasMatch {
  alias: AliasDoc
  /** The format as the alias holds it. */
  format: unknown
  display: string | undefined
  representation: string
  matchMultiple: boolean
}

interface Format {
  display?: string
  representation?: string | string[]
  match_multiple?: boolean
}

/** A format is a text, or texts to match with one to show. */
export function displayOf(format: unknown): string | undefined {
  return typeof format === 'string' ? format : (format as Format).display
}

function matchesOf(alias: AliasDoc, format: unknown): AliasMatch[] {
  const { display, representation = [], match_multiple = false }: Format = typeof format === 'string' ? { display: format, representation: [format] } : (format as Format)
  const texts = typeof representation === 'string' ? [representation] : representation
  const shown = texts.length === 0 && display ? [''] : texts
  return shown.map((one) => ({ alias, format, display, representation: one, matchMultiple: match_multiple }))
}

/** The one enabled alias whose format the command fits; 400 when there is none, or more than one. */
export function matchAlias(sandbox: Sandbox, command: string): AliasMatch {
  const enabled = aliases(sandbox).all().filter(({ enabled: on }) => on)
  const fitting = enabled
    .flatMap((alias) => alias.formats.flatMap((format) => matchesOf(alias, format)))
    .filter(({ representation }) => extractParameters(representation, command) !== undefined)
  const single = fitting.filter(({ matchMultiple }) => !matchMultiple)
  const matches = single.length > 0 ? single : fitting
  if (matches.length > 1) throw new Fault(400, `Command ${pyQuoted(command)} matched more than 1 ${single.length > 0 ? '' : '(multi) '}pattern`)
  if (!matches[0]) throw new Fault(400, `Command ${pyQuoted(command)} matched no patterns`)
  return matches[0]
}
const pyQuoted = (text: string): string => `'${text}'`

const VALUE = `""|''|"(.+?)"|'(.+?)'|({.+?})|(\\S+)`
const EXTENDED_VALUE = `""|''|"(.+?)"|'(.+?)'|({.+?})|(.+?)`
const KEY = '\\s*(\\S+?)\\s*'
const PAIR = `(?:^|\\s+)${KEY}=(${VALUE})`
const OPTIONAL = `{{${KEY}\\s*=\\s*(?:${EXTENDED_VALUE})\\s*}}`
const REQUIRED = `{{${KEY}}}`
const CAPTURE = `["']?(?<$2>(?:(?<=').+?(?=')|(?<=").+?(?=")|{.+?}|.+?))["']?`

/** The parameters that a command gives to a format such as `deploy {{what}} to {{where=test}}`; undefined when it does not fit. */
export function extractParameters(format: string, command: string): Record<string, string | undefined> | undefined {
  const { pairs, rest } = trailingPairs(command)
  const found = formatExpression(format)?.exec(` ${rest} `)
  if (!found) return undefined
  const parameters: Record<string, string | undefined> = { ...found.groups }
  for (const [, name = '', ...values] of format.matchAll(new RegExp(OPTIONAL, 'gs'))) parameters[name] ||= values.map((value) => value ?? '').join('')
  for (const [name, value] of pairs) parameters[name] = value
  if (format && !rest.trim() && !Object.values(parameters).some(Boolean)) return undefined
  return parameters
}

/** `key=value` words at the end of a command are parameters that the format need not name. */
function trailingPairs(command: string): { pairs: [string, string][]; rest: string } {
  const ending = new RegExp(`^.*?((${PAIR}\\s*)*)$`, 's').exec(command)?.[1]
  if (!ending) return { pairs: [], rest: command }
  const pairs = [...ending.matchAll(new RegExp(PAIR, 'gs'))].map(([, name = '', , ...values]): [string, string] => [name, values.map((value) => value ?? '').join('')])
  return { pairs, rest: command.replace(ending, '') }
}

function formatExpression(format: string): RegExp | undefined {
  const withOptional = format.replace(new RegExp(`(\\s*)${OPTIONAL}`, 'gs'), `(?:$1${CAPTURE})?`)
  const source = withOptional.replace(new RegExp(`(\\s*)${REQUIRED}`, 'g'), `$1${CAPTURE}`)
  const begun = /(?<!\[)\^|\\A/.test(source) ? source : `^\\s*${source}`
  const whole = /(?<!\\)\$|\\Z/.test(source) ? begun : `${begun}\\s*$`
  try {
    return new RegExp(whole.replace(/\\A/g, '^').replace(/\\Z/g, '$').replace(/\(\?P</g, '(?<'), 's')
  } catch {
    return undefined
  }
}

export interface HelpRequest {
  filter?: string
  pack?: string
  limit: number
  offset: number
}

/** The help texts of enabled aliases. An alias without a description makes StackStorm fall over. */
export function helpTexts(list: AliasDoc[], { filter, pack, limit, offset }: HelpRequest): { available: number; helpstrings: Json[] } {
  const wanted = pyRegExp(`(?i)${filter ?? ''}`)
  const matching = list
    .filter((alias) => alias.enabled && (!pack || alias.pack === pack))
    .flatMap((alias) => alias.formats.map((format) => ({ alias, display: displayOf(format) })))
    .filter(({ display }) => display && wanted.test(display))
  const shown = matching.slice(offset, limit > 0 ? offset + limit : undefined)
  return {
    available: matching.length,
    helpstrings: shown.map(({ alias, display }) => {
      if (alias.description === undefined) throw new Error("'ActionAliasAPI' object has no attribute 'description'")
      return { pack: alias.pack, display, description: alias.description }
    }),
  }
}
