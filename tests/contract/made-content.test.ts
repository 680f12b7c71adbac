/** The kinds `actions`, `policies` and `aliases` the whole way, from an old sandbox to a new one, and back. */
import * as fs from 'fs'
import * as path from 'path'
import type { Item, LedgerEntry } from '../../src/core/model'
import { activateStage, applyStage, exportStage, planStage, undoStage, verifyStage, type StageContext, type StageSettings } from '../../src/engine'
import { actions } from '../../src/kinds/actions'
import { aliases } from '../../src/kinds/aliases'
import type { Kind } from '../../src/kinds/kind'
import { packs } from '../../src/kinds/packs'
import { states } from '../../src/kinds/states'
import { policies } from '../../src/kinds/policies'
import type { StackStormVersion } from '../../src/sandbox/versions'
import { packYaml, writeFiles } from '../support/git-repository'
import { jsonLines, startMigration, wholeWay, type Migration } from '../support/migration'
import { changesBetween, snapshotOf } from '../support/snapshot'

jest.setTimeout(120_000)
const KINDS: readonly Kind[] = [packs, actions, policies, aliases, states]

let m: Migration
const begin = async (old: StackStormVersion = '3.8.1'): Promise<void> => {
  m = await startMigration({ old: { version: old } })
}
afterEach(() => m.end())

type Options = Parameters<Migration['context']>[0]
const context = async (options?: Options): Promise<StageContext> => ({ ...(await m.context(options)), kinds: KINDS })
const packOn = (side: 'old' | 'new', ...parts: string[]): string => path.join(m[side].sandbox.paths.packs, ...parts)
const post = (where: string, body: unknown, side: 'old' | 'new' = 'old'): Promise<unknown> => m.on(side).post(where, body)
type Row = Record<string, unknown> & { ref: string; id: string }
async function rows(where: string, side: 'old' | 'new'): Promise<Map<string, Row>> {
  const found = new Map<string, Row>()
  for await (const row of m.on(side).list<Row>(where)) found.set(row.ref, row)
  return found
}
const plain = ({ id: _id, uid: _uid, ...rest }: Row): Record<string, unknown> => rest

const ACTION = '---\nname: run\nrunner_type: local-shell-script\nentry_point: run.sh\nenabled: true\n'
const POLICY = (pack: string, name: string, resource = `${pack}.run`): string => `---\nname: ${name}\nresource_ref: ${resource}\npolicy_type: action.concurrency\nparameters: {action: delay, threshold: 3}\n`
const ALIAS = (pack: string, name: string): string => `---\nname: ${name}\ndescription: says\naction_ref: ${pack}.run\nformats: ["${pack} ${name} {{x}}"]\n`
async function localPack(pack: string, more: Record<string, string> = {}): Promise<void> {
  writeFiles(packOn('old', pack), { 'pack.yaml': packYaml(pack), 'actions/run.yaml': ACTION, 'actions/run.sh': '#!/bin/sh\necho hi\n', ...more })
  await post('/v1/packs/register', { packs: [pack] })
}

const way = async (settings: StageSettings = m.settings({ allowActive: true, servePacks: true }), options?: Options) => wholeWay(m, await context(options), settings)
const told = (ledger: LedgerEntry[], kind: string): Record<string, string> => Object.fromEntries(ledger.filter((e) => e.kind === kind).map((e) => [e.identity, e.outcome]))
const facts = (): string[] => (jsonLines(path.join(m.stateDir, 'runs', 'r1', 'ledger.jsonl')) as { fact?: string }[]).flatMap(({ fact }) => (fact === undefined ? [] : [fact]))

const MADE = {
  policy: { name: 'made', pack: 'demo', description: 'by hand', resource_ref: 'demo.run', policy_type: 'action.retry', parameters: { retry_on: 'failure', max_retry_count: 2, delay: 1.5 } },
  alias: { name: 'made words', pack: 'nowhere', action_ref: 'gone.gone', formats: [{ display: 'x <y>', representation: ['x {{ y }}', 'z {{ y }}'] }], immutable_parameters: { token: 's3cret' } },
  action: { name: 'made', pack: 'demo', runner_type: 'local-shell-script', entry_point: 'made.sh', parameters: { pw: { type: 'string', secret: true, default: 's3cret' } }, output_schema: { type: 'object', properties: { items: { type: 'string' } } }, data_files: [{ file_path: 'made.sh', content: '#!/bin/sh\necho čau\n' }, { file_path: 'lib/of.sh', content: 'x=1\n' }] },
  greet: { name: 'greet', pack: 'default', runner_type: 'local-shell-script', entry_point: 'greet.sh', enabled: false, data_files: [{ file_path: 'greet.sh', content: 'echo hello\n' }, { file_path: 'lib/words.txt', content: 'hello\r\n' }] },
}

