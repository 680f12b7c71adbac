/**
 * A commit that holds a pack exactly as it lies on the disk, built beside the checkout: its files are only read. The same
 * files on the same base give the same commit id, always: author, date and text depend on nothing else.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { sha256 } from '../../core/canonical'
import type { Git } from '../../system/git'
import { absolute, isByteCode, shownPath, type DiskFile } from './walk'

/** A line of a git tree. `raw` is the path's bytes. */
export interface Entry {
  raw: Buffer
  mode: string
  oid: string
}

export interface Workshop {
  git: Git
  /** The bare repository that objects are written to. */
  repo: string
  /** For indexes and other passing files. */
  scratch: string
}

export interface Snapshot {
  /** The commit that holds the files: `base` itself when nothing was edited. */
  head: string
  edited: boolean
  /** As `added x`, `modified y`, `deleted z`. */
  editedFiles: string[]
  /** Secrets that were never committed and stay out. */
  withheld: DiskFile[]
  entries: Map<string, Entry>
}

const FILE = '100644'
const EXECUTABLE = '100755'
const LINK = '120000'
const SUBMODULE = '160000'
/** For a repository that begins with this tool's commit; any fixed moment does. */
const NO_DATE = '946684800'

/** A map key for a path's bytes. */
export const keyOf = (raw: Buffer): string => raw.toString('latin1')

/** The files of a commit, by path. */
export async function treeOf({ git, repo }: Workshop, commit: string): Promise<Map<string, Entry>> {
  const out = await git.run(['ls-tree', '-r', '-z', '--full-tree', commit], { gitDir: repo })
  const entries = new Map<string, Entry>()
  for (const line of out.toString('latin1').split('\0').filter(Boolean)) {
    const [, mode, oid, name] = /^(\d+) \w+ ([0-9a-f]+)\t([\s\S]*)$/.exec(line) as unknown as [string, string, string, string]
    entries.set(name, { raw: Buffer.from(name, 'latin1'), mode, oid })
  }
  return entries
}

/** Makes the commit for the files below `directory` on top of `base` (or as a first commit). */
export async function snapshot(shop: Workshop, directory: string, files: DiskFile[], base: string | undefined, pack: string): Promise<Snapshot> {
  const before = base === undefined ? new Map<string, Entry>() : await treeOf(shop, base)
  const written = await writeBlobs(shop, directory, files)
  const { entries, withheld } = choose(files, written, before)
  await keepBytes(shop, directory, files.filter((file) => !withheld.includes(file)), entries)
  const editedFiles = differences(before, entries)
  if (base !== undefined && editedFiles.length === 0) return { head: base, edited: false, editedFiles, withheld, entries }
  const tree = await writeTree(shop, entries)
  const text = base === undefined ? `${pack} as it was installed, without a history of its own\n` : `Edits of ${pack} that were not committed where it was installed\n\n${editedFiles.join('\n')}\n`
  const head = await commitTree(shop, tree, base, text)
  return { head, edited: base !== undefined, editedFiles: base === undefined ? [] : editedFiles, withheld, entries }
}

/** A commit without parents that holds the same tree, for a checkout whose history is not whole. */
export async function rootCommit(shop: Workshop, commit: string, pack: string): Promise<string> {
  const tree = await shop.git.text(['rev-parse', '--verify', `${commit}^{tree}`], { gitDir: shop.repo })
  const date = await dateOf(shop, commit)
  return commitTree(shop, tree, undefined, `${pack} at ${commit}, whose history was not whole where it was installed\n`, date)
}

async function commitTree(shop: Workshop, tree: string, parent: string | undefined, text: string, date?: string): Promise<string> {
  const when = `${date ?? (parent === undefined ? NO_DATE : await dateOf(shop, parent))} +0000`
  const who = { NAME: 'st2upgrade', EMAIL: 'st2upgrade@localhost', DATE: when }
  const env = Object.fromEntries(['AUTHOR', 'COMMITTER'].flatMap((role) => Object.entries(who).map(([what, value]) => [`GIT_${role}_${what}`, value])))
  const parents = parent === undefined ? [] : ['-p', parent]
  return shop.git.text(['commit-tree', tree, ...parents], { gitDir: shop.repo, env, input: Buffer.from(text) })
}

const dateOf = ({ git, repo }: Workshop, commit: string): Promise<string> => git.text(['log', '-1', '--format=%ct', commit], { gitDir: repo })

/** Writes every file's content as git would at `git add`; object ids in the order of `files`. */
async function writeBlobs(shop: Workshop, directory: string, files: DiskFile[], filters = true): Promise<Map<string, string>> {
  const plain = files.filter((file) => file.link === undefined)
  const list = Buffer.concat(plain.map(({ raw }) => Buffer.concat([quoted(raw), Buffer.from('\n')])))
  const how = filters ? [] : ['--no-filters']
  const options = { gitDir: shop.repo, workTree: directory, cwd: directory, input: list }
  const ids = plain.length === 0 ? [] : (await shop.git.text(['hash-object', '-w', ...how, '--stdin-paths'], options)).split('\n')
  const written = new Map(plain.map((file, i) => [keyOf(file.raw), ids[i] as string]))
  for (const file of files.filter((one) => one.link !== undefined)) {
    const target = await fs.readlink(absolute(directory, file.raw), { encoding: 'buffer' })
    written.set(keyOf(file.raw), await shop.git.text(['hash-object', '-w', '--stdin', '--no-filters'], { gitDir: shop.repo, input: target }))
  }
  return written
}

