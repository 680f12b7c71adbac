/** A smaller archive out of one: some kinds with their files, sealed for somebody else. Nothing of it touches a disk unsealed that the archive did not. */
import { promises as fs } from 'fs'
import type { Archive, SealWith } from './types'
import { createArchive } from './write'

export interface Subset {
  kinds: readonly string[]
  /** How the names of members begin that go along, for example `files/configs/`. */
  members: readonly string[]
}

/** What the archive tells of other kinds stays behind with them. */
export async function writeSubset(archive: Archive, { kinds, members }: Subset, stagingDir: string, out: string, seal: SealWith): Promise<{ path: string; bytes: number; sha256: string }> {
  const writer = await createArchive(stagingDir)
  try {
    for (const kind of kinds) {
      const sink = writer.items(kind)
      for await (const item of archive.items(kind)) await sink.write(item)
      await sink.close()
    }
    for (const prefix of members) {
      for (const name of archive.members(prefix)) await fs.copyFile(archive.member(name)!, await writer.stage(name))
    }
    const manifest = { ...archive.manifest, kinds: {}, remarks: {}, notes: {}, kvFileLeftOut: [] }
    return await writer.finish(manifest, out, seal)
  } finally {
    await writer.abandon()
  }
}
