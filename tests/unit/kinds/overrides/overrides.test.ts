import * as fs from 'fs'
import * as path from 'path'
import { sha256 } from '../../../../src/core/canonical'
import { ownBody } from '../../../../src/core/override-file'
import type { Change } from '../../../../src/core/model'
import { mergedFile, overrides, placeOverride, QUIET_MARKER, type OverrideItem } from '../../../../src/kinds/overrides'
import type { Writing } from '../../../../src/kinds/kind'
import { archiveOf, listed, plant, SETTINGS, tempRoot, treeOf, writingTo } from '../../../support/file-trees'

const DIR = 'opt/stackstorm/overrides'
const OFF = '---\n# kept\nrules:\n  defaults: {enabled: false}\n'
const quiet = (before?: string): string => `${QUIET_MARKER}\n${ownBody('quiet', 'r1', before === undefined ? undefined : Buffer.from(before), { rules: { defaults: { enabled: false } } })}`

let old: string
let young: string
let staging: string
const onSource = (version = '3.8.1') => listed(overrides, { root: old, side: 'source', version }, { staging })
const onTarget = () => listed(overrides, { root: young, side: 'target' })
const on = (root: string, files: Parameters<typeof plant>[1]): void => plant(root, Object.fromEntries(Object.entries(files).map(([name, file]) => [`${DIR}/${name}`, file])))
const change: Change = { kind: 'overrides', identity: 'x', action: 'create' }

beforeEach(() => {
  old = tempRoot()
  young = tempRoot()
  staging = tempRoot()
})
afterEach(() => [old, young, staging].forEach((root) => fs.rmSync(root, { recursive: true, force: true })))

async function carried(): Promise<{ items: OverrideItem[]; writing: Writing }> {
  const { items } = await onSource()
  return { items, writing: writingTo({ root: young, side: 'target' }, archiveOf('overrides', items, staging)) }
}

test('each file is an item of its pack, its bytes staged', async () => {
  on(old, { '_global.yaml': OFF, 'netops.yaml': { text: OFF, mode: 0o600 } })
  const { items, remarks } = await onSource()
  expect(remarks).toEqual([])
  expect(items).toEqual([expect.objectContaining({ identity: '_global', mode: 0o644 }), expect.objectContaining({ identity: 'netops', pack: 'netops', mode: 0o600, member: 'files/overrides/netops.yaml' })])
  expect(items[0]!.pack).toBeUndefined()
  expect(fs.readFileSync(path.join(staging, 'files/overrides/netops.yaml'), 'utf8')).toBe(OFF)
})

test('what StackStorm stumbles over or never reads is said, and not carried', async () => {
  on(old, { 'broken.yaml': 'rules: [', 'empty.yaml': '', 'comments.yaml': '# nothing\n', 'odd.yaml': 'rules: {defaults: {priority: 1}}\n', 'x.yml': OFF, 'notes.txt': 'hi' })
  const { items, remarks } = await onSource()
  expect(items).toEqual([])
  expect(remarks.map(({ identity, outcome }) => `${identity} ${outcome}`).sort()).toEqual(['broken manual', 'comments manual', 'empty manual', 'notes.txt left', 'odd manual', 'x.yml left'])
  for (const { note } of remarks) expect(note).toMatch(/stumbles over it, so that packs cannot be registered|does nothing/)
})

test('files that lie idle on a 3.4 are handed to a person: on the new instance they would begin to act', async () => {
  on(old, { 'netops.yaml': OFF })
  const { items, remarks } = await onSource('3.4.1')
  expect(items).toEqual([])
  expect(remarks).toEqual([expect.objectContaining({ identity: 'netops', outcome: 'manual', note: expect.stringContaining('lies idle on the old instance: StackStorm reads overrides since 3.7') })])
})

test('without files nothing is listed, and that is said', async () => {
  expect(await listed(overrides, { root: old, side: 'source', files: false })).toEqual({ items: [], remarks: [], notes: ["not looked at: no access to the files; run on the instance's host"] })
})

