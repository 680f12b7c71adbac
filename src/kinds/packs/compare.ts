/**
 * Two packs file by file: content by hash, the execute bit one way (an installer sets it on every file), and what the files
 * register. Through the API a file may be unreadable: then only the same commit on both sides proves that it is the same.
 */
import type { Difference } from '../../core/model'
import { compareIdentity } from '../../core/order'
import type { PackFile, PackItem } from './item'

/** In place of what one side lacks. */
export const MISSING = 'missing'

/** The member that differs where a directory lies there that StackStorm does not know as a pack. */
export const REGISTERED = 'registered'

export function comparePacks(source: PackItem, target: PackItem): Difference[] {
  const theirs = new Map(target.files.map((file) => [file.path, file]))
  const differences = source.files.flatMap((file) => compareFile(file, theirs.get(file.path), source, target))
  const ours = new Set(source.files.map((file) => file.path))
  for (const file of target.files) if (!ours.has(file.path)) differences.push({ path: `files/${file.path}`, source: MISSING, target: shown(file) })
  differences.sort((a, b) => compareIdentity(a.path, b.path))
  return [...differences, ...notRegistered(source, target)]
}

function compareFile(file: PackFile, other: PackFile | undefined, source: PackItem, target: PackItem): Difference[] {
  const path = `files/${file.path}`
  if (!other) return leadsNowhereThroughApi(file, target) ? [] : [{ path, source: shown(file), target: MISSING }]
  if (target.via !== 'api') {
    if (file.link !== other.link && file.link !== undefined) return [{ path, source: shown(file), target: shown(other) }]
    if (file.exec && !other.exec && other.link === undefined) return [{ path, source: 'executable', target: 'not executable' }]
  }
  if (other.sha256 === '' && file.sha256 !== '' && target.via === 'api') return sameCommit(source, target) ? [] : [{ path, source: shown(file), target: 'not readable through the API' }]
  return file.sha256 === other.sha256 ? [] : [{ path, source: shown(file), target: shown(other) }]
}

/** A pack's record lists no links to directories and none that lead nowhere. */
const leadsNowhereThroughApi = (file: PackFile, target: PackItem): boolean => target.via === 'api' && file.link !== undefined && file.sha256 === ''

const sameCommit = (source: PackItem, target: PackItem): boolean => target.commit !== undefined && (target.commit === source.head || (!source.edited && target.commit === source.commit))

/** Not aliases: registering another pack can take one away, which the kind of aliases sees to. */
function notRegistered(source: PackItem, target: PackItem): Difference[] {
  if (target.unregistered) return [{ path: REGISTERED, source: 'registered', target: MISSING }]
  const there = new Set(target.registered)
  return source.registered.filter((name) => !there.has(name) && !name.startsWith('alias:')).map((name) => ({ path: `registered/${name}`, source: 'registered', target: MISSING }))
}

function shown(file: PackFile): string {
  if (file.link !== undefined) return `link to ${file.link}`
  return file.sha256 === '' ? 'not readable' : `sha256 ${file.sha256.slice(0, 12)}`
}
