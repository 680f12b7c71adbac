/** /v1/packs: list, one pack, its files. Knowledge: recording packs-list. */
import * as fs from 'fs'
import * as path from 'path'
import { lacking } from '../auth/permissions'
import { listReply, type ListRules } from '../content/listing'
import { packs, type PackDoc } from '../content/documents'
import { Fault, type Handler, type Sandbox, type SandboxRequest } from '../types'
import { guessContentType } from './content-type'

const LIST: ListRules<PackDoc> = {
  filters: { name: ({ name }) => name, ref: ({ ref }) => ref },
  order: ['ref'],
  sortable: ['name', 'ref'],
  defaultLimit: 100,
  always: ['id'],
}

const viewPack = (pack: PackDoc): Record<string, unknown> => ({ ...pack })

export const listPacks: Handler = (request, sandbox) => listReply(packs(sandbox).all(), LIST, request, sandbox, viewPack)

export const getPack: Handler = (request, sandbox) => ({ status: 200, json: viewPack(findPack(request, sandbox)) })

function findPack({ params, caller }: SandboxRequest, sandbox: Sandbox): PackDoc {
  const wanted = params.ref ?? ''
  const found = packs(sandbox).get(wanted) ?? packs(sandbox).by('ref_1', wanted)
  if (!found) throw new Fault(404, `Resource with a ref or id "${wanted}" not found`)
  if (!caller.isAdmin && params.path !== PUBLIC_FILE) throw lacking(caller.user, 'pack_view', found.uid)
  return found
}

/** Shown to everybody, also with RBAC on. */
const PUBLIC_FILE = 'icon.png'

/** Larger files are left out of the view of all files, and refused one by one. */
const MAX_FILE_SIZE = 500 * 1000
/** So many bytes are looked at to tell a binary file. */
const LOOKED_AT = 1024
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** All text files that were there when the pack was registered; binary and large ones are left out. */
export const getFiles: Handler = (request, sandbox) => {
  const pack = findPack(request, sandbox)
  const rows = pack.files.flatMap((file_path) => {
    const content = readTextFile(fileOf(sandbox, pack, file_path))
    return content === undefined ? [] : [{ file_path, content }]
  })
  return { status: 200, json: rows }
}

function readTextFile(file: string): string | undefined {
  if (!isFile(file) || fs.statSync(file).size > MAX_FILE_SIZE) return undefined
  const bytes = fs.readFileSync(file)
  const head = bytes.subarray(0, LOOKED_AT)
  if (head.includes(0) || head.includes(BYTE_ORDER_MARK)) return undefined
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

const isFile = (file: string): boolean => fs.existsSync(file) && fs.statSync(file).isFile()

/** One file's bytes; also of files that are not listed, those of git among them. */
export const getFile: Handler = (request, sandbox) => {
  const pack = findPack(request, sandbox)
  const name = request.params.path ?? ''
  const file = fileOf(sandbox, pack, name)
  if (!isFile(file)) throw new Fault(404, `File "${name}" not found`)
  const { size, mtimeMs } = fs.statSync(file)
  const headers = { 'Last-Modified': new Date(mtimeMs).toUTCString(), ETag: String(mtimeMs / 1000) }
  if (isUnchanged(request, headers)) return { status: 304, headers }
  if (size > MAX_FILE_SIZE) throw new Fault(400, `File ${name} exceeds maximum allowed file size (${MAX_FILE_SIZE} bytes)`)
  return { status: 200, text: fs.readFileSync(file), contentType: guessContentType(file), headers }
}

function isUnchanged({ headers }: SandboxRequest, now: { ETag: string; 'Last-Modified': string }): boolean {
  if (headers['if-none-match']) return headers['if-none-match'] === now.ETag
  return Boolean(headers['if-modified-since']) && headers['if-modified-since'] === now['Last-Modified']
}

/** The file below the pack's directory; throws the 400 for a path that leads out of it. */
function fileOf({ paths }: Sandbox, { ref }: PackDoc, name: string): string {
  const directory = path.join(paths.packs, ref)
  if (path.posix.normalize(`/${name}`).replace(/^\/+/, '') !== name) {
    throw new Fault(400, `Invalid file path: "${name}". File path needs to be relative to the pack directory (${directory}). For example "my_action.py".`)
  }
  return path.join(directory, name)
}