test.each(['3.4.1', '3.8.1'] as const)('what was made through the API on %s arrives with its files, and is equal member by member', async (version) => {
  await begin(version)
  await localPack('demo', { 'policies/limit.yaml': POLICY('demo', 'limit'), 'aliases/say.yaml': ALIAS('demo', 'say') })
  await post('/v1/actions', MADE.action)
  await post('/v1/actions', MADE.greet)
  await post('/v1/policies', MADE.policy)
  await post('/v1/actionalias', MADE.alias)
  const { applied, verified, ledger } = await way()
  expect([applied.exit, verified.exit]).toEqual([0, 0])
  expect([told(ledger, 'actions'), told(ledger, 'policies'), told(ledger, 'aliases')]).toEqual([
    { 'demo.made': 'carried', 'default.greet': 'carried' },
    { 'demo.made': 'carried', 'demo.limit': 'carried' },
    { 'nowhere.made words': 'carried', 'demo.say': 'carried' },
  ])
  for (const where of ['/v1/policies', '/v1/actionalias']) {
    const [old, now] = [await rows(where, 'old'), await rows(where, 'new')]
    for (const [ref, row] of old) expect(plain(now.get(ref)!)).toEqual(plain(row))
  }
  const [old, now] = [await rows('/v1/actions', 'old'), await rows('/v1/actions', 'new')]
  for (const ref of ['demo.made', 'default.greet']) expect({ ...plain(now.get(ref)!), output_schema: 0 }).toEqual({ ...plain(old.get(ref)!), output_schema: 0 })
  for (const file of ['demo/actions/made.sh', 'demo/actions/lib/of.sh', 'default/actions/greet.sh', 'default/actions/lib/words.txt']) expect(fs.readFileSync(packOn('new', file))).toEqual(fs.readFileSync(packOn('old', file)))
  expect(facts()).toContainEqual(expect.stringContaining('alias nowhere.made words has no description'))
})

test('a second run writes nothing; what was changed on the target is a conflict, and overwritten when that is wanted', async () => {
  await begin()
  await localPack('demo')
  await post('/v1/actions', MADE.action)
  await post('/v1/policies', MADE.policy)
  await post('/v1/actionalias', MADE.alias)
  await way()
  const c = await context()
  const settings = m.settings({ allowActive: true, servePacks: true })
  expect((await applyStage(c, settings)).data.writes).toBe(0)
  const [policy] = [...(await rows('/v1/policies', 'new')).values()]
  await m.on('new').put(`/v1/policies/${policy!.id}`, { ...plain(policy!), parameters: { retry_on: 'timeout', max_retry_count: 1 } })
  const planned = await planStage(c, m.settings({ ...settings, run: 'r2', archive: (await exportStage(c, m.settings({ ...settings, run: 'r2' }))).data.archive as string }))
  expect(planned.data).toMatchObject({ conflicts: 1, counts: { policies: { conflict: 1 } } })
  const over = m.settings({ ...settings, run: 'r2', onConflict: 'overwrite' })
  await planStage(c, over)
  expect((await applyStage(c, over)).data.writes).toBe(1)
  expect((await verifyStage(c, over)).exit).toBe(0)
})

test('policies and aliases whose names collapse: the list of the old instance is what the new one ends with', async () => {
  await begin()
  for (const pack of ['aa', 'bb', 'cc']) await localPack(pack, { 'policies/limit.yaml': POLICY(pack, 'limit'), 'aliases/say.yaml': ALIAS(pack, 'say') })
  // Whichever was registered last has taken the place of the others; one more was made again by hand.
  await post('/v1/packs/register', { packs: ['bb'] })
  await post('/v1/policies', { name: 'limit', pack: 'cc', resource_ref: 'cc.run', policy_type: 'action.concurrency', parameters: { action: 'delay', threshold: 9 } })
  expect([...(await rows('/v1/policies', 'old')).keys()].sort()).toEqual(['bb.limit', 'cc.limit'])
  const { verified, ledger } = await way()
  expect(verified.exit).toBe(0)
  expect([...(await rows('/v1/policies', 'new')).keys()].sort()).toEqual(['bb.limit', 'cc.limit'])
  expect([...(await rows('/v1/actionalias', 'new')).values()].filter(({ pack }) => !['packs', 'chatops', 'examples'].includes(String(pack))).map(({ ref }) => ref)).toEqual(['bb.say'])
  expect(ledger.find((e) => e.kind === 'policies' && e.identity === 'bb.limit')!.note).toMatch(/a reload .*undo/)
  expect(ledger.find((e) => e.kind === 'policies' && e.identity === 'cc.limit')!.note).toMatch(/pack aa, bb brings a policy limit too/)
})

