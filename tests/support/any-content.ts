/**
 * Any two instances, for property tests: what each holds of keys, API keys, what is made through the API, configurations, overrides
 * and switches, over a small pack that both have. Much is on both sides, equal or not.
 */
import { createHash } from 'crypto'
import * as fc from 'fast-check'
import * as fs from 'fs'
import * as path from 'path'
import { control } from '../../src/sandbox/control/client'
import { actingFiles, turn } from './acting'
import { writeFiles } from './git-repository'
import type { Migration } from './migration'
import { plainPack } from './plain-pack'
import { anyKey } from './stores'
import type { KeyToWrite } from '../../src/st2/port'

type Side = 'old' | 'new'
type Members = Record<string, unknown>
interface Trigger {
  type: string
  parameters: Members
}

/** One thing that is on one side or on both. */
interface Slot<T> {
  old?: T
  new?: T
}
type Named<T> = Slot<T> & { name: string; pack: string }

export interface Content {
  keys: Slot<KeyToWrite>[]
  keyNames: { name: string; scope: 'system' | 'user' }[]
  apiKeys: Slot<{ user: string; metadata: Members; enabled: boolean }>[]
  triggerTypes: Named<{ description?: string; tags?: Members[]; parameters: boolean; payload_schema: Members }>[]
  actions: Named<{ description?: string; tags?: Members[]; notify?: Members; enabled: boolean; secret: string; content: string }>[]
  rules: Named<{ description?: string; type?: Members; trigger: number; criteria: Members; parameters: Members; enabled: boolean; tags?: Members[] }>[]
  policies: Named<{ description?: string; type: number; count: number; enabled: boolean }>[]
  aliases: Named<{ description?: string; formats: unknown[]; enabled: boolean; fixed?: Members; ack?: Members; result?: Members; extra?: Members }>[]
  config: Slot<{ values: Members; comment: string }>
  overrides: Slot<string>
  globals: Slot<string>
  /** Which of the pack's own things are switched the other way. */
  switched: Slot<string[]>
}

const PACK = 'lab'
const SCHEMA = `---
host: {type: string}
password: {type: string, secret: true}
port: {type: integer, default: 22}
tags: {type: array, items: {type: string}}
account:
  type: object
  properties:
    user: {type: string}
    token: {type: string, secret: true}
`
const SWITCHES = ['rules lab.live', 'rules lab.idle', 'sensortypes lab.Watch', 'actions lab.spare', 'actionalias lab.lab_say', 'policies lab.lab_limit']

/** What StackStorm takes for the name of a rule and the like, and stumbles over elsewhere. */
const ODD = ['plain', 'with space', 'dot.ted', 'a:b', 'mail/in', 'čau ✓', 'x#y?', 'p%41', '{{ j }}', "it's", '"q"', '-x', '.', '1', 'null', 'True', 'a&b=c', 'A', 'a', '*']
const name = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ODD) }, { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }).filter((text) => Buffer.from(text).toString() === text) })
const text = fc.oneof(fc.constantFrom('', 'x', '********x', 'two\nlines\r\n', '{{ st2kv.system.a }}', '<% $.a %>', 'č\u2028\u0085'), fc.string({ maxLength: 12, unit: 'grapheme' }).filter((one) => Buffer.from(one).toString() === one))
const scalar = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null))
const member = fc.constantFrom('a', 'b.c', 'd e', 'č', 'id', 'enabled', '')
const members = fc.dictionary(member, fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(member, scalar, { maxKeys: 2 })), { maxKeys: 3 })

/** On the old side alone, on the new one alone, the same on both, or one each. */
const slot = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Slot<T>> =>
  fc.oneof(
    { weight: 3, arbitrary: value.map((old) => ({ old })) },
    { weight: 1, arbitrary: value.map((there) => ({ new: there })) },
    { weight: 1, arbitrary: value.map((both) => ({ old: both, new: both })) },
    { weight: 3, arbitrary: fc.record({ old: value, new: value }) },
  )
const named = <T>(value: fc.Arbitrary<T>, packs = ['default', PACK]): fc.Arbitrary<Named<T>[]> =>
  fc.uniqueArray(fc.tuple(name, fc.constantFrom(...packs), slot(value)).map(([own, pack, both]) => ({ ...both, name: own, pack })), { maxLength: 4, selector: (one) => `${one.pack}.${one.name}` })

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
const tags = maybe(fc.array(fc.record({ name: fc.constantFrom('team', 'č'), value: text }), { maxLength: 2 }))
const description = maybe(text)

