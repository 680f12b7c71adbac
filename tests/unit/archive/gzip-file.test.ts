/** Files that are compressed while they are written. */
import { createHash, randomBytes } from 'crypto'
import * as fs from 'fs'
import * as path from 'path'
import { gunzipSync } from 'zlib'
import { realDisk, type Disk } from '../../../src/archive/disk'
import { GzipFile } from '../../../src/archive/gzip-file'
import { tempDir } from '../../support/archives'

const written = async (disk: Disk, pieces: Buffer[]): Promise<{ file: string; sha256: string }> => {
  const file = path.join(tempDir(), 'a.gz')
  const out = await GzipFile.create(disk, file)
  try {
    for (const piece of pieces) await out.write(piece)
    await out.sync()
  } finally {
    await out.close()
  }
  return { file, sha256: out.sha256() }
}

test('holds what was written, under the hash that it tells, without time and system', async () => {
  const pieces = [Buffer.from('one\n'), Buffer.alloc(3_000_000, 'ab'), Buffer.from('end\n')]
  const { file, sha256 } = await written(realDisk, pieces)
  const bytes = fs.readFileSync(file)
  expect(gunzipSync(bytes).equals(Buffer.concat(pieces))).toBe(true)
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
  expect(bytes.subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff')
  expect(fs.statSync(file).mode & 0o777).toBe(0o600)
})

test('nothing written is an empty gzip', async () => {
  expect(gunzipSync(fs.readFileSync((await written(realDisk, [])).file))).toHaveLength(0)
})

test('a buffer may be used again when a write has returned', async () => {
  const file = path.join(tempDir(), 'a.gz')
  const out = await GzipFile.create(realDisk, file)
  const buffer = Buffer.alloc(100_000)
  for (const fill of [1, 2, 3]) await out.write(buffer.fill(fill))
  await out.sync()
  await out.close()
  const read = gunzipSync(fs.readFileSync(file))
  expect([read[0], read[100_000], read[200_000], read.length]).toEqual([1, 2, 3, 300_000])
})

test('a full disk ends the writing, also one that waits for room', async () => {
  const full: Disk = { ...realDisk, create: async () => ({ write: () => Promise.reject(new Error('full')), sync: async () => undefined, close: async () => undefined }) }
  const noise = Array.from({ length: 40 }, () => randomBytes(100_000))
  await expect(written(full, noise)).rejects.toThrow('full')
})
