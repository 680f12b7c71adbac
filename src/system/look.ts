/** Looks at files that a person named, without opening more than asked for. */
import { promises as fs } from 'fs'

/** The file's bytes; rejects with the file system's error. */
export const readBytes = (file: string): Promise<Buffer> => fs.readFile(file)

/** The first `most` bytes, fewer when the file is shorter. */
export async function firstBytes(file: string, most: number): Promise<Buffer> {
  const handle = await fs.open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(most), 0, most, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** True when the path is a directory that can be seen from here. */
export async function isDirectory(directory: string): Promise<boolean> {
  return fs.stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** A private directory of the system's own, removed after `work`. */
export async function withTemporaryDirectory<T>(prefix: string, work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await fs.mkdtemp(prefix)
  try {
    return await work(directory)
  } finally {
    await fs.rm(directory, { recursive: true, force: true })
  }
}
