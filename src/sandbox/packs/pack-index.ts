/** The pack index: fetched from `--pack-index`, searched, and its health told. Knowledge: recordings packs-index. */
import * as http from 'http'
import * as https from 'https'
import { pyStr } from '../python'

export type IndexedPack = Record<string, unknown>

export interface IndexStatus {
  url: string
  packs: number
  message: string | null
  error: string | null
}

export interface PackIndex {
  index: Record<string, IndexedPack>
  status: IndexStatus[]
}

/** The index of StackStorm's Exchange is not asked: without `--pack-index` it counts as out of reach. */
const NO_INDEX = 'https://index.stackstorm.org/v1/index.json'

/** Fetches the index. A missing or broken one is told in the status, not thrown. */
export async function fetchIndex(url?: string): Promise<PackIndex> {
  if (url === undefined) return { index: {}, status: [problem(NO_INDEX, 'unresponsive', 'ConnectionError(no pack index is configured)')] }
  let text: string
  try {
    text = await download(url)
  } catch (error) {
    return { index: {}, status: [problem(url, 'unresponsive', unreachable(url, error as Error))] }
  }
  return readIndex(url, text)
}

/** Like {@link fetchIndex}, but throws when no pack was found at all. */
export async function requireIndex(url: string | undefined, indent: number): Promise<PackIndex> {
  const found = await fetchIndex(url)
  if (Object.keys(found.index).length > 0) return found
  const status = JSON.stringify(found.status, null, indent)
  throw new IndexEmpty(`No results from the index: tried ${found.status.map((one) => one.url).join(', ')}.\nStatus: ${status}`)
}

export class IndexEmpty extends Error {}

/** What an index file holds, with the problems that StackStorm tells apart. */
export function readIndex(url: string, text: string): PackIndex {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    return { index: {}, status: [problem(url, 'malformed', `JSONDecodeError('${(error as Error).message}')`)] }
  }
  const complaint = complaintAbout(content)
  if (complaint) return { index: {}, status: [problem(url, ...complaint)] }
  const { packs } = content as { packs: Record<string, IndexedPack> }
  return { index: packs, status: [{ url, packs: Object.keys(packs).length, message: 'Success.', error: null }] }
}

function complaintAbout(content: unknown): [string, string] | undefined {
  if (Array.isArray(content)) return ['malformed', 'Expected an index object, got a list instead.']
  const members = Object.keys(content ?? {})
  if (members.length === 0) return ['empty', 'The index URL returned an empty object.']
  return members.includes('packs') ? undefined : ['malformed', 'Index object is missing "packs" attribute.']
}

const problem = (url: string, error: string, message: string): IndexStatus => ({ url, packs: 0, message, error })

/** Numbers of valid and invalid indexes, as `/v1/packs/index/health` answers. */
export function indexHealth({ status }: PackIndex): unknown {
  const errors: Record<string, number> = {}
  for (const { error } of status) if (error) errors[error] = (errors[error] ?? 0) + 1
  const invalid = status.filter(({ error }) => error).length
  return {
    indexes: { count: status.length, valid: status.length - invalid, invalid, errors, status },
    packs: { count: status.reduce((sum, one) => sum + one.packs, 0) },
  }
}

/** Packs in which any member but `repo_url` and `email` holds the text; those found by name first, then by keyword. */
export function searchIndex({ index }: PackIndex, query: string): IndexedPack[] {
  const text = query.toLowerCase()
  const found: IndexedPack[][] = [[], [], []]
  for (const pack of Object.values(index)) {
    const member = Object.keys(pack).find((name) => !['repo_url', 'email'].includes(name) && holds(pack[name], text))
    if (member !== undefined) found[['name', 'keywords'].indexOf(member) < 0 ? 2 : ['name', 'keywords'].indexOf(member)]?.push(pack)
  }
  return found.flat()
}

/** A string by part, a list by whole item, an object by member name, the rest by its text: what Python's `in` does. */
function holds(value: unknown, text: string): boolean {
  if (Array.isArray(value)) return value.some((item) => String(item).toLowerCase() === text)
  if (typeof value === 'object' && value !== null) return Object.keys(value).some((name) => name.toLowerCase() === text)
  return pyStr(value).toLowerCase().includes(text)
}

const TIMEOUT_MS = 30_000

function download(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = url.startsWith('https:') ? https : http
    const request = client.get(url, { timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const status = response.statusCode ?? 0
        if (status >= 400) reject(new HttpError(status, response.statusMessage ?? ''))
        else resolve(Buffer.concat(chunks).toString('utf8'))
      })
    })
    request.on('timeout', () => request.destroy(new Error('timed out')))
    request.on('error', reject)
  })
}

class HttpError extends Error {
  constructor(
    readonly status: number,
    reason: string,
  ) {
    super(`${status} ${status >= 500 ? 'Server' : 'Client'} Error: ${reason}`)
  }
}

function unreachable(url: string, error: Error): string {
  if (error instanceof HttpError) return `HTTPError('${error.message} for url: ${url}')`
  const { hostname, port, pathname, protocol } = new URL(url)
  const where = `host='${hostname}', port=${port || (protocol === 'https:' ? 443 : 80)}`
  return `ConnectionError(MaxRetryError("HTTPConnectionPool(${where}): Max retries exceeded with url: ${pathname} (Caused by NewConnectionError('Failed to establish a new connection: ${error.message}'))"))`
}
