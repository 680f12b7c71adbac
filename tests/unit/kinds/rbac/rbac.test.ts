import * as fs from 'fs'
import * as path from 'path'
import type { Change } from '../../../../src/core/model'
import { rbac } from '../../../../src/kinds/rbac'
import type { RbacItem } from '../../../../src/kinds/rbac/list'
import type { Writing } from '../../../../src/kinds/kind'
import { archiveOf, listed, plant, tempRoot, treeOf, writingTo } from '../../../support/file-trees'

const DIR = 'opt/stackstorm/rbac'
const COMMAND = 'opt/stackstorm/st2/bin/st2-apply-rbac-definitions'
const ROLE = '---\nname: ops # kept\n'
const FILES = { [`${DIR}/assignments/alice.yaml`]: 'username: alice\n', [`${DIR}/mappings/staff.yaml`]: 'group: staff\n', [`${DIR}/roles/ops.yaml`]: { text: ROLE, mode: 0o600 } }

let old: string
let young: string
let staging: string
const onSource = () => listed(rbac, { root: old, side: 'source' }, { staging })
const onTarget = () => listed(rbac, { root: young, side: 'target' })

beforeEach(() => {
  old = tempRoot()
  young = tempRoot()
  staging = tempRoot()
  fs.mkdirSync(path.join(young, 'opt/stackstorm'), { recursive: true })
})
afterEach(() => [old, young, staging].forEach((root) => fs.rmSync(root, { recursive: true, force: true })))

/** An apply of everything that the source has. */
async function applying(): Promise<{ items: RbacItem[]; changes: Change[]; writing: Writing }> {
  const { items } = await onSource()
  const changes = items.map(({ identity }): Change => ({ kind: 'rbac', identity, action: 'create' }))
  return { items, changes, writing: writingTo({ root: young, side: 'target' }, archiveOf('rbac', items, staging), { changes }) }
}

/** A command that tells how often it ran, and what it saw last. */
const command = (exit: number): void =>
  plant(young, { [COMMAND]: { text: `#!/bin/sh\necho run >> ${young}/runs\nls ${young}/${DIR}/*/*.yaml 2>/dev/null | wc -l > ${young}/saw\necho noise\necho "the database is away" >&2\nexit ${exit}\n`, mode: 0o755 } })
const runs = (): number => (fs.existsSync(path.join(young, 'runs')) ? fs.readFileSync(path.join(young, 'runs'), 'utf8').trim().split('\n').length : 0)

async function writeAll({ items, changes, writing }: Awaited<ReturnType<typeof applying>>): Promise<(string | undefined)[]> {
  const outcomes = []
  for (const [i, item] of items.entries()) outcomes.push((await rbac.write(changes[i]!, item, undefined, writing)).outcome)
  return outcomes
}

test('definitions of the three directories are items, whatever else lies there is said', async () => {
  plant(old, { ...FILES, [`${DIR}/roles/ops.yml`]: ROLE, [`${DIR}/README.md`]: 'hi', [`${DIR}/.hidden`]: '' })
  const { items, remarks } = await onSource()
  expect(items.map(({ identity, mode }) => [identity, mode])).toEqual([['roles/ops.yaml', 0o600], ['assignments/alice.yaml', 0o644], ['mappings/staff.yaml', 0o644]])
  expect(remarks.map(({ identity, outcome }) => [identity, outcome])).toEqual([['README.md', 'left'], ['roles/ops.yml', 'left']])
})

test('they are placed with their modes; where the command is not installed the ledger says to run it', async () => {
  plant(old, FILES)
  const all = await applying()
  const [first] = all.items
  expect(await rbac.weigh!(first!, undefined, [], all.writing)).toEqual({ note: 'in force once st2-apply-rbac-definitions is run, which is not installed there', advice: 'run st2-apply-rbac-definitions on the new instance, as root, once RBAC is set up there' })
  expect(await rbac.write(all.changes[0]!, first!, undefined, all.writing)).toMatchObject({ outcome: 'carried', advice: expect.stringContaining('run st2-apply-rbac-definitions') })
  expect(treeOf(path.join(young, DIR))).toEqual({ 'roles/ops.yaml': `600 ${ROLE}` })
})

