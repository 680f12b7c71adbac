import * as fs from 'fs'
import { tmpdir } from 'os'
import * as path from 'path'
import { renameDurable, sweepParts, writeDurable } from '../../../src/system/durable'
import { fileError } from '../../../src/system/file-errors'

let dir: string
beforeEach(() => (dir = fs.mkdtempSync(path.join(tmpdir(), 'durable-'))))
afterEach(() => {
  jest.restoreAllMocks()
  fs.rmSync(dir, { recursive: true })
})
const fsError = (code: string) => Object.assign(new Error(code), { code })

/** Makes one step on the open file fail. */
function breakHandle(step: 'writeFile' | 'sync', code: string): void {
  const open = fs.promises.open
  jest.spyOn(fs.promises, 'open').mockImplementation(async (...args) => {
    const handle = await open(...args)
    jest.spyOn(handle, step).mockRejectedValue(fsError(code))
    return handle
  })
}

describe('writeDurable', () => {
  test('writes, replaces, mode 0600, nothing left behind', async () => {
    const file = path.join(dir, 'x.json')
    await writeDurable(file, 'ž')
    await writeDurable(file, Buffer.from([0, 255]))
    expect(fs.readFileSync(file)).toEqual(Buffer.from([0, 255]))
    expect(fs.statSync(file).mode & 0o777).toBe(0o600)
    expect(fs.readdirSync(dir)).toEqual(['x.json'])
  })

  test('another mode when it is given', async () => {
    await writeDurable(path.join(dir, 'x'), '', 0o640)
    expect(fs.statSync(path.join(dir, 'x')).mode & 0o777).toBe(0o640)
  })

  test.each([
    ['ENOENT', () => path.join(dir, 'none', 'x')],
    ['ENOTDIR', () => path.join(dir, 'file', 'x')],
    ['EISDIR', () => path.join(dir, 'folder')],
  ])('%s names the path', async (_, place) => {
    fs.writeFileSync(path.join(dir, 'file'), '')
    fs.mkdirSync(path.join(dir, 'folder'))
    await expect(writeDurable(place(), 'x')).rejects.toMatchObject({ name: 'Refusal', message: expect.stringContaining(place()) })
    expect(fs.readdirSync(dir).sort()).toEqual(['file', 'folder'])
  })

  test.each([
    ['writeFile', 'ENOSPC', /disk is full/, /Free some space/],
    ['sync', 'EIO', /disk reports an error/, /Check the disk/],
  ] as const)('a failing %s (%s) leaves the old file and nothing else', async (step, code, message, advice) => {
    const file = path.join(dir, 'x')
    fs.writeFileSync(file, 'old')
    breakHandle(step, code)
    const error = await writeDurable(file, 'new').catch((e: Error) => e)
    expect(error).toMatchObject({ message: expect.stringMatching(message), advice: expect.stringMatching(advice) })
    expect((error as Error).message).toContain(file)
    expect(fs.readFileSync(file, 'utf8')).toBe('old')
    expect(fs.readdirSync(dir)).toEqual(['x'])
  })

  test('a file that reads back otherwise is not put in place', async () => {
    const file = path.join(dir, 'x')
    fs.writeFileSync(file, 'old')
    jest.spyOn(fs.promises, 'readFile').mockResolvedValue(Buffer.from('bad'))
    await expect(writeDurable(file, 'new')).rejects.toThrow(/does not read back/)
    jest.restoreAllMocks()
    expect(fs.readFileSync(file, 'utf8')).toBe('old')
  })
})

test('renameDurable puts a finished file in its place', async () => {
  fs.writeFileSync(path.join(dir, 'x.part'), 'new')
  fs.writeFileSync(path.join(dir, 'x'), 'old')
  await renameDurable(path.join(dir, 'x.part'), path.join(dir, 'x'))
  expect(fs.readFileSync(path.join(dir, 'x'), 'utf8')).toBe('new')
  await expect(renameDurable(path.join(dir, 'none'), path.join(dir, 'x'))).rejects.toMatchObject({ name: 'Refusal' })
})

describe('fileError', () => {
  test.each(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'ENOENT', 'EMFILE', 'EIO', 'EWEIRD'])('%s says what to do', (code) => {
    expect(fileError(fsError(code), 'write', '/some/path')).toMatchObject({ message: expect.stringMatching(/^Cannot write \/some\/path: /), advice: expect.stringMatching(/\.$/) })
  })
  test('what is no error of files stays as it is', () => {
    const error = new TypeError('x')
    expect(fileError(error, 'write', '/p')).toBe(error)
  })
})

describe('sweepParts', () => {
  it('removes what killed writes of this very file left, and nothing else', async () => {
    const names = ['a.yaml', 'a.yaml.0123456789ab.part', 'a.yaml.ffffffffffff.part', 'a.yaml.part', 'a.yaml.0123456789AB.part', 'ba.yaml.0123456789ab.part', 'a.yaml.0123456789ab.part.bak']
    for (const name of names) fs.writeFileSync(path.join(dir, name), '')
    await sweepParts(path.join(dir, 'a.yaml'))
    expect(fs.readdirSync(dir).sort()).toEqual(names.filter((name) => !/^a\.yaml\.(0123456789ab|f{12})\.part$/.test(name)).sort())
    await sweepParts(path.join(dir, 'nowhere', 'a.yaml'))
  })

  it('knows the parts of writeDurable', async () => {
    jest.spyOn(fs.promises, 'rename').mockRejectedValue(fsError('EIO'))
    jest.spyOn(fs.promises, 'unlink').mockRejectedValue(fsError('EIO'))
    await expect(writeDurable(path.join(dir, 'b.yaml'), 'x')).rejects.toThrow()
    expect(fs.readdirSync(dir)).toHaveLength(1)
    await sweepParts(path.join(dir, 'b.yaml'))
    expect(fs.readdirSync(dir)).toEqual([])
  })
})
