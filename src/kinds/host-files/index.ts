/**
 * The kind `host_files`: what the services of StackStorm read on their host: users, st2.conf, logging, chat, the nginx site. They are
 * carried as bytes and never put in place: they name hosts, passwords and certificates of the old one. A copy goes beside the
 * target's own file, with a readable difference, and a person decides.
 */
import { scryptSync } from 'crypto'
import { canonicalJson } from '../../core/canonical'
import type { Difference } from '../../core/model'
import { archivedBytes, unplaceable } from '../files/carry'
import { fileSchema } from '../files/item'
import type { Kind, Verdict, Weighing } from '../kind'
import { listHostFiles, type HostFileItem } from './list'
import { clearHostFile, comparedOf, noteOf, removeHostFile, restoreHostFile, writeHostFile } from './write'

export const hostFiles: Kind<HostFileItem> = {
  name: 'host_files',
  title: 'host files',
  after: [],
  schema: fileSchema,
  plainSecrets: true,
  packless: true,
  list: listHostFiles,
  compare: async (source, target, { phase }) => compareHostFiles(source, target, phase),
  fingerprint: fingerprintOf,
  weigh: weighHostFile,
  maxConcurrent: 1,
  write: writeHostFile,
  needsFiles: async () => true,
  remove: removeHostFile,
  restore: restoreHostFile,
  clear: clearHostFile,
  // Each file comes whole.
  isHalfWritten: () => false,
}

/** Mode and owner are told, not given: the copy is private, the own file belongs to its host. */
function compareHostFiles(source: HostFileItem, target: HostFileItem, phase: Weighing['phase']): Difference[] {
  if (source.sha256 !== target.sha256) return [{ path: 'file', source: 'its bytes', target: target.obstacle ?? 'other bytes' }]
  // Not in place, and so no item that is there already: a new plan tells it again.
  return phase === 'plan' && target.beside ? [{ path: 'place', source: 'in place', target: 'beside' }] : []
}

/** A slow hash: files hold short secrets, and a plan file shows this. */
function fingerprintOf({ identity, sha256, mode, owner }: HostFileItem): string {
  return scryptSync(canonicalJson({ sha256, mode, owner }), `st2upgrade host file ${identity}`, 32).toString('hex')
}

async function weighHostFile(source: HostFileItem, target: HostFileItem | undefined, differences: Difference[], weighing: Weighing): Promise<Verdict | undefined> {
  const impossible = unplaceable(source, target, weighing)
  if (impossible) return impossible
  const compared = await comparedOf(source, await archivedBytes(source, weighing), weighing)
  if (!compared) return { action: 'manual', note: 'this release does not know what to do with it', advice: 'take it from the archive yourself (files/host)' }
  const verdict: Verdict = { transformed: true, note: noteOf(source, compared, weighing.target.files!), advice: compared.sort.needs }
  const besideAlready = differences.length > 0 && differences.every(({ path }) => path === 'place')
  return besideAlready ? { ...verdict, action: 'leave' } : verdict
}
