/**
 * One action written through the API. Its files go along as `data_files`, which StackStorm writes into the pack; bytes that are no
 * text need the new instance's disk. A file of a carried pack comes with the pack, and is sent only where it is missing.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { sha256 } from '../../core/canonical'
import type { Change } from '../../core/model'
import { sweepParts, writeDurable } from '../../system/durable'
import { bodyOf } from '../content/item'
import { putRecord } from '../content/records'
import type { InstanceFiles, Writing, Written } from '../kind'
import { openBundle, packItems, readCommitted } from '../packs/bundles'
import { readActionFile } from './files'
import { entryFile, type ActionItem } from './item'
import { keepFiles, keptFiles, type KeptFiles } from './keep'
import { ACTIONS } from './list'

interface FileToSend {
  path: string
  bytes: Buffer
  exec?: boolean
  /** What stands there now. */
  before: Buffer | undefined
}

export async function writeAction(change: Change, item: ActionItem, writing: Writing): Promise<Written> {
  const files = await toSend(item, writing)
  const since = await changedSince(change, item, files, writing)
  if (since.length > 0) return { outcome: 'failed', note: `files in its place came or changed since the plan: ${since.join(', ')}; nothing was written`, advice: 'look at them, then plan again' }
  await keepFilesOf(item, files, writing)
  await makeRoom(item, writing)
  const texts = files.filter(({ bytes }) => isText(bytes))
  const others = files.filter(({ bytes }) => !isText(bytes))
  const placed = await placeBytes(item, others, writing)
  const data = texts.map(({ path: file_path, bytes }) => ({ file_path, content: bytes.toString('utf8') }))
  const written = await putRecord(ACTIONS, change, item, { ...bodyOf(item), ...(data.length > 0 ? { data_files: data } : {}) }, writing)
  if (written.outcome === 'manual') return written
  const notExecutable = await makeExecutable(item, texts, writing)
  const advice = `see to it in /opt/stackstorm/packs/${item.pack}/actions on the new instance (scp -p), or run apply there, as root`
  if (placed.length > 0) return { outcome: 'failed', note: `the action is there, but ${placed.join('; ')}`, advice }
  return notExecutable.length === 0 ? written : { outcome: 'transformed', note: [change.note, ...notExecutable].filter(Boolean).join('; '), advice }
}

/** Files that differ there or are missing. */
async function toSend(item: ActionItem, writing: Writing): Promise<FileToSend[]> {
  const { archive, target } = writing
  const files: FileToSend[] = []
  for (const { path: name, sha256: hash, member, exec } of item.files) {
    const found = await readActionFile(target, item.pack, name)
    const before = typeof found === 'object' ? found.bytes : undefined
    const source = member === undefined ? undefined : archive.member(member)
    const same = before !== undefined && sha256(before) === hash
    if (source === undefined || (same && !(exec && (found as { exec?: boolean }).exec === false))) continue
    files.push({ path: name, bytes: await fs.readFile(source), exec, before })
  }
  return [...files, ...(await missingEntry(item, writing))]
}

/** Files that stand where an action is to be made and that the plan has not seen so; not those of an earlier try. */
async function changedSince(change: Change, item: ActionItem, files: FileToSend[], { keepDir }: Writing): Promise<string[]> {
  if (change.action !== 'create') return []
  const [tried, seen] = [await keptFiles(keepDir, item.identity), (change.details?.replaces ?? {}) as Record<string, string>]
  return files.filter(({ path: name, bytes, before }) => before && !before.equals(bytes) && !(name in tried) && seen[name] !== sha256(before)).map(({ path: name }) => `actions/${name}`)
}

/** The entry point in a pack that was to bring it and did not: another version of the pack stays there. */
async function missingEntry(item: ActionItem, writing: Writing): Promise<FileToSend[]> {
  const entry = entryFile(item)
  if (entry === undefined || item.files.some((file) => file.path === entry)) return []
  if ((await readActionFile(writing.target, item.pack, entry)) !== undefined || !writing.archive.manifest.kinds.packs) return []
  const head = (await packItems(writing.archive)).get(item.pack)?.head
  const bytes = head === undefined ? undefined : await readCommitted(await openBundle(writing, item.pack), head, `actions/${entry}`)
  return bytes ? [{ path: entry, bytes, before: undefined }] : []
}

async function keepFilesOf(item: ActionItem, files: FileToSend[], { keepDir, target }: Writing): Promise<void> {
  if (files.length === 0) return
  const kept: KeptFiles = {}
  for (const { path: name, bytes, before } of files) kept[name] = { before: before?.toString('base64') ?? null, written: sha256(bytes), rooms: await missingRooms(item, name, target.files) }
  await keepFiles(keepDir, item.identity, kept)
}

/** Directories below `actions` that a file makes come into being. */
async function missingRooms({ pack }: ActionItem, name: string, files: InstanceFiles | undefined): Promise<string[]> {
  const rooms: string[] = []
  for (let room = path.posix.dirname(name); files && room !== '.'; room = path.posix.dirname(room)) {
    if (!(await fs.stat(path.join(files.packs, pack, 'actions', room)).catch(() => undefined))) rooms.push(room)
  }
  return rooms
}

/** StackStorm wants a directory `actions`, which git cannot carry when it is empty. */
async function makeRoom({ pack }: ActionItem, { target: { files } }: Writing): Promise<void> {
  if (!files) return
  const directory = path.join(files.packs, pack)
  const owner = await fs.stat(directory).catch(() => undefined)
  const actions = path.join(directory, 'actions')
  if (!owner || (await fs.stat(actions).catch(() => undefined))) return
  await fs.mkdir(actions, { mode: 0o775 })
  await fs.chown(actions, owner.uid, owner.gid).catch(() => undefined)
}

export const isText = (bytes: Buffer): boolean => Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes)

/** Bytes that JSON cannot carry, written where the disk can be reached; else what a person has to copy. */
async function placeBytes({ pack }: ActionItem, others: FileToSend[], { target: { files } }: Writing): Promise<string[]> {
  if (!files) return others.map((file) => `its file actions/${file.path} is no text, which the API cannot take`)
  for (const { path: name, bytes, exec } of others) {
    const file = path.join(files.packs, pack, 'actions', name)
    await fs.mkdir(path.dirname(file), { recursive: true })
    await sweepParts(file)
    await writeDurable(file, bytes, exec ? 0o775 : 0o664)
    await giveTo(file, path.join(files.packs, pack))
  }
  return []
}

/** Whoever runs StackStorm must be able to read what root writes here. */
export async function giveTo(file: string, like: string): Promise<void> {
  const { uid, gid } = await fs.stat(like)
  await fs.chown(file, uid, gid).catch(() => undefined)
}

/** StackStorm writes data files without an execute bit. */
async function makeExecutable({ pack }: ActionItem, texts: FileToSend[], { target: { files } }: Writing): Promise<string[]> {
  const wanted = texts.filter(({ exec }) => exec)
  if (!files) return wanted.map((file) => `its file actions/${file.path} is there, but not executable, as it was on the old instance`)
  for (const { path: name } of wanted) {
    const file = path.join(files.packs, pack, 'actions', name)
    await fs.chmod(file, (await fs.stat(file)).mode | 0o111)
  }
  return []
}
