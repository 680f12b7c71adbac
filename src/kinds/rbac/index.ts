/**
 * The kind `rbac`: roles, assignments and mappings as files, byte for byte, carried whether RBAC is on or off, and put in force by
 * `st2-apply-rbac-definitions` where the new instance has it.
 */
import type { Difference } from '../../core/model'
import { ownerNote, told, unplaceable } from '../files/carry'
import { compareFiles } from '../files/compare'
import { fileFingerprint, fileSchema, onlyRights } from '../files/item'
import type { Kind, Verdict, Weighing } from '../kind'
import { listRbac, type RbacItem } from './list'
import { COMMAND, findCommand } from './pending'
import { BY_HAND, clearRbac, finishUndo, removeRbac, restoreRbac, writeRbac } from './write'

export const rbac: Kind<RbacItem> = {
  name: 'rbac',
  title: 'RBAC definitions',
  // Permission grants name packs, rules and actions by their uid, which need not be there.
  after: [],
  schema: fileSchema,
  plainSecrets: false,
  packless: true,
  list: listRbac,
  compare: compareRbac,
  fingerprint: fileFingerprint,
  weigh: weighRbac,
  // The one that finds all others in place runs the command.
  maxConcurrent: 1,
  // Only so that a write knows what else is to be written.
  open: async () => ({ close: async () => undefined }),
  write: writeRbac,
  needsFiles: async () => true,
  remove: removeRbac,
  restore: restoreRbac,
  clear: clearRbac,
  settle: finishUndo,
  isHalfWritten: onlyRights,
  finishUndo,
}

async function compareRbac(source: RbacItem, target: RbacItem, weighing: Weighing): Promise<Difference[]> {
  const differences = await compareFiles(source, target, weighing)
  if (!target.unapplied) return differences
  return [...differences, { path: 'in force', source: 'in force', target: `not yet: ${COMMAND} failed or was cut off` }]
}

async function weighRbac(source: RbacItem, target: RbacItem | undefined, differences: Difference[], weighing: Weighing): Promise<Verdict | undefined> {
  const impossible = unplaceable(source, target, weighing)
  if (impossible) return impossible
  const files = weighing.target.files!
  const command = await findCommand(files)
  const after = command === undefined ? `in force once ${COMMAND} is run, which is not installed there` : undefined
  const verdict: Verdict = { note: told(after, await ownerNote(source, files, weighing)), ...(command === undefined && { advice: BY_HAND }) }
  const pendingOnly = differences.length > 0 && differences.every(({ path }) => path === 'in force')
  return pendingOnly ? { ...verdict, action: 'update', note: `it is in place, but not in force: ${COMMAND} is run again` } : verdict
}