const enabled = fc.record({ enabled: fc.boolean() })
const overrides = fc
  .record({ rules: maybe(enabled), aliases: maybe(enabled), spare: maybe(enabled) })
  .map(({ rules, aliases, spare }) => `---\n# mine\n${JSON.stringify({ ...(rules && { rules: { defaults: rules } }), ...(aliases && { aliases: { defaults: aliases } }), actions: { ...(spare && { exceptions: { spare } }) } })}\n`)
const globals = enabled.map((all) => `---\nsensors: {defaults: ${JSON.stringify(all)}}   # everywhere\n`)

export const anyContent: fc.Arbitrary<Content> = fc
  .record({
    named: fc.uniqueArray(fc.tuple(anyKey, slot(anyKey)), { maxLength: 4, selector: ([{ name: own, scope }]) => `${scope}:${own}` }),
    apiKeys: fc.array(slot(fc.record({ user: fc.constantFrom('st2admin', 'alice', 'ci'), metadata: members, enabled: fc.boolean() })), { maxLength: 3 }),
    triggerTypes: named(fc.record({ description, tags, parameters: fc.boolean(), payload_schema: fc.constantFrom<Members>({}, { type: 'object' }, { type: 'object', properties: { 'a.b': { type: 'string' } } }) })),
    actions: named(fc.record({ description, tags, notify: maybe(fc.constant({ 'on-failure': { message: 'č', routes: ['chat'] } })), enabled: fc.boolean(), secret: text, content: text })),
    rules: named(
      fc.record({
        description,
        type: maybe(fc.constantFrom<Members>({ ref: 'backstop', parameters: {} }, { ref: 'standard' })),
        trigger: fc.nat(5),
        criteria: fc.dictionary(fc.constantFrom('trigger.a', 'trigger.body.b#1', 'trigger.č'), fc.record({ type: fc.constantFrom('equals', 'contains'), pattern: fc.oneof(text, fc.integer()) }), { maxKeys: 2 }),
        parameters: members,
        enabled: fc.boolean(),
        tags,
      }),
      ['default', PACK, 'nowhere'],
    ),
    policies: named(fc.record({ description, type: fc.nat(1), count: fc.integer({ min: 1, max: 5 }), enabled: fc.boolean() })),
    aliases: named(fc.record({ description, formats: fc.array(fc.oneof(fc.constantFrom('say {{ x }}', 'č {{x=1}}'), fc.constant({ display: 'd <x>', representation: ['r {{ x }}'] })), { minLength: 1, maxLength: 2 }), enabled: fc.boolean(), fixed: maybe(members), ack: maybe(fc.constantFrom<Members>({}, { enabled: false }, { format: 'č', append_url: false })), result: maybe(fc.constant({ format: '{{ x }}' })), extra: maybe(members) })),
    config: slot(
      fc.record({
        values: fc.record({ host: text, password: text, port: fc.integer({ min: 0, max: 65_535 }), tags: fc.array(text, { maxLength: 2 }), account: fc.record({ user: text, token: text }, { requiredKeys: [] }) }, { requiredKeys: [] }),
        comment: fc.constantFrom('', '# ours\n', '# č\r\n'),
      }),
    ),
    overrides: slot(overrides),
    globals: slot(globals),
    switched: slot(fc.subarray(SWITCHES)),
  })
  .map(({ named: keys, ...rest }) => ({ ...rest, keyNames: keys.map(([{ name: own, scope }]) => ({ name: own, scope })), keys: keys.map(([, both]) => both) }))

/** Puts either instance back to nothing but the pack, and fills it. */
export async function fillBoth(m: Migration, content: Content): Promise<void> {
  for (const side of ['old', 'new'] as const) {
    await empty(m, side)
    await fill(m, side, content)
  }
}

async function empty(m: Migration, side: Side): Promise<void> {
  const { paths } = m[side].sandbox
  await control(paths.root, 'reset')
  const ofDefault = path.join(paths.packs, 'default/actions')
  for (const file of fs.existsSync(ofDefault) ? fs.readdirSync(ofDefault) : []) if (file.startsWith('made-')) fs.rmSync(path.join(ofDefault, file))
  const { 'pack.yaml': _own, ...files } = actingFiles(PACK)
  await plainPack(m, side, PACK, { ...files, 'config.schema.yaml': SCHEMA })
}

