import { execFileSync } from 'child_process'
import * as fs from 'fs'
import * as path from 'path'
import { Accounts } from '../../../../src/kinds/files/accounts'
import { LARGEST, lookAt, namesIn } from '../../../../src/kinds/files/look'
import { plant, tempRoot } from '../../../support/file-trees'
import { testSystem } from '../../../support/system'

let root: string
let base: string
const accounts = (): Accounts => new Accounts(root, testSystem())
const look = (name: string) => lookAt(base, name, accounts())

beforeEach(() => {
  root = tempRoot()
  base = path.join(root, 'base')
  fs.mkdirSync(base)
})
afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

test('a plain file comes with bytes, mode and the names of its owner', async () => {
  const { uid, gid } = fs.statSync(base)
  plant(root, { 'base/a.yaml': { text: Buffer.from([0xff, 0, 10]), mode: 0o640 }, 'etc/passwd': `keeper:x:${uid}:${gid}::/:/bin/sh\n`, 'etc/group': `keepers:x:${gid}:\n` })
  expect(await look('a.yaml')).toEqual({ name: 'a.yaml', file: path.join(base, 'a.yaml'), bytes: Buffer.from([0xff, 0, 10]), mode: 0o640, owner: { user: 'keeper', uid, group: 'keepers', gid } })
})

test('a link inside the directory is followed and said; one that leads out, nowhere or round is not', async () => {
  plant(root, { 'base/..data/a.yaml': 'a', 'outside.yaml': 'secret', 'base2/x': 'a neighbour whose name begins alike' })
  fs.symlinkSync('..data/a.yaml', path.join(base, 'in.yaml'))
  fs.symlinkSync('../outside.yaml', path.join(base, 'out.yaml'))
  fs.symlinkSync('../base2/x', path.join(base, 'alike.yaml'))
  fs.symlinkSync('nothing', path.join(base, 'dangling.yaml'))
  fs.symlinkSync('round.yaml', path.join(base, 'round.yaml'))
  expect(await look('in.yaml')).toMatchObject({ bytes: Buffer.from('a'), link: '..data/a.yaml' })
  for (const name of ['out.yaml', 'alike.yaml']) expect(await look(name)).toEqual({ name, why: `it is a symbolic link that leads out of ${base}: not followed` })
  expect(await look('dangling.yaml')).toMatchObject({ why: 'it is a symbolic link that leads nowhere' })
  expect(await look('round.yaml')).toMatchObject({ why: 'it is a symbolic link that leads to itself' })
})

test('a directory behind a link that leads out is not listed; the base itself may be a link', async () => {
  fs.mkdirSync(path.join(root, 'elsewhere'))
  plant(root, { 'elsewhere/a.yaml': 'a' })
  fs.symlinkSync('../elsewhere', path.join(base, 'roles'))
  fs.symlinkSync('elsewhere', path.join(root, 'linked'))
  expect(await namesIn(base, 'roles')).toEqual({ names: [], hindered: [{ name: 'roles', why: expect.stringContaining('leads out') }] })
  expect(await namesIn(path.join(root, 'linked'), '')).toEqual({ names: ['a.yaml'], hindered: [] })
})

test('pipes, directories and huge files are said, and not read', async () => {
  execFileSync('mkfifo', [path.join(base, 'pipe')])
  fs.mkdirSync(path.join(base, 'directory'))
  fs.closeSync(fs.openSync(path.join(base, 'huge'), 'w'))
  fs.truncateSync(path.join(base, 'huge'), LARGEST + 1)
  expect(await look('pipe')).toEqual({ name: 'pipe', why: 'it is no plain file' })
  expect(await look('directory')).toEqual({ name: 'directory', why: 'it is a directory' })
  expect(await look('huge')).toMatchObject({ why: expect.stringContaining(`it has ${LARGEST + 1} bytes`) })
})

test('names that no archive can hold are said in letters that stand on a line', async () => {
  fs.writeFileSync(Buffer.concat([Buffer.from(`${base}/caf`), Buffer.from([0xe9])]), 'x')
  fs.writeFileSync(`${base}/two\nlines`, 'x')
  fs.writeFileSync(`${base}/ä b.yaml`, 'x')
  const found = await namesIn(base, '')
  expect(found.names).toEqual(['ä b.yaml'])
  expect(found.hindered).toEqual(expect.arrayContaining([{ name: 'caf\\xe9', why: 'its name holds bytes that are not UTF-8' }, { name: 'two\\x0alines', why: expect.stringContaining('control character') }]))
})

test('what is not there is nothing', async () => {
  expect(await look('nothing')).toBeUndefined()
  expect(await namesIn(path.join(root, 'nowhere'), '')).toEqual({ names: [], hindered: [] })
})

const asRoot = process.getuid?.() === 0
;(asRoot ? test.skip : test)('an unreadable file is said (needs a user who is not root)', async () => {
  plant(root, { 'base/a.yaml': { text: 'a', mode: 0 } })
  expect(await look('a.yaml')).toEqual({ name: 'a.yaml', why: 'it may not be read by this user: run as root' })
})
