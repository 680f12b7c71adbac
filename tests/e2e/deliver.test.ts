/**
 * A target on another machine: its files cannot be reached from here, so the run is handed over to this pack there, in sealed
 * pieces through the datastore. The other side runs as the target's own executions of the committed bundle.
 */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { applyStage, deliverStage, exportStage, migrateStages, planStage, undoStage, verifyStage, type StageContext, type StageResult, type StageSettings } from '../../src/engine'
import { runRecord } from '../../src/engine/runs'
import { MOST_BYTES, PIECE_BYTES, dropPieces, sendPieces, takePieces } from '../../src/engine/handover/pieces'
import { collect, startMigration, type Migration } from '../support/migration'
import { makeRepository, packYaml } from '../support/git-repository'
import { ownPack, ownVersion, settleOwnPack } from '../support/own-pack'

jest.setTimeout(240_000)

const COMMENTED = '---\n# a comment that only bytes keep\nhost: "a"\nport: 010\n'

let dir: string
let m: Migration
beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-deliver-'))
  m = await startMigration()
})
afterAll(async () => {
  await m.end()
  fs.rmSync(dir, { recursive: true, force: true })
})
const pieces = async (): Promise<unknown[]> => (await collect(m.on('new').list<{ name: string }>('/v1/keys'))).filter(({ name }) => name.startsWith('st2upgrade.'))

describe('pieces', () => {
  const file = (bytes: number): string => {
    const out = path.join(dir, `sealed-${bytes}`)
    fs.writeFileSync(out, Buffer.alloc(bytes, 'x\u0000\n'))
    return out
  }
  it.each([1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, PIECE_BYTES * 3 + 7])('%i bytes arrive as they are, and nothing stays', async (bytes) => {
    const api = m.on('new')
    const sent = await sendPieces(api, 'p1', file(bytes))
    expect(sent.pieces).toBe(Math.ceil(bytes / PIECE_BYTES))
    for (const { value, expire_timestamp: expires } of (await collect(api.list<{ value: string; expire_timestamp?: string }>('/v1/keys', { query: { prefix: 'st2upgrade.piece.' } })))) {
      expect(value.length).toBeLessThan(700_000)
      expect(expires).toBeDefined()
    }
    const out = path.join(dir, `taken-${bytes}`)
    await takePieces(api, 'p1', sent, out)
    expect(fs.readFileSync(out).equals(fs.readFileSync(file(bytes)))).toBe(true)
    expect(await dropPieces(api, 'p1')).toBe(sent.pieces)
    expect(await pieces()).toEqual([])
  })

  it('one that is missing, or was changed, is an error that says to hand over again', async () => {
    const api = m.on('new')
    const sent = await sendPieces(api, 'p2', file(PIECE_BYTES + 1))
    await expect(takePieces(api, 'p2', { ...sent, sha256: '0'.repeat(64) }, path.join(dir, 'wrong'))).rejects.toMatchObject({ message: expect.stringContaining('do not make up'), advice: 'hand over again' })
    await api.deleteKey('st2upgrade.piece.p2.00001', 'system')
    await expect(takePieces(api, 'p2', sent, path.join(dir, 'missing'))).rejects.toMatchObject({ message: expect.stringContaining('piece 2 of 2') })
    await dropPieces(api, 'p2')
  })

  it('more than a datastore is good for is refused before the first one, with the other way', async () => {
    const large = path.join(dir, 'large')
    fs.truncateSync(file(1), 1)
    fs.writeFileSync(large, '')
    fs.truncateSync(large, MOST_BYTES + 1)
    await expect(sendPieces(m.on('new'), 'p3', large)).rejects.toMatchObject({ exit: 5, advice: expect.stringContaining('st2upgrade.seed archive=') })
    expect(await pieces()).toEqual([])
  })
})

