/** The file that keeps a target quiet, killed at every step of the disk: put, given back to activate or undo, what stood there is never lost. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { endQuiet, putQuietFile, takeQuietBack } from '../../../src/engine/quiet-file'
import { filesBelow } from '../../../src/engine/instance'
import type { Run } from '../../../src/engine/runs'
import type { Instance } from '../../../src/kinds/kind'
import { isQuietFile } from '../../../src/kinds/overrides'
import { killedDisk } from '../../support/killed-disk'
import { testSystem } from '../../support/system'

const disk = killedDisk()

let root: string
const system = testSystem()
const runOf = (name: string): Run => {
  const dir = path.join(root, 'runs', name)
  fs.mkdirSync(dir, { recursive: true })
  return { dir, workDir: dir, record: { run: name, host: 'h', started: '' }, at: (file: string) => path.join(dir, file), save: async () => undefined, clearWork: async () => undefined }
}
let target: Instance
beforeEach(() => {
  disk.left = Infinity
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-quiet-'))
  fs.mkdirSync(path.join(root, 'opt/stackstorm'), { recursive: true })
  target = { side: 'target', id: 't', files: filesBelow(root), api: { list: async function* () {} } as unknown as Instance['api'] } as Instance
})
afterEach(() => {
  disk.left = Infinity
  fs.rmSync(root, { recursive: true, force: true })
})

const file = (): string => path.join(target.files!.overrides, '_global.yaml')
const stands = (): Buffer | undefined => (fs.existsSync(file()) ? fs.readFileSync(file()) : undefined)
const mode = (): number | undefined => (fs.existsSync(file()) ? fs.statSync(file()).mode & 0o777 : undefined)
const plant = (bytes: Buffer | undefined): void => {
  if (!bytes) return
  fs.mkdirSync(target.files!.overrides, { recursive: true })
  fs.writeFileSync(file(), bytes, { mode: 0o604 })
  fs.chmodSync(file(), 0o604)
}
const put = (run = 'r1'): Promise<void> => putQuietFile(runOf(run), target, { files: target.files!, system })
const end = (run = 'r1'): Promise<void> => endQuiet(runOf(run), target, system)

/** Kills `work` at every step in turn, lets it be done again, and looks. */
async function killedAnywhere(prepare: () => Promise<void>, work: () => Promise<unknown>, expected: () => void): Promise<number> {
  for (let steps = 0; ; steps++) {
    await prepare()
    disk.left = steps
    const died = await work().then(
      () => false,
      () => true,
    )
    disk.left = Infinity
    // One whole file or the other, never a half or none.
    const now = stands()
    if (now) expect(isQuietFile(now) || now.equals(Buffer.from(OWN))).toBe(true)
    await work()
    expected()
    if (!died) return steps
    fs.rmSync(target.files!.overrides, { recursive: true, force: true })
    fs.rmSync(path.join(root, 'runs'), { recursive: true, force: true })
  }
}

const OWN = '# mine\r\nactions: {defaults: {enabled: yes}}'

test.each([['an own file', OWN], ['none', undefined]])('%s: put and given back, killed at any step', async (_, text) => {
  const own = text === undefined ? undefined : Buffer.from(text)
  const beginning = async (): Promise<void> => plant(own)
  expect(await killedAnywhere(beginning, put, () => expect(isQuietFile(stands()!)).toBe(true))).toBeGreaterThan(3)
  for (const back of [end, () => takeQuietBack(runOf('r1'), target, system)]) {
    const landed = async (): Promise<void> => {
      fs.rmSync(target.files!.overrides, { recursive: true, force: true })
      fs.rmSync(path.join(root, 'runs'), { recursive: true, force: true })
      plant(own)
      await put()
    }
    const given = (): void => {
      expect(stands()).toEqual(own)
      expect(mode()).toBe(own && 0o604)
      expect(fs.existsSync(target.files!.overrides)).toBe(own !== undefined)
    }
    await killedAnywhere(landed, back, given)
  }
})

test('what is overridden is the file as it was, with what acts switched off', async () => {
  plant(Buffer.from(OWN))
  await put()
  expect(stands()!.toString()).toMatch(/actions:\n {2}defaults:\n {4}enabled: true\nrules:\n {2}defaults:\n {4}enabled: false\nsensors:/)
})

test('a second run takes the quiet over: activated it gives back what the first found, undone what the first put', async () => {
  plant(Buffer.from(OWN))
  await put('r1')
  const first = stands()
  await put('r2')
  expect(stands()!.toString()).toContain('run r2 (quiet)')
  await end('r1')
  expect(stands()!.toString()).toContain('run r2 (quiet)')
  expect(await takeQuietBack(runOf('r2'), target, system)).toBe(true)
  expect(stands()).toEqual(first)
  await put('r2')
  await end('r2')
  expect(stands()!.toString()).toBe(OWN)
})

test('a file that a person has put in its place meanwhile is left', async () => {
  await put()
  fs.writeFileSync(file(), 'rules: {defaults: {enabled: no}}\n')
  await end()
  expect(await takeQuietBack(runOf('r1'), target, system)).toBe(false)
  expect(stands()!.toString()).toBe('rules: {defaults: {enabled: no}}\n')
})