test("the tool's own quiet file is never listed; what it took the place of is, on the target", async () => {
  on(young, { '_global.yaml': quiet(OFF), 'a.yaml': `# st2upgrade\n${ownBody('states', 'r1', undefined, {})}` })
  on(old, { '_global.yaml': quiet() })
  const source = await onSource()
  expect(source.items).toEqual([])
  expect(source.notes).toEqual([expect.stringContaining('not activated yet')])
  const { items } = await onTarget()
  on(young, { '_global.yaml': OFF })
  expect(items).toEqual([(await onTarget()).items[0]])
})

test('a file merged with states stands for its source, until somebody changes it', async () => {
  on(old, { 'netops.yaml': OFF })
  const { items, writing } = await carried()
  const merged = mergedFile(items[0]!.sha256, ownBody('states', 'r1', Buffer.from(OFF), { rules: { exceptions: { a: { enabled: true } } } }))
  expect(await placeOverride(merged, change, items[0]!, undefined, writing)).toMatchObject({ outcome: 'carried' })
  expect(await overrides.compare(items[0]!, (await onTarget()).items[0]!, writing)).toEqual([])
  fs.appendFileSync(path.join(young, DIR, 'netops.yaml'), '# edited\n')
  expect(await overrides.compare(items[0]!, (await onTarget()).items[0]!, writing)).toEqual([expect.objectContaining({ path: 'file' })])
})

test('written with its mode into a directory that is not there yet, taken away again', async () => {
  fs.mkdirSync(path.join(young, 'opt/stackstorm'), { recursive: true })
  on(old, { 'netops.yaml': { text: OFF, mode: 0o640 } })
  const { items, writing } = await carried()
  expect(await overrides.write(change, items[0]!, undefined, writing)).toMatchObject({ outcome: 'carried' })
  expect(treeOf(path.join(young, DIR))).toEqual({ 'netops.yaml': `640 ${OFF}` })
  const now = (await onTarget()).items[0]!
  expect(await overrides.compare(items[0]!, now, writing)).toEqual([])
  expect(await overrides.remove!(now, writing)).toEqual({ outcome: 'carried' })
  expect(treeOf(path.join(young, DIR))).toEqual({})
})

test('an own file of the target is kept and comes back, byte for byte, with its mode', async () => {
  on(old, { 'netops.yaml': OFF })
  on(young, { 'netops.yaml': { text: 'rules: {}\r\n', mode: 0o604 } })
  const before = (await onTarget()).items[0]!
  const { items, writing } = await carried()
  expect(await overrides.compare(items[0]!, before, writing)).toEqual([expect.objectContaining({ path: 'file' }), { path: 'mode', source: '644', target: '604' }])
  await overrides.write(change, items[0]!, before, writing)
  const now = (await onTarget()).items[0]!
  expect(await overrides.restore!(before, now, writing)).toEqual({ outcome: 'carried' })
  expect(treeOf(path.join(young, DIR))).toEqual({ 'netops.yaml': '604 rules: {}\r\n' })
})

test('a file that changed under the hands is not replaced', async () => {
  on(old, { 'netops.yaml': OFF })
  on(young, { 'netops.yaml': 'rules: {}\n' })
  const before = (await onTarget()).items[0]!
  on(young, { 'netops.yaml': 'rules: {defaults: {enabled: true}}\n' })
  const { items, writing } = await carried()
  expect(await overrides.write(change, items[0]!, before, writing)).toMatchObject({ outcome: 'failed', note: expect.stringContaining('changed while this ran') })
  expect(await overrides.write(change, items[0]!, undefined, writing)).toMatchObject({ outcome: 'failed' })
  expect(treeOf(path.join(young, DIR))).toEqual({ 'netops.yaml': '644 rules: {defaults: {enabled: true}}\n' })
})

