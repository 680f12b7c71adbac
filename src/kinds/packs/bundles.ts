/** The histories that an archive holds, each unpacked once into a bare repository: for plans, for serving and for pushing. */
import { promises as fs } from 'fs'
import * as path from 'path'
import type { Archive } from '../../archive/types'
import { Refusal } from '../../core/exit-codes'
import { createGit } from '../../system/git'
import { initBare } from '../../system/git-copy'
import type { System } from '../../system/ports'
import { bundleMember, type PackItem } from './item'
import type { Workshop } from './snapshot'

export interface BundleSource {
  readonly system: System
  readonly archive: Archive
  readonly workDir: string
}

/** One pack's history that git does not unpack: that pack is for a person, the others go on. */
export class BrokenHistory extends Refusal {}

const opened = new WeakMap<Archive, Map<string, Promise<Workshop>>>()

/** The pack's repository; the same one at every call for the same archive. Throws when the archive has no history of the pack. */
export function openBundle(source: BundleSource, ref: string): Promise<Workshop> {
  const known = opened.get(source.archive) ?? new Map<string, Promise<Workshop>>()
  opened.set(source.archive, known)
  const workshop = known.get(ref) ?? unpack(source, ref)
  known.set(ref, workshop)
  return workshop
}

async function unpack({ system, archive, workDir }: BundleSource, ref: string): Promise<Workshop> {
  const bundle = archive.member(bundleMember(ref))
  if (bundle === undefined) throw new Refusal(`the archive holds no history of pack ${ref}`, 'It was not made by export: use an untouched copy, or export again')
  const git = createGit(system)
  const scratch = path.join(workDir, 'pack-histories', ref)
  const repo = path.join(scratch, 'repo')
  await fs.rm(scratch, { recursive: true, force: true })
  await initBare(git, repo)
  const fetched = await git.try(['fetch', '--quiet', bundle, '+refs/*:refs/*'], { gitDir: repo })
  if (fetched.code !== 0) throw new BrokenHistory(`git cannot unpack the archive's history of pack ${ref}: ${fetched.stderr.trim()}`, 'install this pack on the new instance by hand; a newer git on this host may be able to unpack it')
  return { git, repo, scratch }
}

/** The items of the archive by ref. Packs are few. */
export async function packItems(archive: Archive): Promise<Map<string, PackItem>> {
  const items = new Map<string, PackItem>()
  for await (const item of archive.items('packs')) items.set(item.identity, item as PackItem)
  return items
}

/** The bytes of one file of a commit; undefined when it has none of that name. */
export async function readCommitted({ git, repo }: Workshop, commit: string, file: string): Promise<Buffer | undefined> {
  const shown = await git.try(['cat-file', 'blob', `${commit}:${file}`], { gitDir: repo })
  return shown.code === 0 ? shown.stdout : undefined
}
