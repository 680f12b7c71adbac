/** diff of archives and instances, over two sandboxes: what agrees, what differs, what cannot be told, and that no secret is shown. */
import * as fs from 'fs'
import * as path from 'path'
import { applyStage, exportStage, planStage, type StageContext, type StageResult } from '../../src/engine'
import { diffStage, type DiffOptions } from '../../src/engine/diff'
import { readCryptoKey } from '../../src/engine/instance'
import { configs } from '../../src/kinds/configs'
import { keys } from '../../src/kinds/keys'
import { overrides } from '../../src/kinds/overrides'
import { packs } from '../../src/kinds/packs'
import { packYaml, writeFiles } from '../support/git-repository'
import { jsonLines, startMigration, type Migration } from '../support/migration'

jest.setTimeout(120_000)
let m: Migration
const archives: Record<string, string> = {}
const SECRET = 'hunter2-the-secret'

beforeAll(async () => {
  m = await startMigration()
  const old = m.on('old')
  for (const name of ['same', 'changed', 'gone']) await old.putKey({ name, scope: 'system', value: `${name} value` })
  await old.putKey({ name: 'secret', scope: 'system', value: SECRET, secret: true })
  const { paths } = m.old.sandbox
  writeFiles(path.join(paths.packs, 'demo'), { 'pack.yaml': packYaml('demo'), 'config.schema.yaml': '---\nhost: {type: string}\n' })
  writeFiles(paths.configs, { 'demo.yaml': 'host: a.example.org # why\n' })
  await old.post('/v1/packs/register', { packs: ['demo'], types: ['all'] })
  await exported('first')
  await old.putKey({ name: 'changed', scope: 'system', value: 'another value' })
  await old.deleteKey('gone', 'system')
  await old.putKey({ name: 'made', scope: 'system', value: 'made' })
  await exported('second')
})
afterAll(() => m.end())

const context = async (files: boolean | 'source' | 'target' = true): Promise<StageContext> => ({ ...(await m.context({ files })), kinds: [keys, packs, configs] })
const settings = (more = {}) => m.settings({ run: 'd1', allowActive: true, servePacks: true, ...more })
async function exported(name: string): Promise<void> {
  archives[name] = path.join(m.stateDir, `${name}.st2.tar.gz`)
  await exportStage(await context(), settings({ run: name, out: archives[name] }))
}
async function diff(options: DiffOptions, given?: (context: StageContext) => Partial<StageContext>, more = {}): Promise<StageResult> {
  const c = await context()
  const result = await diffStage(options)({ ...c, ...given?.(c) }, settings(more))
  expect(JSON.stringify(result)).not.toContain(SECRET)
  return result
}
const OFFLINE = () => ({ source: undefined, target: undefined })
const offlineWith = (sourceCrypto: StageContext['sourceCrypto']) => () => ({ ...OFFLINE(), sourceCrypto })

test('an archive and itself are equal, without keys and without an instance', async () => {
  const result = await diff({ a: archives.first, b: archives.first }, OFFLINE)
  expect(result).toMatchObject({ exit: 0, data: { differing: [], counts: { keys: { identical: 4, differing: 0 }, packs: { identical: 1 }, configs: { identical: 1 } } } })
  expect(result.summary[0]).toBe('A and B hold the same: 6 items compared')
})

test('one instance at two times: what changed, came and went, with the member that differs', async () => {
  const to = path.join(m.stateDir, 'all.jsonl')
  const result = await diff({ a: archives.first, b: archives.second, to }, OFFLINE)
  expect(result).toMatchObject({ exit: 4, data: { counts: { keys: { identical: 2, differing: 1, onlyA: 1, onlyB: 1, unknown: 0 } } } })
  expect(result.summary).toEqual(expect.arrayContaining([expect.stringMatching(/^differing: keys st2kv\.system:changed: value: 13 bytes, sha256 \w+ in A, 13 bytes, sha256 \w+ in B$/), 'only in A: keys st2kv.system:gone', 'only in B: keys st2kv.system:made']))
  expect(jsonLines(to).map((line) => (line as { identity: string; state: string }).state).sort()).toEqual(['differing', 'onlyA', 'onlyB'])
  expect(fs.statSync(to).mode & 0o777).toBe(0o600)
})

test('an archive and the living instance that it came from, then as it is now', async () => {
  const asTarget = ({ source }: StageContext) => ({ target: { ...source!, side: 'target' as const } })
  expect(await diff({ a: archives.second }, asTarget)).toMatchObject({ exit: 0 })
  expect(await diff({ a: archives.first }, asTarget)).toMatchObject({ exit: 4, data: { counts: { keys: { differing: 1, onlyA: 1, onlyB: 1 } } } })
})

