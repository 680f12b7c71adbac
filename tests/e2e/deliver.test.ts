/**
 * A target on another machine: its files cannot be reached from here, so this pack is installed there, takes them in sealed
 * pieces through the datastore, and places them. The other side runs as the target's own executions of the committed bundle.
 */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { applyStage, deliverStage, exportStage, planStage, verifyStage, type StageResult } from '../../src/engine'
import { MOST_BYTES, PIECE_BYTES, dropPieces, sendPieces, takePieces } from '../../src/engine/handover/pieces'
import { collect, startMigration, type Migration } from '../support/migration'
import { makeRepository, packYaml } from '../support/git-repository'
import { ownPack } from '../support/own-pack'

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

describe('deliver', () => {
  let first: StageResult

  it('installs this pack on the target and has it place the bytes that an API cannot', async () => {
    const { configs, root } = m.old.sandbox.paths
    const there = m.new.sandbox.paths
    expect((await m.on('old').run('packs.install', { packs: [demoPack()] }, { timeoutMs: 60_000 })).status).toBe('succeeded')
    fs.writeFileSync(path.join(configs, 'demo.yaml'), COMMENTED, { mode: 0o640 })
    await m.on('old').post('/v1/packs/register', { packs: ['demo'], types: ['configs'] })
    fs.writeFileSync(path.join(root, 'etc/st2/st2.conf'), '[messaging]\nurl = amqp://guest:s3cret@127.0.0.1:5672/\n', { mode: 0o640 })
    // What the executions there are told: the sandbox's root in the place of /, and a state directory of its own.
    fs.writeFileSync(path.join(there.configs, 'st2upgrade.yaml'), `state_dir: ${path.join(dir, 'there')}\ntarget_root: ${there.root}\n`)
    expect(root).not.toBe(there.root)

    const settings = m.settings({ run: 'd1', allowActive: true, landing: 'active', servePacks: true })
    const context = await m.context({ run: 'd1', files: 'source' })
    await exportStage(context, settings)
    await planStage(context, { ...settings, only: ['packs'] })
    expect(await applyStage(context, { ...settings, only: ['packs'] })).toMatchObject({ exit: 0 })
    const packDir = new URL(ownPack(dir)).pathname
    first = await deliverStage({ packDir })({ ...context, tool: versionOf(packDir) }, { ...settings, only: ['configs', 'host_files'] })
    expect(first).toMatchObject({ stage: 'deliver', exit: 0, data: { installed: expect.stringContaining('was installed on the target') } })
    expect(fs.readFileSync(path.join(there.configs, 'demo.yaml'), 'utf8')).toBe(COMMENTED)
    expect(fs.statSync(path.join(there.configs, 'demo.yaml')).mode & 0o777).toBe(0o640)
    const beside = path.join(there.root, 'etc/st2/from-old-instance/etc/st2/st2.conf')
    expect(fs.readFileSync(beside, 'utf8')).toContain('amqp://guest:s3cret@')
    expect(fs.statSync(beside).mode & 0o077).toBe(0)
    expect(await verifyStage(await m.context({ run: 'd1' }), { ...settings, only: ['configs'] })).toMatchObject({ exit: 0 })
    expect(await pieces()).toEqual([])
  })

  it('says nothing secret on its way: no value in the executions there', async () => {
    const told = JSON.stringify(await collect(m.on('new').list('/v1/executions')))
    expect(['a comment that only bytes keep', '"port":8', 's3cret'].filter((secret) => told.includes(secret))).toEqual([])
    expect(/AGE-SECRET-KEY-1[0-9A-Z]{8}/i.test(told)).toBe(false)
    expect(first.summary.join('\n')).toContain('there: ')
  })

  it('again: the pack is there, and nothing is left to write', async () => {
    const settings = m.settings({ run: 'd1', allowActive: true, landing: 'active', only: ['configs', 'host_files'] })
    const packDir = path.join(dir, 'st2upgrade')
    const again = await deliverStage({ packDir })({ ...(await m.context({ run: 'd1', files: 'source' })), tool: versionOf(packDir) }, settings)
    expect(again).toMatchObject({ exit: 0 })
    expect(again.data.installed).toBeUndefined()
    expect(await pieces()).toEqual([])
  })

  it('where the files can be reached it refuses: apply does it', async () => {
    await expect(deliverStage({})(await m.context({ run: 'd1' }), m.settings({ run: 'd1' }))).rejects.toMatchObject({ exit: 2, message: expect.stringContaining('apply places them itself') })
  })

  it('without the pack there, a URL or leave to serve it, it says so before anything is sent', async () => {
    await m.on('new').run('packs.uninstall', { packs: ['st2upgrade'] }, { timeoutMs: 60_000 })
    const context = await m.context({ run: 'd1', files: 'source' })
    await expect(deliverStage({})(context, m.settings({ run: 'd1', only: ['configs'] }))).rejects.toMatchObject({ exit: 5, advice: expect.stringContaining('pack_url=URL') })
    expect(await pieces()).toEqual([])
  })
})

const versionOf = (packDir: string): string => /^version: ["']?([^"'\n]+)/m.exec(fs.readFileSync(path.join(packDir, 'pack.yaml'), 'utf8'))![1]!

function demoPack(): string {
  return `file://${makeRepository(dir, 'demo', { 'pack.yaml': packYaml('demo'), 'config.schema.yaml': '---\nhost:\n  type: string\n  description: host\nport:\n  type: integer\n  description: port\n' })}`
}