test('the quiet file gives way, and what it took the place of is kept; an empty one is never written', async () => {
  on(old, { '_global.yaml': OFF })
  on(young, { '_global.yaml': quiet('actions: {}\n') })
  const before = (await onTarget()).items[0]!
  const { items, writing } = await carried()
  expect(await placeOverride(Buffer.from('---\n# nothing\n'), change, items[0]!, undefined, writing)).toMatchObject({ outcome: 'left' })
  expect(await overrides.write(change, items[0]!, undefined, writing)).toMatchObject({ outcome: 'carried' })
  expect(treeOf(path.join(young, DIR))).toEqual({ '_global.yaml': `644 ${OFF}` })
  expect(await overrides.restore!(before, (await onTarget()).items[0], writing)).toEqual({ outcome: 'carried' })
  expect(treeOf(path.join(young, DIR))).toEqual({ '_global.yaml': '644 actions: {}\n' })
})

test('a plan says when it acts, and what cannot be placed', async () => {
  on(old, { 'netops.yaml': OFF })
  const { items, writing } = await carried()
  const weigh = (target: Parameters<typeof writingTo>[0], found?: OverrideItem) => overrides.weigh!(items[0]!, found, [], writingTo(target, writing.archive))
  expect(await weigh({ root: young, side: 'target' })).toEqual({ note: 'put in place by activate' })
  expect(await weigh({ root: young, side: 'target', files: false })).toMatchObject({ action: 'manual', advice: expect.stringContaining('st2upgrade.seed') })
  expect(await weigh({ root: young, side: 'target', version: '3.6.0' })).toMatchObject({ action: 'manual', note: expect.stringContaining('overrides are read since 3.7') })
  fs.mkdirSync(path.join(young, DIR), { recursive: true })
  fs.symlinkSync('/etc/hostname', path.join(young, DIR, 'netops.yaml'))
  expect(await weigh({ root: young, side: 'target' }, (await onTarget()).items[0])).toMatchObject({ action: 'manual', note: expect.stringContaining('leads out') })
})

describe("over a file that an earlier run has merged with states", () => {
  const RUN2 = { keepDir: '', settings: { ...SETTINGS, run: 'r2' } }
  const merged = (before: string | undefined): string =>
    before === undefined ? `# st2upgrade: states of the old instance\n${ownBody('states', 'r1', undefined, { rules: { exceptions: { a: { enabled: true } } } })}` : mergedFile(sha256(before), ownBody('states', 'r1', Buffer.from(before), { rules: { exceptions: { a: { enabled: true } } } })).toString()

  test.each([['a source\'s', OFF], ['nothing', undefined]])('that took the place of %s: undo of the second run gives back what stood there before that run', async (_what, first) => {
    on(young, { 'netops.yaml': { text: merged(first), mode: 0o640 } })
    const before = (await onTarget()).items[0]
    on(old, { 'netops.yaml': '---\nactions: {defaults: {enabled: false}}\n' })
    const { items, writing } = await carried()
    const second = { ...writing, ...RUN2, keepDir: path.join(young, '..kept2') }
    // Twice, as after a kill.
    for (const _ of [1, 2]) expect(await overrides.write(change, items[0]!, before, second)).toMatchObject({ outcome: 'carried' })
    const now = (await onTarget()).items[0]!
    expect(await (before ? overrides.restore!(before, now, second) : overrides.remove!(now, second))).toEqual({ outcome: 'carried' })
    expect(treeOf(path.join(young, DIR))).toEqual({ 'netops.yaml': `640 ${merged(first)}` })
  })

  test('what somebody changed since is left', async () => {
    on(young, { 'netops.yaml': merged(OFF) })
    on(old, { 'netops.yaml': 'actions: {defaults: {enabled: false}}\n' })
    const before = (await onTarget()).items[0]!
    const { items, writing } = await carried()
    const second = { ...writing, ...RUN2, keepDir: path.join(young, '..kept2') }
    await overrides.write(change, items[0]!, before, second)
    const now = (await onTarget()).items[0]!
    on(young, { 'netops.yaml': 'rules: {}\n' })
    expect(await overrides.restore!(before, now, second)).toMatchObject({ outcome: 'left' })
    expect(treeOf(path.join(young, DIR))).toEqual({ 'netops.yaml': '644 rules: {}\n' })
  })
})