test('two living instances: everything is only on the old one, and after a migration nothing differs', async () => {
  expect(await diff({})).toMatchObject({ exit: 4, data: { counts: { packs: { onlyA: 1 }, keys: { onlyA: 4 }, configs: { onlyA: 1 } } } })
  const run = settings({ run: 'm1' })
  const c = await context()
  await exportStage(c, run)
  await planStage(c, run)
  expect(await applyStage(c, run)).toMatchObject({ exit: 0 })
  expect(await diff({})).toMatchObject({ exit: 0, data: { differing: [] } })
  expect(await diff({ a: archives.second })).toMatchObject({ exit: 0 })
})

test('secrets under different crypto keys: compared where both can be opened, and else not comparable, which is no difference', async () => {
  const other = path.join(m.stateDir, 'other.st2.tar.gz')
  const c = await context()
  await exportStage({ ...c, source: { ...c.target!, side: 'source' } }, settings({ run: 'other', out: other }))
  const [crypto, theirs] = [await readCryptoKey(m.old.sandbox.paths.cryptoKey), await readCryptoKey(m.new.sandbox.paths.cryptoKey)]
  expect(await diff({ a: archives.second, b: other }, offlineWith(crypto), { only: ['keys'] })).toMatchObject({ exit: 3, data: { counts: { keys: { identical: 3, unknown: 1 } } } })
  expect(await diff({ a: other, b: archives.second }, offlineWith(crypto), { only: ['keys'] })).toMatchObject({ exit: 3, data: { counts: { keys: { identical: 3, unknown: 1 } } } })
  expect(await diff({ a: archives.second, b: other, cryptoB: theirs }, offlineWith(crypto), { only: ['keys'] })).toMatchObject({ exit: 0 })
  await m.on('new').putKey({ name: 'secret', scope: 'system', value: 'quite another', secret: true })
  const found = await diff({ a: archives.second }, undefined, { only: ['keys'] })
  expect(found.data.differing).toEqual([{ kind: 'keys', identity: 'st2kv.system:secret', state: 'differing', differences: [{ path: 'value', source: 'a secret', target: 'another secret' }] }])
})

test('selection, and kinds that one of them lacks', async () => {
  expect(await diff({ a: archives.first, b: archives.second }, OFFLINE, { except: ['keys:changed', 'keys:gone', 'keys:made'] })).toMatchObject({ exit: 0 })
  const part = path.join(m.stateDir, 'part.st2.tar.gz')
  await exportStage(await context(), settings({ run: 'part', out: part, only: ['keys'] }))
  const result = await diff({ a: archives.second, b: part }, OFFLINE)
  expect(result.exit).toBe(0)
  expect(result.summary).toContain('not compared: packs: B was exported without them')
  await expect(diff({ a: archives.second, b: part }, OFFLINE, { only: ['packs'] })).rejects.toMatchObject({ exit: 2 })
})

test('what one side could not look at is not compared, and equal ciphertext of one instance needs no key', async () => {
  const withoutFiles = ({ target }: StageContext) => ({ kinds: [keys, overrides], target: { ...target!, files: undefined } })
  writeFiles(m.old.sandbox.paths.overrides, { 'demo.yaml': '---\nrules:\n  defaults:\n    enabled: false\n' })
  const seen = await diff({}, withoutFiles)
  expect(seen.summary).toContain("not compared: overrides: no access to the files; run on the instance's host (B)")
  expect(seen.data.counts).not.toHaveProperty('overrides')
  await expect(diff({}, withoutFiles, { only: ['overrides'] })).rejects.toMatchObject({ exit: 2 })
  const keyless = path.join(m.stateDir, 'keyless.st2.tar.gz')
  const c = await context()
  await exportStage({ ...c, source: { ...c.source!, crypto: undefined } }, settings({ run: 'keyless', out: keyless, only: ['keys'] }))
  expect(await diff({ a: archives.second, b: keyless }, OFFLINE, { only: ['keys'] })).toMatchObject({ exit: 0, data: { counts: { keys: { unknown: 0 } } } })
})

test('a sealed archive that lies beside its key is opened with it, and others need theirs', async () => {
  const recipientOf = async () => {
    const { generateIdentity, identityToRecipient } = await import('age-encryption')
    const identity = await generateIdentity()
    return { identity, recipient: await identityToRecipient(identity) }
  }
  const { identity, recipient } = await recipientOf()
  const sealed = path.join(m.stateDir, 'sealed.st2.tar.gz.age')
  await exportStage(await context(), settings({ run: 'sealed', out: sealed, seal: { recipients: [recipient] } }))
  await expect(diff({ a: archives.second, b: sealed }, OFFLINE)).rejects.toThrow(/identity/)
  expect(await diff({ a: archives.second, b: sealed, unsealB: { identities: [identity] } }, OFFLINE)).toMatchObject({ exit: 0 })
})

test('a file that is no archive is refused', async () => {
  const file = path.join(m.stateDir, 'text')
  fs.writeFileSync(file, 'hello')
  await expect(diff({ a: file, b: archives.first }, OFFLINE)).rejects.toThrow(file)
  await expect(diff({ b: archives.first }, OFFLINE)).rejects.toMatchObject({ exit: 2 })
})
