/**
 * The settings files of a host. On a target only those that an archive holds are looked for: its own file when it has the same
 * bytes, else the copy that this tool put beside.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { sha256 } from '../../core/canonical'
import { nameProblem } from '../../archive/names'
import type { Archive } from '../../archive/types'
import { accountsOf } from '../files/accounts'
import { itemOf, remarkHindered, remarkLeft, toItem } from '../files/carry'
import { NOT_LOOKED_AT, type FileItem } from '../files/item'
import { isPlain, lookAt, namesIn, type PlainFile } from '../files/look'
import type { InstanceFiles, Reading } from '../kind'
import { readNamed } from './named'
import { APART, BESIDE, locate, sortOf, SORTS, type Sort } from './sorts'

export interface HostFileItem extends FileItem {
  /** Target only: it is the copy beside, not the instance's own file. */
  beside?: true
}

export async function* listHostFiles(reading: Reading): AsyncGenerator<HostFileItem> {
  const { files, side } = reading.instance
  if (!files) reading.note(NOT_LOOKED_AT)
  else if (side === 'target' && reading.wanted) yield* wantedOnes(reading, files, reading.wanted)
  else yield* all(reading, files)
}

async function* wantedOnes(reading: Reading, files: InstanceFiles, wanted: Archive): AsyncGenerator<HostFileItem> {
  for await (const { identity, sha256: hash } of wanted.items('host_files')) {
    if (nameProblem(identity) !== undefined) continue
    const own = await ownFile(files, identity, reading)
    const copy = own && sha256(own.bytes) === hash ? undefined : await lookAt(files.etc, besideName(identity), accountsOf(files, reading.system))
    if (own && sha256(own.bytes) === hash) yield await toItem(reading, identity, { ...own, link: undefined }, '')
    else if (copy) {
      const item = await itemOf(reading, identity, copy, '')
      if (item) yield { ...item, beside: true }
    }
  }
}

/** Below `/etc/st2`. */
export const besideName = (identity: string): string => path.posix.join(BESIDE, identity)

/** An instance's own file of this identity; undefined where there is none that can be read. */
export async function ownFile(files: InstanceFiles, identity: string, { system }: Pick<Reading, 'system'>): Promise<PlainFile | undefined> {
  const place = locate(files, identity)
  const sight = place && (await lookAt(place.base, place.name, accountsOf(files, system)))
  return sight && isPlain(sight) ? sight : undefined
}

async function* all(reading: Reading, files: InstanceFiles): AsyncGenerator<HostFileItem> {
  const directories = new Set(SORTS.map(({ base, directory }) => `${base} ${directory}`))
  for (const one of directories) {
    const [base, directory] = one.split(' ') as [Sort['base'], string]
    const { names, hindered } = await namesIn(files[base], directory)
    const identityOf = (name: string): string => path.relative(files.root, path.join(files[base], name)).split(path.sep).join('/')
    if (base === 'etc') hindered.forEach(({ name, why }) => remarkHindered(reading, { name: identityOf(name), why }))
    for (const entry of names) {
      const name = path.posix.join(directory, entry)
      const item = sortOf(base, directory, entry) ? await listOne(reading, files[base], name, identityOf(name)) : undefined
      if (item) yield item
      if (!sortOf(base, directory, entry) && base === 'etc' && !APART.includes(name)) remarkLeft(reading, identityOf(name), "it is none of the files that StackStorm's services are known to read")
    }
  }
  await tellApart(reading, files)
}

async function listOne(reading: Reading, base: string, name: string, identity: string): Promise<HostFileItem | undefined> {
  const sight = await lookAt(base, name, accountsOf(reading.instance.files!, reading.system))
  if (!sight) return undefined
  if (isPlain(sight)) remarkOtherUsers(reading, sight)
  return itemOf(reading, identity, sight, `files/host/${identity}`)
}

const USERS = '/etc/st2/htpasswd'

/** Users that lie in another file than usual would be missed without a word. */
function remarkOtherUsers(reading: Reading, { name, bytes }: PlainFile): void {
  if (!/^st2.*\.conf$/.test(name) || reading.instance.side === 'target') return
  const [kwargs] = readNamed('options', bytes)?.get('[auth] backend_kwargs')?.slice(-1) ?? []
  const file = /"file_path"\s*:\s*"([^"]+)"/.exec(kwargs ?? '')?.[1]
  if (file === undefined || file === USERS) return
  reading.remark({ identity: file, outcome: 'manual', note: `not carried: ${name} names it as the file of users, in place of ${USERS}`, advice: 'copy it to the new instance yourself' })
}

async function tellApart(reading: Reading, files: InstanceFiles): Promise<void> {
  if (reading.instance.side === 'target') return
  const keys = await fs.readdir(path.dirname(files.cryptoKey)).catch((): string[] => [])
  if (keys.includes(path.basename(files.cryptoKey))) reading.note('the datastore crypto key is no host file to copy: it goes into a sealed archive alone, with include_crypto_key=true')
  const others = keys.filter((name) => name !== path.basename(files.cryptoKey))
  if (others.length > 0) reading.note(`not carried: ${others.length} more in ${path.dirname(files.cryptoKey)}; copy yourself what the new instance needs of them`)
}
