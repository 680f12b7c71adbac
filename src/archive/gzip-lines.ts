/** The lines of a gzip file of JSON lines, one in memory at a time. */
import { pipeline, Readable } from 'stream'
import { createGunzip } from 'zlib'
import { fileBytes, LineCutter } from './bytes'
import { ArchiveError } from './errors'

/** @param name how errors name it. @throws ArchiveError `truncated` or `damaged` */
export async function* gzipLines(file: string, name: string): AsyncGenerator<Buffer> {
  const engine = createGunzip()
  // An error reaches the reader of `engine` below, which is destroyed with it.
  pipeline(Readable.from(fileBytes(file), { objectMode: false, highWaterMark: 1 }), engine, () => undefined)
  const cutter = new LineCutter()
  try {
    for await (const piece of engine) yield* cutter.push(piece as Buffer)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!code.startsWith('Z_')) throw error
    throw code === 'Z_BUF_ERROR' ? new ArchiveError('truncated', `The member ${name} is cut off.`) : new ArchiveError('damaged', `The compressed data of ${name} is damaged (${code}).`)
  } finally {
    engine.destroy()
  }
  cutter.end()
}