async function fill(m: Migration, side: Side, content: Content): Promise<void> {
  const { paths } = m[side].sandbox
  const api = m.on(side)
  const of = <T>(slots: Slot<T>[]): [T, number][] => slots.flatMap((one, i) => (one[side] === undefined ? [] : [[one[side], i] as [T, number]]))
  for (const [key, i] of of(content.keys)) await api.putKey({ ...key, ...content.keyNames[i]! })
  for (const [key, i] of of(content.apiKeys)) await api.post('/v1/apikeys', { ...key, key_hash: createHash('sha512').update(String(i)).digest('hex') })
  const shared: Trigger[] = [{ type: 'core.st2.webhook', parameters: { url: 'lab/č' } }, { type: 'core.st2.IntervalTimer', parameters: { unit: 'weeks', delta: 5 } }]
  const mine: Trigger[] = []
  for (const [type, i] of of(content.triggerTypes)) {
    const { name: own, pack, old: here, new: there } = content.triggerTypes[i]!
    const { parameters, ...rest } = type
    await api.post('/v1/triggertypes', { name: own, pack, ...rest, parameters_schema: parameters ? { type: 'object', properties: { site: { type: 'string' } } } : {} })
    const trigger: Trigger = { type: `${pack}.${own}`, parameters: parameters ? { site: 'ams' } : {} }
    if (!there || !here) mine.push(trigger)
    // One with parameters on one side only is for a person, where rules use it.
    else if (here.parameters === there.parameters) shared.push(trigger)
  }
  for (const [{ secret, content: bytes, ...rest }, i] of of(content.actions)) {
    const { name: own, pack } = content.actions[i]!
    const parameters = { pw: { type: 'string', secret: true, default: secret } }
    await api.post('/v1/actions', { name: own, pack, ...rest, runner_type: 'local-shell-script', entry_point: `made-${i}.sh`, parameters, data_files: [{ file_path: `made-${i}.sh`, content: bytes }] })
  }
  for (const [{ trigger, parameters, ...rest }, i] of of(content.rules)) {
    const { name: own, pack } = content.rules[i]!
    const types = [...shared, ...mine]
    await api.post('/v1/rules', { name: own, pack, ...rest, trigger: types[trigger % types.length], action: { ref: 'default.gone', parameters } })
  }
  for (const [{ type, count, ...rest }, i] of of(content.policies)) {
    const { name: own, pack } = content.policies[i]!
    const kind = type === 0 ? { policy_type: 'action.retry', parameters: { retry_on: 'failure', max_retry_count: count } } : { policy_type: 'action.concurrency', parameters: { threshold: count, action: 'delay' } }
    await api.post('/v1/policies', { name: own, pack, ...rest, resource_ref: `default.of${i}`, ...kind })
  }
  for (const [{ fixed, ...rest }, i] of of(content.aliases)) {
    const { name: own, pack } = content.aliases[i]!
    await api.post('/v1/actionalias', { name: own, pack, ...rest, action_ref: 'core.noop', immutable_parameters: fixed })
  }
  await settings(m, side, paths, content)
}

async function settings(m: Migration, side: Side, paths: { configs: string; overrides: string }, { config, overrides: own, globals: all, switched }: Content): Promise<void> {
  const put = config[side]
  if (put) {
    const values = JSON.stringify(put.values).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    writeFiles(paths.configs, { [`${PACK}.yaml`]: `${put.comment}${values}\n` })
    await m.on(side).post('/v1/packs/register', { packs: [PACK], types: ['configs'] })
  }
  fs.mkdirSync(paths.overrides, { recursive: true })
  for (const [file, bytes] of [[PACK, own[side]], ['_global', all[side]]] as const) if (bytes !== undefined) writeFiles(paths.overrides, { [`${file}.yaml`]: bytes })
  for (const one of switched[side] ?? []) {
    const [where, ref] = one.split(' ') as [string, string]
    const row = await m.on(side).get<{ enabled: boolean }>(`/v1/${where}/${ref}`, { show_secrets: true })
    await turn(m, side, where, ref, !row.enabled)
  }
}
