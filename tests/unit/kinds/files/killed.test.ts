/**
 * Promise 3 for kinds of files: whatever step of the disk is the last one before a kill, done again the target is as wanted, and
 * an undo, killed anywhere too, gives back what stood there, with nothing left behind.
 */
import * as fs from 'fs'
import * as path from 'path'
import type { Archive } from '../../../../src/archive/types'
import type { Change } from '../../../../src/core/model'
import { hostFiles } from '../../../../src/kinds/host-files'
import type { FileItem } from '../../../../src/kinds/files/item'
import type { Kind, Writing } from '../../../../src/kinds/kind'
import { overrides } from '../../../../src/kinds/overrides'
import { rbac } from '../../../../src/kinds/rbac'
import { archiveOf, listed, plant, tempRoot, treeOf, writingTo } from '../../../support/file-trees'
import { killedDisk } from '../../../support/killed-disk'

const OLD = { 'opt/stackstorm/rbac/roles/a.yaml': { text: 'name: a\n', mode: 0o640 }, 'opt/stackstorm/rbac/roles/b.yaml': 'name: b\n', 'opt/stackstorm/overrides/p.yaml': 'rules: {}\n', 'opt/stackstorm/overrides/q.yaml': 'rules: {}\n', 'etc/st2/st2.conf': 'a = 1\n', 'etc/st2/htpasswd': 'a:b\n' }
const NEW = { 'opt/stackstorm/rbac/roles/b.yaml': { text: 'name: b # own\n', mode: 0o600 }, 'opt/stackstorm/overrides/q.yaml': { text: 'actions: {}\n', mode: 0o604 }, 'etc/st2/st2.conf': 'a = 2\n' }

let old: string
let young: string
let staging: string
const disk = killedDisk()

beforeEach(() => {
  disk.left = Infinity
  for (const one of [(old = tempRoot()), (young = tempRoot()), (staging = tempRoot())]) fs.mkdirSync(path.join(one, 'opt/stackstorm'), { recursive: true })
  plant(old, OLD)
  plant(young, NEW)
})
afterEach(() => {
  disk.left = Infinity
  for (const root of [old, young, staging]) fs.rmSync(root, { recursive: true, force: true })
})

interface Applied {
  kind: Kind<FileItem>
  items: FileItem[]
  writing: Writing
  archive: Archive
  /** As the journal keeps it: what stood there when each was first begun. */
  before: Map<string, FileItem | undefined>
}

async function begin(kind: Kind<FileItem>): Promise<Applied> {
  const { items } = await listed(kind, { root: old, side: 'source' }, { staging })
  const archive = archiveOf(kind.name, items, staging)
  const changes = items.map(({ identity }): Change => ({ kind: kind.name, identity, action: 'create' }))
  return { kind, items, archive, writing: writingTo({ root: young, side: 'target' }, archive, { changes, keepDir: path.join(staging, 'kept') }), before: new Map() }
}

const onTarget = async ({ kind, archive }: Applied): Promise<Map<string, FileItem>> => new Map((await listed(kind, { root: young, side: 'target' }, { wanted: archive })).items.map((item) => [item.identity, item]))

/** As an apply does: what is there already is not written again. */
async function apply(applied: Applied): Promise<void> {
  const { kind, items, writing, before } = applied
  for (const item of items) {
    const now = (await onTarget(applied)).get(item.identity)
    if (now && (await kind.compare(item, now, writing)).length === 0) continue
    if (!before.has(item.identity)) before.set(item.identity, now)
    const { outcome, note } = await kind.write(writing.changes.find(({ identity }) => identity === item.identity)!, item, now, writing)
    if (outcome === 'failed') throw new Error(note)
  }
}

/** As an undo does: what stands as before is left, of what is not listed the rest is cleared. */
async function undo(applied: Applied): Promise<void> {
  const { kind, items, writing, before } = applied
  for (const item of items) {
    const [was, now] = [before.get(item.identity), (await onTarget(applied)).get(item.identity)]
    if (was && now && (await kind.compare(was, now, writing)).length === 0 && (await kind.compare(now, was, writing)).length === 0) continue
    if (was) await kind.restore!(was, now, writing)
    else await (now ? kind.remove!(now, writing) : kind.clear!(item, writing))
  }
  await kind.finish?.(writing)
}

/** Does it with a kill after `steps`, then again to its end. Returns false when there was nothing to kill any more. */
async function killedAfter(steps: number, work: () => Promise<void>): Promise<boolean> {
  disk.left = steps
  const killed = await work().then(
    () => false,
    () => true,
  )
  const reached = disk.left < 0
  disk.left = Infinity
  if (killed || reached) await work()
  return reached
}

test.each([rbac as Kind<FileItem>, overrides as Kind<FileItem>, hostFiles as Kind<FileItem>].map((kind) => [kind.name, kind] as const))('killed at any step of the disk: %s', async (_name, kind) => {
  const before = treeOf(young)
  for (let steps = 0; ; steps++) {
    const applied = await begin(kind)
    const inApply = await killedAfter(steps, () => apply(applied))
    for (const item of applied.items) expect(await kind.compare(item, (await onTarget(applied)).get(item.identity)!, applied.writing)).toEqual([])
    const inUndo = await killedAfter(steps, () => undo(applied))
    expect(treeOf(young)).toEqual(before)
    if (!inApply && !inUndo) {
      expect(steps).toBeGreaterThan(7)
      break
    }
    expect(steps).toBeLessThan(100)
  }
})
