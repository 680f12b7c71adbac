/**
 * packs.download: fetches packs and puts them on disk, without registering them. Knowledge: recordings packs-install*,
 * packs-dependencies; older-versions.md for folders without git.
 */
import { createHash } from 'crypto'
import * as fs from 'fs'
import * as path from 'path'
import { copy, remove } from 'fs-extra'
import type { Sandbox } from '../types'
import { cloneRepository } from './clone'
import { Locks } from './locks'
import { checkVersions, packRef, packWarning, readMetadata } from './metadata'
import { IndexEmpty, requireIndex } from './pack-index'
import { placePack } from './place'
import { isIndexName, repositoryUrl, splitVersion, type PackSource } from './source'

interface DownloadOptions {
  /** Do without the check of versions. */
  force: boolean
  log: (line: string) => void
}

/** What became of one pack; `url` is absent when the pack was not even found in the index. */
interface Downloaded {
  url?: string
  ref: string
  ok: boolean
  message: string
}

/**
 * Downloads the packs one after the other; an error of one ends it all and leaves the earlier ones on disk. The answer is a
 * status per ref; throws when none could be had.
 */
export async function downloadPacks(sandbox: Sandbox, packs: readonly string[], options: DownloadOptions): Promise<Record<string, string>> {
  const results: Downloaded[] = []
  for (const pack of packs) results.push(await downloadPack(sandbox, pack, options))
  if (results.some(({ ok }) => ok)) return Object.fromEntries(results.map(({ ref, message }) => [ref, message]))
  const url = results[results.length - 1]?.url ?? 'None'
  const error = new Error([`The pack has not been downloaded from "${url}".\n`, 'Errors:', ...results.map(({ message }) => message)].join('\n'))
  error.name = 'Exception'
  throw error
}

/** Two downloads of one URL, and two that end in one directory, wait for each other. */
const locks = new WeakMap<Sandbox, Locks>()

export function locksOf(sandbox: Sandbox): Locks {
  const found = locks.get(sandbox) ?? new Locks()
  locks.set(sandbox, found)
  return found
}

async function downloadPack(sandbox: Sandbox, pack: string, options: DownloadOptions): Promise<Downloaded> {
  const source = await findSource(sandbox, pack)
  if ('message' in source) return source
  const directory = path.join(sandbox.paths.root, 'root', '.st2packs', createHash('md5').update(source.url).digest('hex'))
  return locksOf(sandbox).run(source.url, async () => {
    try {
      await fetchInto(directory, source, options)
      return { url: source.url, ...(await install(sandbox, directory, options)) }
    } finally {
      await remove(directory)
    }
  })
}

/** Where a pack comes from: its URL, or what the index says of its name. */
async function findSource(sandbox: Sandbox, pack: string): Promise<PackSource | Downloaded> {
  const { what, version } = splitVersion(pack)
  if (!isIndexName(what)) return { url: repositoryUrl(what), version }
  try {
    const { index } = await requireIndex(sandbox.packIndexUrl, sandbox.traits.indexStatusIndent)
    const found = index[what]
    if (!found) return { ref: pack, ok: false, message: `No record of the "${what}" pack in the index.` }
    return { url: String(found.repo_url), version: version ?? String(found.version) }
  } catch (error) {
    if (error instanceof IndexEmpty) return { ref: pack, ok: false, message: error.message }
    throw error
  }
}

/** A local folder that is no checkout is copied as it is; all else is cloned. */
async function fetchInto(directory: string, { url, version }: PackSource, { log }: DownloadOptions): Promise<void> {
  await remove(directory)
  await fs.promises.mkdir(path.dirname(directory), { recursive: true })
  const local = url.startsWith('file://') ? path.resolve(url.slice('file://'.length)) : undefined
  if (local === undefined || isDirectory(path.join(local, '.git'))) return cloneRepository(url, directory, version)
  if (!isDirectory(local)) throw new Error(`Local pack directory "${local}" doesn't exist`)
  log('st2.actions.python.DownloadGitRepoAction: DEBUG    Detected local pack directory which is not a git repository, just copying files over...')
  await copy(local, directory)
}

const isDirectory = (file: string): boolean => fs.existsSync(file) && fs.statSync(file).isDirectory()

async function install(sandbox: Sandbox, directory: string, { force, log }: DownloadOptions): Promise<Omit<Downloaded, 'url'>> {
  const metadata = readMetadata(directory)
  const ref = packRef(metadata, sandbox.traits.reservedPackRefs)
  if (!force) checkVersions(metadata, sandbox)
  if (ref.includes('.')) return { ref, ok: false, message: `Failure : Pack name "${ref}" contains reserved character "."` }
  const target = path.join(sandbox.paths.packs, ref)
  await locksOf(sandbox).run(`/${ref}`, () => {
    if (fs.existsSync(target)) log(`st2.actions.python.DownloadGitRepoAction: DEBUG    Removing existing pack ${ref} in ${target} to replace.`)
    log(`st2.actions.python.DownloadGitRepoAction: DEBUG    Moving pack from ${directory} to ${sandbox.paths.packs}/.`)
    return placePack(directory, target)
  })
  const warning = packWarning(metadata)
  if (warning) log(`st2.actions.python.DownloadGitRepoAction: WARNING  ${warning}`)
  return { ref, ok: true, message: 'Success.' }
}
