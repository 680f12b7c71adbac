/** RBAC definitions put in place and taken away, and put in force by StackStorm's own command after the last of them. */
import * as path from 'path'
import { sha256 } from '../../core/canonical'
import { EXIT, Refusal } from '../../core/exit-codes'
import type { Change } from '../../core/model'
import { sweepParts } from '../../system/durable'
import { accountsOf } from '../files/accounts'
import { archivedBytes, told, writeFileItem } from '../files/carry'
import { isPlain, lookAt } from '../files/look'
import { putBack, takeAway, type Place } from '../files/place'
import type { InstanceFiles, Writing, Written } from '../kind'
import type { RbacItem } from './list'
import { COMMAND, findCommand, notePending, pendingFor, putInForce, UNDO } from './pending'

/** What a person does where no command does. */
export const BY_HAND = `run ${COMMAND} on the new instance, as root, once RBAC is set up there`

const placeOf = (files: InstanceFiles, { identity }: { identity: string }): Place => ({ base: files.rbac, name: identity })

export async function writeRbac(change: Change, item: RbacItem, before: RbacItem | undefined, writing: Writing): Promise<Written> {
  const files = writing.target.files!
  const bytes = await archivedBytes(item, writing)
  const command = await findCommand(files)
  const last = command !== undefined && (await othersAreInPlace(change, writing))
  if (last) await notePending(files, item.identity)
  const placed = await writeFileItem(placeOf(files, item), bytes, change, item, before, writing)
  if (!last || placed.outcome === 'failed') return command === undefined && placed.outcome !== 'failed' ? { ...placed, advice: BY_HAND } : placed
  const why = await putInForce(command, files, writing.system)
  return why === undefined ? { ...placed, note: told(placed.note, `the definitions are in force: ${COMMAND} was run`) } : notInForce(why)
}

const notInForce = (why: string): Written => ({ outcome: 'failed', note: `it is in place, but the definitions are not in force: ${COMMAND} ended with ${why}`, advice: 'mend that, then run apply again: it runs the command anew' })

/** From the end: while anything is left to write, that is the last one. */
async function othersAreInPlace(change: Change, { changes, archive, target, system }: Writing): Promise<boolean> {
  const wanted = new Map<string, string>()
  for await (const { identity, sha256: hash } of archive.items('rbac')) wanted.set(identity, hash as string)
  const writes = changes.filter(({ action, identity }) => (action === 'create' || action === 'update') && identity !== change.identity)
  for (const { identity } of writes.reverse()) {
    const found = await lookAt(target.files!.rbac, identity, accountsOf(target.files!, system))
    if (!found || !isPlain(found) || sha256(found.bytes) !== wanted.get(identity)) return false
  }
  return true
}

export async function removeRbac(now: RbacItem, writing: Writing): Promise<Written> {
  const files = writing.target.files!
  await noteUndo(files)
  return takeAway(placeOf(files, now), now.sha256, accountsOf(files, writing.system))
}

export async function restoreRbac(before: RbacItem, now: RbacItem | undefined, writing: Writing): Promise<Written> {
  const files = writing.target.files!
  await noteUndo(files)
  return putBack(placeOf(files, before), before, now?.sha256, writing.keepDir, accountsOf(files, writing.system))
}

/** Of a killed write only a part can be left that nobody lists. */
export async function clearRbac(item: RbacItem, writing: Writing): Promise<Written> {
  await sweepParts(path.join(writing.target.files!.rbac, item.identity))
  return { outcome: 'carried' }
}

async function noteUndo(files: InstanceFiles): Promise<void> {
  if ((await findCommand(files)) !== undefined) await notePending(files, UNDO)
}

/**
 * After an undo the command is run once more; after an apply the last write has run it. Also before the look of an undo that goes
 * on after a kill. @throws Refusal when it fails.
 */
export async function finishUndo({ target: { files }, system }: Writing): Promise<void> {
  if (!files || (await pendingFor(files.rbac)) !== UNDO) return
  const command = await findCommand(files)
  const why = command === undefined ? 'it is not there any more' : await putInForce(command, files, system)
  if (why !== undefined) throw new Refusal(`the RBAC definitions are as they were before, but not in force: ${COMMAND}: ${why}`, `run ${COMMAND} on the new instance by hand, as root`, EXIT.needsPerson)
}
