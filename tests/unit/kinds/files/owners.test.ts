import * as fs from 'fs'
import * as path from 'path'
import type { Change } from '../../../../src/core/model'
import { rbac } from '../../../../src/kinds/rbac'
import { archiveOf, listed, plant, tempRoot, writingTo } from '../../../support/file-trees'

const FILE = 'opt/stackstorm/rbac/roles/ops.yaml'
const change: Change = { kind: 'rbac', identity: 'roles/ops.yaml', action: 'create' }
let old: string
let young: string
let staging: string
let chowned: [number, number][]
let refuse: string | undefined

/** Only root may give files away: what would be given is noted in its place. */
beforeEach(() => {
  old = tempRoot()
  young = tempRoot()
  staging = tempRoot()
  chowned = []
  refuse = undefined
  fs.mkdirSync(path.join(young, 'opt/stackstorm'), { recursive: true })
  plant(old, { [FILE]: 'name: ops\n' })
  jest.spyOn(fs.promises, 'chown').mockImplementation(async (file, uid, gid) => {
    if (refuse !== undefined) throw Object.assign(new Error(refuse), { code: refuse })
    if (String(file).endsWith('.yaml')) chowned.push([uid, gid])
  })
})
afterEach(() => {
  jest.restoreAllMocks()
  for (const root of [old, young, staging]) fs.rmSync(root, { recursive: true, force: true })
})

const me = (): { uid: number; gid: number } => fs.statSync(path.join(old, FILE))
const accounts = (root: string, user: string, uid: number, group: string, gid: number): void =>
  plant(root, { 'etc/passwd': `${user}:x:${uid}:${gid}::/:/bin/sh\n`, 'etc/group': `${group}:x:${gid}:\n` })

async function applying() {
  const { items } = await listed(rbac, { root: old, side: 'source' }, { staging })
  return { item: items[0]!, writing: writingTo({ root: young, side: 'target' }, archiveOf('rbac', items, staging), { changes: [change] }) }
}

test('an owner goes by its name, whatever its number is there', async () => {
  accounts(old, 'st2', me().uid, 'st2', me().gid)
  accounts(young, 'st2', 4998, 'st2', 4997)
  const { item, writing } = await applying()
  expect(item.owner).toEqual({ user: 'st2', uid: me().uid, group: 'st2', gid: me().gid })
  expect(await rbac.write(change, item, undefined, writing)).toMatchObject({ outcome: 'carried' })
  expect(chowned).toEqual([[4998, 4997]])
})

test('an unknown owner goes by its number where that is free, and the plan says so', async () => {
  plant(old, { 'etc/passwd': '', 'etc/group': '' })
  plant(young, { 'etc/passwd': '', 'etc/group': '' })
  const { item, writing } = await applying()
  const bob = { ...item, owner: { user: 'bob', uid: 4001, group: 'ops', gid: 4002 } }
  expect(await rbac.weigh!(bob, undefined, [], writing)).toMatchObject({ note: expect.stringContaining('its owner bob:ops is not known there (user bob, group ops)') })
  await rbac.write(change, bob, undefined, writing)
  expect(chowned).toEqual([[4001, 4002]])
  const [now] = (await listed(rbac, { root: young, side: 'target' })).items
  expect(await rbac.compare(bob, now!, writing)).toEqual([])
})

test("a number that is another's there is not given: the file must not become a stranger's", async () => {
  accounts(young, 'carol', 4001, 'carols', 4002)
  const { item, writing } = await applying()
  await rbac.write(change, { ...item, owner: { user: 'bob', uid: 4001, group: 'ops', gid: 4002 } }, undefined, writing)
  expect(chowned).toEqual([])
})

test('an owner that may not be given fails the item, in place as it is, with the way out; another owner counts as a difference', async () => {
  accounts(young, 'st2', 4998, 'st2', 4997)
  refuse = 'EPERM'
  const { item, writing } = await applying()
  const owned = { ...item, owner: { user: 'st2', uid: 1, group: 'st2', gid: 1 } }
  expect(await rbac.write(change, owned, undefined, writing)).toMatchObject({ outcome: 'failed', note: 'it is in place, but its owner st2:st2 could not be set', advice: expect.stringContaining('chown st2:st2') })
  const [now] = (await listed(rbac, { root: young, side: 'target' })).items
  expect(await rbac.compare(owned, now!, writing)).toEqual([expect.objectContaining({ path: 'owner', source: 'st2:st2' })])
})
