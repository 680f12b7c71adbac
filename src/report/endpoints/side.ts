/** The old instance as the report sees it, living or in an archive: its items, files of its host, histories of its packs, logs. */
import { promises as fs } from 'fs'
import * as path from 'path'
import type { Item } from '../../core/model'
import type { DiffSide } from '../../engine/diff-sides'
import { KINDS } from '../../kinds'
import type { InstanceFiles } from '../../kinds/kind'
import type { System } from '../../system/ports'

/** A small text file of the host, found by its place below the root. */
export interface HostFile {
  /** Like `etc/st2/st2.conf`. */
  place: string
  text: string
}

export interface CarriedSide {
  readonly system: System
  readonly workDir: string
  readonly of: DiffSide
  /** Undefined for an archive. */
  readonly files?: InstanceFiles
  readonly isArchive: boolean
  items(kind: string): AsyncGenerator<Item>
  /** Service configuration: read once. */
  hostFiles(): Promise<HostFile[]>
  /** Logs, by a pattern of their names: where they lie, and how they are called. */
  logs(sort: 'st2' | 'nginx', name: RegExp): Promise<{ name: string; file: string }[]>
}

/** Beyond this a file is no configuration. */
const LARGEST = 1024 * 1024
/** Users and their passwords, and the key of the datastore: nothing in them is an address. */
const SECRET = /(^|\/)(htpasswd[^/]*|datastore_key\.json|[^/]*\.(key|pem|crt|p12))$/

export function carriedSide(of: DiffSide, system: System, workDir: string): CarriedSide {
  const isArchive = of.archive.sha256 !== ''
  const files = isArchive ? undefined : of.instance.files
  let found: Promise<HostFile[]> | undefined
  return {
    system,
    workDir,
    of,
    files,
    isArchive,
    items: async function* (name) {
      const kind = KINDS.find((one) => one.name === name)
      if (kind && of.has(name)) yield* (await of.items(kind))()
    },
    hostFiles: () => (found ??= isArchive ? filesOfArchive(of) : files ? filesOfHost(files) : Promise.resolve([])),
    logs: async (sort, name) => {
      if (isArchive) return sort === 'st2' ? of.archive.members('').filter((member) => name.test(path.posix.basename(member))).map((member) => ({ name: path.posix.basename(member), file: of.archive.member(member)! })) : []
      const directory = files && (sort === 'st2' ? files.logs : path.join(files.root, 'var/log/nginx'))
      const names = directory === undefined ? [] : await fs.readdir(directory).catch(() => [])
      return names.filter((one) => name.test(one)).sort().map((one) => ({ name: one, file: path.join(directory!, one) }))
    },
  }
}

async function filesOfArchive({ archive }: DiffSide): Promise<HostFile[]> {
  const members = archive.members('files/').filter((member) => !SECRET.test(member) && !member.startsWith('files/configs/'))
  const texts = await Promise.all(members.map(async (member) => ({ place: member.replace(/^files\/(host\/)?/, ''), text: await textOf(archive.member(member)!) })))
  return texts.filter((one): one is HostFile => one.text !== undefined)
}

/** The directories of the host that hold configuration; links are followed, as the services do. */
async function filesOfHost({ root, etc, chatops, nginx }: InstanceFiles): Promise<HostFile[]> {
  const found: HostFile[] = []
  for (const directory of [etc, chatops, nginx, ...['conf.d', 'sites-enabled', 'sites-available'].map((name) => path.join(nginx, name))]) {
    for (const name of (await fs.readdir(directory).catch(() => [])).sort()) {
      const file = path.join(directory, name)
      const text = SECRET.test(file) ? undefined : await textOf(file)
      if (text !== undefined) found.push({ place: path.relative(root, file), text })
    }
  }
  return found
}

/** Undefined for what is no small text, or may not be read. */
export async function textOf(file: string): Promise<string | undefined> {
  const stat = await fs.stat(file).catch(() => undefined)
  if (!stat?.isFile() || stat.size > LARGEST) return undefined
  const bytes = await fs.readFile(file).catch(() => undefined)
  return bytes && !bytes.includes(0) ? bytes.toString('utf8') : undefined
}
