import * as fs from 'fs'
import * as path from 'path'
import { execFileSync } from 'child_process'
import { realDisk, type Disk } from '../../../src/archive/disk'
import { openArchive } from '../../../src/archive/read'
import { createArchive } from '../../../src/archive/write'
import type { ItemSink } from '../../../src/archive/types'
import { makeArchive, MANIFEST, takeApart, tempDir } from '../../support/archives'

let dir: string
beforeEach(() => {
  dir = tempDir()
})
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))

const staging = () => path.join(dir, 'staging')
const out = () => path.join(dir, 'a.st2.tar.gz')

/** A disk that is full after so many bytes. */
function fullAfter(room: number): Disk {
  let left = room
  return {
    ...realDisk,
    async create(file) {
      const real = await realDisk.create(file)
      return {
        ...real,
        async write(data) {
          left -= data.length
          if (left >= 0) return real.write(data)
          await real.write(data.subarray(0, Math.max(0, data.length + left)))
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' })
        },
      }
    },
  }
}

async function write(disk: Disk, seal?: { passphrase: string }) {
  const writer = await createArchive(staging(), disk)
  try {
    const sink = writer.items('keys')
    for (let n = 0; n < 50; n++) await sink.write({ identity: `${n}`, value: `${n * n}` })
    await sink.close()
    return await writer.finish(MANIFEST, out(), seal)
  } finally {
    await writer.abandon()
  }
}

describe('a full disk', () => {
  it('leaves no half file, wherever it happens, and the next try succeeds', async () => {
    let refused = 0
    for (let room = 0; ; room += 97) {
      const failure = await write(fullAfter(room)).then(() => undefined, (error: unknown) => error)
      if (failure === undefined) break
      expect(failure).toMatchObject({ code: 'ENOSPC' })
      expect(fs.readdirSync(dir)).toEqual([])
      refused++
    }
    expect(refused).toBeGreaterThan(10)
    await (await openArchive(out(), {}, dir)).close()
  })

  it('is said with the file and what to do, by the real disk', async () => {
    if (!fs.existsSync('/dev/full')) return void process.stderr.write('NOT TESTED: a full disk: this system has no /dev/full\n')
    const handle = await fs.promises.open('/dev/full', 'w')
    const open = jest.spyOn(fs.promises, 'open').mockResolvedValueOnce(handle)
    const file = await realDisk.create('/some/file')
    open.mockRestore()
    await expect(file.write(Buffer.from('x'))).rejects.toMatchObject({ name: 'Refusal', message: 'Cannot write /some/file: the disk is full.' })
    await file.close()
  })

  it('is no reason to leave half an unpacked archive', async () => {
    const made = await makeArchive(dir, { files: { 'files/a': 'x'.repeat(5000) } })
    await expect(openArchive(made.path, {}, dir, fullAfter(1000))).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(fs.readdirSync(dir)).toEqual(['a.st2.tar.gz'])
  })
})

describe('a directory that may not be written', () => {
  it('is said', async () => {
    fs.writeFileSync(path.join(dir, 'file'), '')
    await expect(createArchive(path.join(dir, 'file', 'staging'))).rejects.toMatchObject({ message: expect.stringMatching(/staging: a part of the path is no directory/) as string })
    const readOnly: Disk = { ...realDisk, create: () => Promise.reject(Object.assign(new Error('EROFS'), { code: 'EROFS' })) }
    await expect(write(readOnly)).rejects.toMatchObject({ code: 'EROFS' })
    expect(fs.readdirSync(dir)).toEqual(['file'])
  })
})

describe('the disk', () => {
  it('is read back: other bytes than were written are found', async () => {
    const lying: Disk = {
      ...realDisk,
      async create(file) {
        const real = await realDisk.create(file)
        return { ...real, write: (data) => real.write(file.endsWith('.part') ? Uint8Array.from(data, (byte, n) => (n === 30 ? byte ^ 4 : byte)) : data) }
      },
    }
    await expect(write(lying)).rejects.toMatchObject({ name: 'ArchiveError' })
    await expect(write(lying, { passphrase: 'x' })).rejects.toMatchObject({ name: 'ArchiveError' })
    expect(fs.readdirSync(dir)).toEqual([])
  })
})