test('what the new instance cannot take is found in the plan', async () => {
  await begin()
  await localPack('demo')
  await post('/v1/policies', MADE.policy)
  await post('/v1/policies', { ...MADE.policy, resource_ref: 'x.y', name: 'other', pack: 'other' }, 'new')
  await post('/v1/policies', { ...MADE.policy, name: 'there', pack: 'other' }, 'new')
  await post('/v1/actions', { name: 'odd', pack: 'demo', runner_type: 'noop' })
  await post('/v1/actionalias', { name: 'masked', pack: 'demo', description: 'd', action_ref: 'a.b', formats: ['m'], immutable_parameters: { token: '********' } })
  const c = await context()
  const settings = m.settings({ allowActive: true, servePacks: true })
  await exportStage(c, settings)
  const planned = await planStage(c, { ...settings, except: ['packs'] })
  expect(planned.data).toMatchObject({ conflicts: 1, counts: { actions: { manual: 1 }, aliases: { manual: 1 }, policies: { conflict: 1 } } })
  const changes = jsonLines(path.join(m.stateDir, 'runs', 'r1', 'plan.jsonl')) as Item[]
  expect(changes.find((one) => one.identity === 'demo.made')).toMatchObject({ action: 'conflict', note: expect.stringContaining('has other.there') })
  expect(changes.find((one) => one.identity === 'demo.odd')!.note).toContain('its pack demo is neither part of this plan nor on the new instance')
  expect(changes.find((one) => one.identity === 'demo.masked')!.note).toContain('********')
})

test('only through the API: files are read and written by their views, and what has to stay is said', async () => {
  await begin()
  await localPack('demo')
  await post('/v1/actions', MADE.action)
  await post('/v1/actions', MADE.greet)
  fs.chmodSync(packOn('old', 'default/actions/greet.sh'), 0o755)
  await post('/v1/policies', MADE.policy)
  const { verified, ledger } = await way(undefined, { files: false })
  expect(verified.exit).toBe(0)
  expect(told(ledger, 'actions')).toEqual({ 'demo.made': 'carried', 'default.greet': 'carried' })
  expect(fs.readFileSync(packOn('new', 'default/actions/lib/words.txt'), 'utf8')).toBe('hello\r\n')
})

test('what was edited through the API, against its pack, arrives as the old instance has it', async () => {
  await begin()
  await localPack('demo', { 'policies/limit.yaml': POLICY('demo', 'limit'), 'policies/same.yaml': POLICY('demo', 'same', 'x.y'), 'aliases/say.yaml': ALIAS('demo', 'say') })
  const edit = async (where: string, ref: string, change: object): Promise<void> => {
    const row = (await rows(where, 'old')).get(ref)!
    await m.on('old').put(`${where}/${row.id}`, { ...row, ...change })
  }
  await edit('/v1/policies', 'demo.limit', { parameters: { action: 'cancel', threshold: 1 } })
  await edit('/v1/actionalias', 'demo.say', { formats: ['say it again {{x}}'], ack: { enabled: false } })
  await edit('/v1/actions', 'demo.run', { description: 'edited', parameters: { x: { type: 'string' } } })
  // What StackStorm ships is told, not carried.
  writeFiles(packOn('old', 'packs'), { 'aliases/pack_get.yaml': '---\nname: pack_get\ndescription: as shipped\naction_ref: packs.get\nformats: [x]\n' })
  const { verified, ledger } = await way()
  expect(verified.exit).toBe(0)
  expect(facts()).toContainEqual(expect.stringMatching(/^alias packs\.pack_get, which StackStorm brings itself, was edited/))
  for (const [where, ref] of [['/v1/policies', 'demo.limit'], ['/v1/actionalias', 'demo.say'], ['/v1/actions', 'demo.run']] as const) expect(plain((await rows(where, 'new')).get(ref)!)).toEqual(plain((await rows(where, 'old')).get(ref)!))
  for (const [kind, identity] of [['policies', 'demo.limit'], ['aliases', 'demo.say'], ['actions', 'demo.run']]) expect(ledger.find((e) => e.kind === kind && e.identity === identity)!.note).toMatch(/^edited on the old instance: .*any registration of the pack/)
  expect(told(ledger, 'actions')).toEqual({ 'demo.run': 'carried' })
  expect((await applyStage(await context(), m.settings({ allowActive: true, servePacks: true }))).data.writes).toBe(0)
})

