/** One file, gzipped and sealed for one recipient, and opened again: for what crosses to another machine beside an archive. */
import * as fs from 'fs'
import { fileBytes } from './bytes'
import { gunzip, gzip } from './gzip'
import { seal, unseal } from './seal'

export async function sealFile(file: string, out: string, recipient: string): Promise<void> {
  await writeAll(out, (await seal(gzip(fileBytes(file)), { recipients: [recipient] })).bytes)
}

/** @throws ArchiveError when it was sealed for somebody else, or is not as it was written; `out` is no whole file then. */
export async function unsealFile(file: string, out: string, identity: string): Promise<void> {
  const opened = gunzip(unseal(fileBytes(file), 'recipients', { identities: [identity] }))
  await writeAll(out, opened.bytes)
  opened.check()
}

async function writeAll(out: string, bytes: AsyncIterable<Buffer>): Promise<void> {
  const handle = await fs.promises.open(out, 'w', 0o600)
  try {
    for await (const piece of bytes) await handle.writeFile(piece)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