describe('the writer', () => {
  it('takes over the staging directory of a killed run, and no other directory', async () => {
    const killed = await createArchive(staging())
    await killed.items('keys').write({ identity: 'old' })
    fs.writeFileSync(await killed.stage('packs/old.bundle'), 'old')
    fs.writeFileSync(`${out()}.part`, 'old')
    await write(realDisk)
    expect(takeApart(out()).map(({ name }) => name)).toEqual(['manifest.json', 'items/keys.jsonl', 'SHA256SUMS'])
    expect(fs.readdirSync(dir)).toEqual(['a.st2.tar.gz'])
    await expect(createArchive(dir)).rejects.toMatchObject({ problem: 'in-the-way' })
    expect(fs.readdirSync(dir)).toEqual(['a.st2.tar.gz'])
  })

  it('overwrites nothing', async () => {
    fs.writeFileSync(out(), 'mine')
    await expect(write(realDisk)).rejects.toMatchObject({ problem: 'in-the-way', message: `${out()} is already there.` })
    expect(fs.readFileSync(out(), 'utf8')).toBe('mine')
    expect(fs.readdirSync(dir)).toEqual(['a.st2.tar.gz'])
  })

  it('keeps its pieces private', async () => {
    const writer = await createArchive(staging())
    const sink: ItemSink = writer.items('keys')
    await sink.write({ identity: 'a' })
    const summary = await sink.close()
    expect(await sink.close()).toEqual(summary)
    expect(fs.statSync(staging()).mode & 0o777).toBe(0o700)
    expect(fs.statSync(path.join(staging(), 'members/items/keys.jsonl')).mode & 0o777).toBe(0o600)
    await writer.abandon()
    expect(fs.readdirSync(dir)).toEqual([])
  })

  it.each(['../x', '/x', 'packs/../../x', '', 'packs//x', './x', 'a\\b', 'a\nb', 'manifest.json', 'SHA256SUMS', 'items/keys.jsonl', 'items'])('refuses to stage %j', async (name) => {
    const writer = await createArchive(staging())
    await expect(writer.stage(name)).rejects.toMatchObject({ problem: 'bad-name' })
  })

  it('refuses kinds that are no words, or opened twice, or not closed', async () => {
    const writer = await createArchive(staging())
    expect(() => writer.items('../keys')).toThrow(/name of a kind/)
    writer.items('keys')
    expect(() => writer.items('keys')).toThrow(/opened twice/)
    await expect(writer.finish(MANIFEST, out())).rejects.toThrow(/keys are not closed/)
  })

  it('refuses a staged link', async () => {
    const writer = await createArchive(staging())
    fs.symlinkSync('/etc/passwd', await writer.stage('files/link'))
    await expect(writer.finish(MANIFEST, out())).rejects.toMatchObject({ problem: 'bad-name' })
    await writer.abandon()
    expect(fs.readdirSync(dir)).toEqual([])
  })

  it.each([
    ['no recipient', { recipients: [] }],
    ['nothing', {}],
    ['an empty passphrase', { passphrase: '' }],
    ['both', { recipients: ['age1x'], passphrase: 'x' }],
    ['what is no recipient', { recipients: ['age1x'] }],
    ['an identity', { recipients: ['AGE-SECRET-KEY-1QQQQ'] }],
  ])('does not seal for %s', async (_name, seal) => {
    const writer = await createArchive(staging())
    const failure = await writer.finish(MANIFEST, out(), seal).catch((error: Error) => error)
    expect(failure).toMatchObject({ problem: 'bad-recipient' })
    expect((failure as Error).message).not.toContain('QQQQ')
    await writer.abandon()
    expect(fs.readdirSync(dir)).toEqual([])
  })

  it('writes what tar and sha256sum understand', async () => {
    const made = await makeArchive(dir, { items: { keys: [{ identity: 'a' }] }, files: { [`packs/${'long-'.repeat(40)}é.bundle`]: 'x' } })
    fs.mkdirSync(path.join(dir, 'out'))
    execFileSync('gzip', ['-t', made.path])
    execFileSync('tar', ['-xzf', made.path, '-C', path.join(dir, 'out')])
    expect(execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: path.join(dir, 'out'), encoding: 'utf8' }).split('\n').filter((line) => line.endsWith(': OK'))).toHaveLength(3)
  })
})
