/** A smaller archive out of one: its items and files without what is only kept, sealed for somebody else. Nothing of it touches a disk unsealed that the archive did not. */
import { promises as fs } from 'fs'
import type { Item } from '../core/model'
import type { Archive, KeptSummary, Manifest, SealWith } from './types'
import { createArchive } from './write'

export interface Subset {
  kinds: readonly string[]
  /** How the names of members begin that go along, for example `files/configs/`. */
  members: readonly string[]
  /** Files beside those, by member name. */
  added?: Readonly<Record<string, string>>
  /** Each item as it goes along. */
  change?: (kind: string, item: Item) => Promise<Item>
  /** What the manifest says otherwise. */
  manifest?: Partial<Manifest>
}

/** What the archive tells beside its items is told by this one too; the records that it keeps are counted, and stay with it. */
export async function writeSubset(archive: Archive, subset: Subset, stagingDir: string, out: string, seal: SealWith): Promise<{ path: string; bytes: number; sha256: string }> {
  const { kinds, members, added = {}, change = async (_kind, item) => item } = subset
  const writer = await createArchive(stagingDir)
  try {
    for (const kind of kinds) {
      const sink = writer.items(kind)
      for await (const item of archive.items(kind)) await sink.write(await change(kind, item))
      await sink.close()
    }
    for (const prefix of members) {
      for (const name of archive.members(prefix)) if (!(name in added)) await fs.copyFile(archive.member(name)!, await writer.stage(name))
    }
    for (const [name, text] of Object.entries(added)) await fs.writeFile(await writer.stage(name), text, { mode: 0o600 })
    return await writer.finish({ ...archive.manifest, kinds: {}, kvFileLeftOut: [], ...withoutRecords(archive.manifest), ...subset.manifest }, out, seal)
  } finally {
    await writer.abandon()
  }
}

function withoutRecords({ kept }: Manifest): Pick<Manifest, 'kept'> {
  const counted = ([name, summary]: [string, KeptSummary]): [string, KeptSummary] => [name, { ...summary, members: [] }]
  return kept === undefined ? {} : { kept: Object.fromEntries(Object.entries(kept).map(counted)) }
}