describe('a run that is handed over', () => {
  let origin: { packDir: string }
  beforeAll(async () => {
    const { configs, root } = m.old.sandbox.paths
    origin = { packDir: new URL(ownPack(dir)).pathname }
    expect((await m.on('old').run('packs.install', { packs: [demoPack()] }, { timeoutMs: 60_000 })).status).toBe('succeeded')
    fs.writeFileSync(path.join(configs, 'demo.yaml'), COMMENTED, { mode: 0o640 })
    await m.on('old').post('/v1/packs/register', { packs: ['demo'], types: ['configs'] })
    fs.writeFileSync(path.join(root, 'etc/st2/st2.conf'), '[messaging]\nurl = amqp://guest:s3cret@127.0.0.1:5672/\n', { mode: 0o640 })
    await m.on('old').putKey({ name: 'hush', value: 'the-plain-secret', scope: 'system', secret: true })
    await m.on('old', 'alice').putKey({ name: 'hers', value: 'of-alice', scope: 'user', secret: true })
    settleOwnPack(m.new, path.join(dir, 'there'))
    await m.on('new').put(`/v1/runnertypes/${OFF}`, { ...(await runner()), enabled: false })
  })

  /** One that is off on the target; installing a pack switches it on. */
  const OFF = 'remote-shell-cmd'
  const runner = (): Promise<{ enabled: boolean }> => m.on('new').get(`/v1/runnertypes/${OFF}`)

  const there = (): typeof m.new.sandbox.paths => m.new.sandbox.paths
  /** As a command that can reach the files of the source alone. */
  async function doing<T>(work: (context: StageContext, settings: StageSettings) => Promise<T>, more: Partial<StageSettings> = {}): Promise<T> {
    const run = more.run ?? 'd1'
    const context = await m.context({ run, files: 'source' })
    try {
      return await work({ ...context, tool: ownVersion() }, m.settings({ run, landing: 'quiet', servePacks: true, plainArchive: false, ...more }))
    } finally {
      await m.closeInstances()
    }
  }
  const migrate = (more: Partial<StageSettings> = {}, from: { packDir?: string } = origin): Promise<StageResult> => doing((context, settings) => migrateStages(context, settings, { origin: from }), more)
  const hasPack = async (name: string): Promise<boolean> => (await m.on('new').find(`/v1/packs/${name}`)) !== undefined
  let first: StageResult

  it('without the pack there, a URL or leave to serve it, it says so before anything is sent, and what can be done', async () => {
    await expect(migrate({ run: 'd0' }, {})).rejects.toMatchObject({ exit: 5, advice: expect.stringMatching(/pack_url=URL.*serve_packs=true.*api_only=true.*st2upgrade migrate --run d0/) })
    expect([await pieces(), await hasPack('st2upgrade')]).toEqual([[], false])
  })

  it('is carried out by this pack on the target: bytes that an API cannot place, quiet by overrides, secrets under its own crypto key', async () => {
    first = await migrate()
    expect(first).toMatchObject({ stage: 'migrate', exit: 0, data: { stages: { deliver: { delivered: true, pack: expect.stringContaining('was installed on the target') } } } })
    expect(fs.readFileSync(path.join(there().configs, 'demo.yaml'), 'utf8')).toBe(COMMENTED)
    expect(fs.statSync(path.join(there().configs, 'demo.yaml')).mode & 0o777).toBe(0o640)
    const beside = path.join(there().root, 'etc/st2/from-old-instance/etc/st2/st2.conf')
    expect(fs.readFileSync(beside, 'utf8')).toContain('amqp://guest:s3cret@')
    expect(fs.statSync(beside).mode & 0o077).toBe(0)
    expect(fs.existsSync(path.join(there().overrides, '_global.yaml'))).toBe(true)
    expect(await runner()).toMatchObject({ enabled: false })
    expect((await m.on('new').key('hush', 'system', { decrypt: true }))?.value).toBe('the-plain-secret')
    expect((await m.on('new', 'alice').key('hers', 'user', { decrypt: true }))?.value).toBe('of-alice')
    expect([await pieces(), await collect(m.on('new').list('/v1/apikeys'))]).toEqual([[], []])
  })

  it('tells all of it here: the plan and the ledger come back, and commands name the run of this side', () => {
    for (const file of ['plan.jsonl', 'ledger.jsonl']) {
      expect(fs.readFileSync(path.join(m.stateDir, 'runs/d1', file), 'utf8')).toBe(fs.readFileSync(path.join(dir, 'there/runs/d1-there', file), 'utf8'))
    }
    const told = first.summary.join('\n')
    expect(told).toContain(`ledger: ${path.join(m.stateDir, 'runs/d1/ledger.jsonl')}`)
    expect(told).toMatch(/carried out on http:.*: run d1-there, execution [0-9a-f]{24}/)
    expect(told).toMatch(/next: st2upgrade activate --run d1(?!-)/)
  })

  it('says nothing secret on its way: no value in the executions there, and the crypto key of the source stays where it is', async () => {
    const executions = JSON.stringify(await collect(m.on('new').list('/v1/executions')))
    expect(['a comment that only bytes keep', '"port":8', 's3cret', 'the-plain-secret', 'of-alice'].filter((secret) => executions.includes(secret))).toEqual([])
    expect(/AGE-SECRET-KEY-1[0-9A-Z]{8}/i.test(executions)).toBe(false)
    const { aesKeyString } = JSON.parse(fs.readFileSync(path.join(m.old.sandbox.paths.root, 'etc/st2/keys/datastore_key.json'), 'utf8')) as { aesKeyString: string }
    expect(executions).not.toContain(aesKeyString)
  })

  it('started again it goes on there: nothing is handed over and nothing written a second time', async () => {
    const before = m.new.counts.writes
    const again = await migrate()
    expect(again).toMatchObject({ exit: 0, data: { stages: { deliver: { resumed: true }, plan: { resumed: true }, apply: { writes: 0 } } } })
    expect(await pieces()).toEqual([])
    expect(m.new.counts.writes).toBeGreaterThan(before)
  })

  it('belongs to its target, and works with what lies there', async () => {
    await expect(doing((context, settings) => verifyStage(context, settings), { archive: '/somewhere' })).rejects.toMatchObject({ exit: 2, message: expect.stringContaining('what it works with lies there') })
    const record = (await runRecord(m.stateDir, 'd1'))!
    const remembers = async (there: Partial<typeof record.there>): Promise<void> => {
      fs.mkdirSync(path.join(m.stateDir, 'runs/d9'), { recursive: true })
      fs.writeFileSync(path.join(m.stateDir, 'runs/d9/run.json'), JSON.stringify({ ...record, run: 'd9', there: { ...record.there!, ...there } }))
    }
    await remembers({ target: 'another' })
    for (const stage of [planStage, deliverStage(origin)]) await expect(doing(stage, { run: 'd9' })).rejects.toMatchObject({ exit: 2, message: expect.stringContaining('handed over to another target') })
    await remembers({ archive: 'one from before' })
    await expect(doing(planStage, { run: 'd9' })).rejects.toMatchObject({ exit: 5, message: expect.stringContaining('has another archive than the one that was handed over'), advice: expect.stringContaining('st2upgrade deliver --run d9') })
    await expect(doing((context, settings) => verifyStage({ ...context, tool: '99.0.0' }, settings))).rejects.toMatchObject({ exit: 5, message: expect.stringContaining('not 99.0.0'), advice: expect.stringContaining('st2upgrade deliver --run d1') })
  })

  it('what blocks there is told here as if it were here', async () => {
    await m.on('new').putKey({ name: 'hush', value: 'somebody else', scope: 'system' })
    await expect(migrate({ run: 'd2' })).rejects.toMatchObject({ exit: 5, message: expect.stringMatching(/stage apply: .*on http/), advice: expect.stringMatching(/on_conflict=.*st2upgrade migrate --run d2/) })
    expect((await m.on('new').key('hush', 'system'))?.value).toBe('somebody else')
  })

  it('undo is carried out there too, and the pack that was put there for the run goes last', async () => {
    await m.on('new').putKey({ name: 'hush', value: 'the-plain-secret', scope: 'system', secret: true })
    const shown = await doing(undoStage, { dryRun: true })
    expect([shown.exit, await hasPack('demo')]).toEqual([0, true])
    const undone = await doing(undoStage)
    expect([undone.exit, await hasPack('demo'), await hasPack('st2upgrade'), fs.existsSync(path.join(there().overrides, '_global.yaml'))]).toEqual([expect.any(Number), false, false, false])
    expect(undone.summary.join('\n')).toMatch(/was uninstalled from the target/)
    expect(fs.existsSync(path.join(m.stateDir, 'runs/d1/undo.jsonl'))).toBe(true)
    expect(await doing(undoStage)).toMatchObject({ exit: 0, summary: [expect.stringContaining('was taken back at'), expect.stringContaining('deliver --run d1')] })
    await expect(doing(applyStage)).rejects.toMatchObject({ exit: 5, advice: expect.stringContaining('st2upgrade deliver --run d1') })
    expect(await doing(deliverStage(origin))).toMatchObject({ exit: 0, data: { delivered: true } })
    expect((await doing(planStage)).exit).toBe(0)
  })

  it('is not, where the files can be reached, nothing needs them, or only the API is to be used; nor once an apply has begun from here', async () => {
    expect(await deliverStage({})(await m.context({ run: 'd6' }), m.settings({ run: 'd6' }))).toMatchObject({ exit: 0, data: { delivered: false }, summary: [expect.stringContaining('its files can be reached from here'), expect.anything()] })
    const settings = { run: 'd4', only: ['keys'], onConflict: 'overwrite' as const }
    await doing(exportStage, { ...settings, plainArchive: true })
    expect(await doing(deliverStage({}), settings)).toMatchObject({ data: { delivered: false }, summary: [expect.stringContaining('nothing of what is carried needs its files'), expect.anything()] })
    for (const stage of [planStage, applyStage]) await doing(stage, settings)
    await doing(exportStage, { run: 'd5', plainArchive: true })
    expect(await doing(deliverStage({}), { run: 'd5', apiOnly: true })).toMatchObject({ data: { delivered: false }, summary: [expect.stringContaining('api_only'), expect.anything()] })
    await doing(planStage, { run: 'd5', only: ['api_keys', 'keys'], onConflict: 'overwrite' })
    await m.on('old').putKey({ name: 'later', value: 'x', scope: 'system' })
    await doing(exportStage, { run: 'd5', plainArchive: true, out: path.join(dir, 'later.tar.gz') })
    await doing(planStage, { run: 'd5', only: ['keys'], onConflict: 'overwrite' })
    await doing(applyStage, { run: 'd5', only: ['keys'], onConflict: 'overwrite' })
    await expect(doing(deliverStage(origin), { run: 'd5' })).rejects.toMatchObject({ exit: 5, message: expect.stringContaining('has begun from here') })
  })
})

function demoPack(): string {
  return `file://${makeRepository(dir, 'demo', { 'pack.yaml': packYaml('demo'), 'config.schema.yaml': '---\nhost:\n  type: string\n  description: host\nport:\n  type: integer\n  description: port\n' })}`
}
