/** One pack on its way from an instance into an item: what its readers share. */
import * as path from 'path'
import { createGit } from '../../system/git'
import type { Reading } from '../kind'
import { contentHash, type PackFile, type PackItem } from './item'
import { namesWithFile, type PackRow, type Registered } from './rows'
import { tagOf, type History } from './history'
import type { Workshop } from './snapshot'
import type { Walked } from './walk'

/** Everything of one pack that listing it needs. */
export interface PackSource {
  reading: Reading
  row: PackRow
  registered: Registered[]
  /** A private directory for this pack; removed afterwards. */
  workDir: string
}

/** A repository of its own for one pack, with the machine's git settings out of the way. */
export const workshop = ({ reading, workDir }: PackSource): Workshop => ({ git: createGit(reading.system), repo: path.join(workDir, 'repo'), scratch: workDir })

/** What every item has, however it was read. */
export function bareItem(row: PackRow, registered: Registered[], files: PackFile[], via: PackItem['via']): PackItem {
  return {
    identity: row.ref,
    ref: row.ref,
    name: row.name,
    version: String(row.version ?? ''),
    edited: false,
    editedFiles: [],
    dependencies: row.dependencies ?? [],
    files,
    content: contentHash(files),
    registered: namesWithFile(registered, files),
    via,
    changes: [],
  }
}

/** The files that come along, those that look like secrets not. */
export const carriedFiles = (walked: Walked, { withheld }: History): PackFile[] => walked.files.filter((file) => !withheld.includes(file)).map(plainFile)

/** Where it came from, and the commit that is installed. */
export async function historyOf(shop: Workshop, { checkout, head, refs, edited, editedFiles }: History, row: PackRow): Promise<Partial<PackItem>> {
  const { origin, branch, commit } = checkout
  const tag = commit === undefined ? undefined : await tagOf(shop, checkout, String(row.version))
  return { origin, branch, tag, commit, head, bundleRef: refs[0], edited, editedFiles }
}

/** Without what only this run needs to know. */
export const plainFile = ({ path: name, sha256, exec, link }: PackFile): PackFile => ({ path: name, sha256, exec, ...(link === undefined ? {} : { link }) })

const SHOWN = 5
export const someOf = (all: string[]): string => all.slice(0, SHOWN).join(', ') + (all.length > SHOWN ? ` and ${all.length - SHOWN} more` : '')