test.each([true, false])('undo: what was made goes with its files, what was overwritten or edited comes back (files at hand: %s)', async (files) => {
  await begin()
  await localPack('demo', { 'policies/limit.yaml': POLICY('demo', 'limit'), 'aliases/say.yaml': ALIAS('demo', 'say') })
  // The new instance has the pack already, by the same way, and things of its own.
  await way(undefined, { run: 'r1' })
  const limit = (await rows('/v1/policies', 'old')).get('demo.limit')!
  await m.on('old').put(`/v1/policies/${limit.id}`, { ...limit, parameters: { action: 'cancel', threshold: 1 } })
  for (const [where, body] of [['/v1/actions', MADE.action], ['/v1/actions', MADE.greet], ['/v1/policies', MADE.policy], ['/v1/actionalias', MADE.alias]] as const) await post(where, body)
  await post('/v1/actionalias', { ...MADE.alias, formats: ['theirs'], enabled: false, description: 'theirs' }, 'new')
  await post('/v1/actions', { ...MADE.greet, description: 'theirs', data_files: [{ file_path: 'greet.sh', content: 'echo theirs\n' }] }, 'new')
  // Packs have to be the same on both sides: the API tells less of one than its directory.
  const settings = m.settings({ run: 'r2', allowActive: true, servePacks: true, onConflict: 'overwrite', conflictsOf: { packs: 'skip' } })
  const target = async () => snapshotOf((await m.context({ run: 'r2', source: false })).target!)
  const before = await target()
  const { verified } = await way(settings, { run: 'r2', files })
  expect(verified.exit).toBe(0)
  expect(changesBetween(before, await target()).length).toBeGreaterThan(4)
  const undone = await undoStage(await context({ run: 'r2', files }), settings)
  if (files) {
    expect(undone.data.for_person).toEqual([])
    expect(changesBetween(before, await target())).toEqual([])
  } else {
    const left = undone.data.for_person as { identity: string; state: string; note: string }[]
    expect(left.map(({ identity, state, note }) => [identity, state, note])).toEqual([
      ['demo.made', 'left', 'the action is gone; of its files actions/made.sh stays: no API removes it'],
      ['default.greet', 'left', 'the action is back; of its files actions/lib/words.txt stays: no API removes it'],
    ])
    expect(changesBetween(before, await target()).map((line) => line.split(':')[0])).toEqual(['actions default.greet', 'file packs/default/actions/lib/', 'file packs/default/actions/lib/words.txt', 'file packs/demo/actions/made.sh', 'packs demo', 'row packs default', 'row packs demo'])
  }
})

test('on a quiet target aliases are off until it is activated; registering packs then takes none away, and no edit', async () => {
  await begin()
  for (const pack of ['aa', 'bb']) await localPack(pack, { 'aliases/say.yaml': ALIAS(pack, 'say'), 'aliases/other.yaml': ALIAS(pack, `other_${pack}`) })
  // Both are there on the old instance: one by its pack, the other made again by hand.
  await post('/v1/packs/register', { packs: ['aa'] })
  await post('/v1/actionalias', { name: 'say', pack: 'bb', description: 'by hand', action_ref: 'bb.run', formats: ['by hand {{x}}'] })
  await post('/v1/actionalias', { ...MADE.alias, description: 'd', enabled: true })
  await post('/v1/actionalias', { ...MADE.alias, name: 'off', description: 'd', enabled: false })
  const other = (await rows('/v1/actionalias', 'old')).get('aa.other_aa')!
  await m.on('old').put(`/v1/actionalias/${other.id}`, { ...other, formats: ['edited'] })
  await post('/v1/policies', { ...MADE.policy, pack: 'aa', resource_ref: 'aa.run' })
  const settings = m.settings({ landing: 'quiet', servePacks: true })
  const ours = async (side: 'old' | 'new') => [...(await rows('/v1/actionalias', side)).values()].filter(({ pack }) => ['aa', 'bb', 'nowhere'].includes(String(pack)))
  const { planned, verified } = await way(settings)
  expect(planned.summary.join('\n')).toContain('policies made through the API act at once, nothing keeps them quiet: aa.made')
  expect(verified.exit).toBe(0)
  expect((await ours('new')).map(({ ref, enabled }) => [ref, enabled])).toEqual(['aa.other_aa', 'aa.say', 'bb.other_bb', 'bb.say', 'nowhere.made words', 'nowhere.off'].map((ref) => [ref, false]))
  const activated = await activateStage(await context(), settings)
  expect(activated.exit).toBe(0)
  expect((await ours('new')).map(plain)).toEqual((await ours('old')).map(plain))
  expect((await verifyStage(await context(), settings)).exit).toBe(0)
})