/** A path as git reads it from a list: in quotes, with every special byte as three octal digits. */
function quoted(raw: Buffer): Buffer {
  const bytes = [...raw].map((byte) => (byte < 0x20 || byte === 0x22 || byte === 0x5c || byte >= 0x7f ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte)))
  return Buffer.from(`"${bytes.join('')}"`, 'latin1')
}

/** Which entries the commit has. Modes of files that git knows stay: an installer sets the execute bit everywhere. */
function choose(files: DiskFile[], written: Map<string, string>, before: Map<string, Entry>): { entries: Map<string, Entry>; withheld: DiskFile[] } {
  const entries = new Map<string, Entry>()
  const withheld: DiskFile[] = []
  for (const file of files) {
    const key = keyOf(file.raw)
    const known = before.get(key)
    const oid = written.get(key) as string
    if (file.secret === 'is' && oid !== known?.oid) {
      withheld.push(file)
      if (known) entries.set(key, known)
    } else entries.set(key, { raw: file.raw, oid, mode: modeOf(file, known) })
  }
  for (const [key, entry] of before) if (staysUnseen(key, entry, entries)) entries.set(key, entry)
  return { entries, withheld }
}

function modeOf(file: DiskFile, known: Entry | undefined): string {
  if (file.link !== undefined) return LINK
  if (known && (known.mode === FILE || known.mode === EXECUTABLE)) return known.mode
  return file.exec ? EXECUTABLE : FILE
}

/** Committed byte code is not looked at; a submodule stays a submodule as long as nobody put files there. */
function staysUnseen(key: string, entry: Entry, entries: Map<string, Entry>): boolean {
  if (entries.has(key)) return false
  if (entry.mode === SUBMODULE) return ![...entries.keys()].some((other) => other.startsWith(`${key}/`))
  return key.split('/').some(isByteCode)
}

function differences(before: Map<string, Entry>, after: Map<string, Entry>): string[] {
  const found: string[] = []
  for (const [key, entry] of after) {
    const old = before.get(key)
    if (!old) found.push(`added ${shownPath(entry.raw)}`)
    else if (old.oid !== entry.oid || old.mode !== entry.mode) found.push(`modified ${shownPath(entry.raw)}`)
  }
  for (const [key, entry] of before) if (!after.has(key)) found.push(`deleted ${shownPath(entry.raw)}`)
  return found.sort()
}

async function writeTree({ git, repo, scratch }: Workshop, entries: Map<string, Entry>): Promise<string> {
  const indexFile = path.join(scratch, 'index')
  await fs.rm(indexFile, { force: true })
  const rows = [...entries.values()].map(({ mode, oid, raw }) => Buffer.concat([Buffer.from(`${mode} ${oid} 0\t`), raw, Buffer.from('\0')]))
  await git.run(['update-index', '-z', '--index-info'], { gitDir: repo, indexFile, input: Buffer.concat(rows) })
  return git.text(['write-tree', '--missing-ok'], { gitDir: repo, indexFile })
}

/**
 * Where .gitattributes turns line endings or encodings, a checkout may give other bytes than lie here. Each file that it would
 * change is put in as the bytes that it has.
 */
async function keepBytes(shop: Workshop, directory: string, files: DiskFile[], entries: Map<string, Entry>): Promise<void> {
  if (![...entries.keys()].some((key) => /(^|\/)\.gitattributes$/.test(key))) return
  const changed = await changedByCheckout(shop, files, entries)
  const raw = await writeBlobs(shop, directory, changed, false)
  for (const file of changed) {
    const entry = entries.get(keyOf(file.raw))
    if (entry) entries.set(keyOf(file.raw), { ...entry, oid: raw.get(keyOf(file.raw)) as string })
  }
}

/** The files that come out of a checkout of these entries with other bytes than they have here. */
export async function changedByCheckout(shop: Workshop, files: DiskFile[], entries: Map<string, Entry>): Promise<DiskFile[]> {
  const workTree = path.join(shop.scratch, 'checkout')
  const options = { gitDir: shop.repo, workTree, cwd: workTree, indexFile: path.join(shop.scratch, 'checkout-index') }
  await fs.rm(workTree, { recursive: true, force: true })
  await fs.rm(options.indexFile, { force: true })
  await fs.mkdir(workTree, { recursive: true })
  await shop.git.run(['read-tree', '--reset', '-u', await writeTree(shop, entries)], options)
  const changed: DiskFile[] = []
  for (const file of files.filter((one) => one.link === undefined)) {
    const bytes = await fs.readFile(absolute(workTree, file.raw)).catch(() => undefined)
    if (bytes === undefined || sha256(bytes) !== file.sha256) changed.push(file)
  }
  return changed
}