test('the command runs once, after the last definition', async () => {
  plant(old, FILES)
  command(0)
  const all = await applying()
  expect(await rbac.weigh!(all.items[0]!, undefined, [], all.writing)).toEqual({ note: undefined })
  expect(await writeAll(all)).toEqual(['carried', 'carried', 'carried'])
  expect([runs(), fs.readFileSync(path.join(young, 'saw'), 'utf8').trim()]).toEqual([1, '3'])
  expect(Object.keys(treeOf(path.join(young, DIR)))).toEqual(['assignments/alice.yaml', 'mappings/staff.yaml', 'roles/ops.yaml'])
})

test('its failure is told with its last lines, does not pass for success later, and is mended by another apply', async () => {
  plant(old, FILES)
  command(3)
  const all = await applying()
  const [, , last] = all.items
  await rbac.write(all.changes[0]!, all.items[0]!, undefined, all.writing)
  await rbac.write(all.changes[1]!, all.items[1]!, undefined, all.writing)
  expect(await rbac.write(all.changes[2]!, last!, undefined, all.writing)).toEqual({
    outcome: 'failed',
    note: 'it is in place, but the definitions are not in force: st2-apply-rbac-definitions ended with exit 3: noise | the database is away',
    advice: 'mend that, then run apply again: it runs the command anew',
  })
  const found = async () => (await onTarget()).items.find(({ identity }) => identity === last!.identity)!
  const differences = await rbac.compare(last!, await found(), all.writing)
  expect(differences).toEqual([{ path: 'in force', source: 'in force', target: expect.stringContaining('failed or was cut off') }])
  expect(await rbac.weigh!(last!, await found(), differences, all.writing)).toMatchObject({ action: 'update' })
  command(0)
  expect(await rbac.write(all.changes[2]!, last!, await found(), all.writing)).toMatchObject({ outcome: 'carried', note: expect.stringContaining('in force') })
  expect(await rbac.compare(last!, await found(), all.writing)).toEqual([])
})

test('one that could not be placed keeps the command back until it is', async () => {
  plant(old, FILES)
  command(0)
  fs.mkdirSync(path.join(young, DIR, 'roles/ops.yaml'), { recursive: true })
  const all = await applying()
  expect(await writeAll(all)).toEqual(['failed', 'carried', 'carried'])
  expect(runs()).toBe(0)
  fs.rmdirSync(path.join(young, DIR, 'roles/ops.yaml'))
  expect(await rbac.write(all.changes[0]!, all.items[0]!, undefined, all.writing)).toMatchObject({ outcome: 'carried' })
  expect(runs()).toBe(1)
})

test('an undo takes them away, brings back what stood there, and runs the command once more', async () => {
  plant(old, FILES)
  plant(young, { [`${DIR}/roles/ops.yaml`]: 'name: own\n' })
  command(0)
  const before = (await onTarget()).items[0]!
  const all = await applying()
  for (const [i, item] of all.items.entries()) await rbac.write(all.changes[i]!, item, item.identity === before.identity ? before : undefined, all.writing)
  for (const now of (await onTarget()).items) {
    if (now.identity === before.identity) expect(await rbac.restore!(before, now, all.writing)).toEqual({ outcome: 'carried' })
    else expect(await rbac.remove!(now, all.writing)).toEqual({ outcome: 'carried' })
  }
  expect(runs()).toBe(1)
  await rbac.finishUndo!(all.writing)
  expect(runs()).toBe(2)
  expect(treeOf(path.join(young, DIR))).toEqual({ 'roles/ops.yaml': '644 name: own\n' })
  await rbac.finishUndo!(all.writing)
  expect(runs()).toBe(2)
})

test('when the command fails after an undo, that is told, and an undo that goes on runs it again', async () => {
  plant(old, FILES)
  const all = await applying()
  await writeAll(all)
  command(1)
  for (const now of (await onTarget()).items) await rbac.remove!(now, all.writing)
  await expect(rbac.finishUndo!(all.writing)).rejects.toThrow('not in force: st2-apply-rbac-definitions: exit 1: noise | the database is away')
  command(0)
  await rbac.settle!(all.writing)
  expect(treeOf(path.join(young, DIR))).toEqual({})
})
