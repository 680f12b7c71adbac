/**
 * A pack's files and git state read through the API, where its directory cannot be reached. The view gives raw bytes of one
 * file at a time; what is large (over 500 kB) it refuses, and execute bits it does not tell.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import pMap from 'p-map'
import { sha256 } from '../../core/canonical'
import { Refusal } from '../../core/exit-codes'
import { isSt2Error } from '../../st2/errors'
import type { StackStorm } from '../../st2/port'
import { isByteCode } from './walk'
import type { PackFile } from './item'
import type { PackRow } from './rows'

/** Requests at a time for the files of one pack. */
const AT_ONCE = 8

export interface ApiPack {
  files: PackFile[]
  /** Files that the API does not hand out, and why. */
  missing: { path: string; why: string }[]
}

/** Reads every file that the pack's record names; `into` is a directory that they are written to as well. */
export async function readThroughApi(api: StackStorm, row: PackRow, into?: string): Promise<ApiPack> {
  const missing: ApiPack['missing'] = []
  const names = (row.files ?? []).filter((name) => !name.split('/').some(isByteCode)).sort()
  const files = await pMap(
    names,
    async (name): Promise<PackFile> => {
      const bytes = await readFile(api, row.ref, name)
      if (typeof bytes === 'string') {
        missing.push({ path: name, why: bytes })
        return { path: name, sha256: '', exec: false }
      }
      const exec = bytes.subarray(0, 2).toString('latin1') === '#!'
      if (into !== undefined) await place(into, name, bytes, exec)
      return { path: name, sha256: sha256(bytes), exec }
    },
    { concurrency: AT_ONCE },
  )
  return { files, missing: missing.sort((a, b) => (a.path < b.path ? -1 : 1)) }
}

/** The file's bytes, or why they cannot be had. Throws when it is not the file but the instance that fails. */
async function readFile(api: StackStorm, ref: string, name: string): Promise<Buffer | string> {
  // Python shows bytes that are no UTF-8 as lone surrogates, which no URL can hold.
  if (/[\ud800-\udfff]/.test(name.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ''))) return 'its name is no UTF-8'
  try {
    const encoded = name.split('/').map(encodeURIComponent).join('/')
    return (await api.getBytes(`/v1/packs/views/file/${encodeURIComponent(ref)}/${encoded}`)) ?? 'the API does not find it'
  } catch (error) {
    const status = isSt2Error(error) ? error.status : undefined
    if (status === undefined || status === 401 || status === 403 || status >= 502) throw error
    return `the API refuses it: ${(error as Error).message}`
  }
}

async function place(root: string, name: string, bytes: Buffer, exec: boolean): Promise<void> {
  const file = path.join(root, name)
  // A record is only text: a name that leads out of the pack is not followed.
  if (!file.startsWith(root + path.sep)) throw new Refusal(`the record of a pack names a file outside of it: ${JSON.stringify(name)}`, 'StackStorm writes no such record: look at the pack on the old instance, and export without packs (except=packs) until that is settled')
  await fs.mkdir(path.dirname(file), { recursive: true })
  await fs.writeFile(file, bytes, { mode: exec ? 0o755 : 0o644 })
}

/** Reads small text files of a checkout's `.git`; undefined for what is not there. */
type GitFile = (name: string) => Promise<string | undefined>

export const gitFileThroughApi = (api: StackStorm, ref: string): GitFile => async (name) => {
  const bytes = await readFile(api, ref, `.git/${name}`)
  return typeof bytes === 'string' ? undefined : bytes.toString('utf8')
}

export const gitFileOnDisk = (gitDir: string): GitFile => async (name) => fs.readFile(path.join(gitDir, name), 'utf8').catch(() => undefined)

/** The branch and commit that are checked out, from the files that say so. */
export async function readHeadFiles(read: GitFile): Promise<{ branch?: string; commit?: string }> {
  const head = (await read('HEAD'))?.trim()
  if (head === undefined) return {}
  const ref = /^ref: (refs\/heads\/.+)$/.exec(head)?.[1]
  if (ref === undefined) return isCommit(head) ? { commit: head } : {}
  const loose = (await read(ref))?.trim()
  const packed = loose === undefined ? new RegExp(`^([0-9a-f]+) ${escaped(ref)}$`, 'm').exec((await read('packed-refs')) ?? '')?.[1] : undefined
  const commit = loose ?? packed
  return { branch: ref.slice('refs/heads/'.length), commit: isCommit(commit) ? commit : undefined }
}

const isCommit = (text: string | undefined): text is string => text !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
