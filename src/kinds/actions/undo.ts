/** Taking back what was written for an action: the record, and the files that StackStorm wrote into its pack. */
import { promises as fs } from 'fs'
import * as path from 'path'
import { sha256 } from '../../core/canonical'
import { isSt2Error } from '../../st2/errors'
import { sweepParts, writeDurable } from '../../system/durable'
import { bodyOf, toItem } from '../content/item'
import { removeRecord, restoreRecord, rowOf } from '../content/records'
import type { Writing, Written } from '../kind'
import { readActionFile } from './files'
import type { ActionItem } from './item'
import { forgetFiles, keptFiles } from './keep'
import { ACTIONS } from './list'
import { giveTo, isText } from './write'

export async function removeAction(now: ActionItem, writing: Writing): Promise<Written> {
  // While the action is there, the API takes files for it.
  const left = await takeBackFiles(now, writing)
  const removed = await removeRecord(ACTIONS, now, writing)
  if (removed.outcome !== 'carried') return removed
  return left.length === 0 ? removed : { outcome: 'left', note: `the action is gone; of its files ${left.join(', ')}`, advice: `see to them in /opt/stackstorm/packs/${now.pack}/actions on the new instance` }
}

export async function restoreAction(before: ActionItem, writing: Writing): Promise<Written> {
  const restored = await restoreRecord(ACTIONS, before, writing)
  if (restored.outcome !== 'carried') return restored
  const left = await takeBackFiles(before, writing)
  return left.length === 0 ? restored : { outcome: 'left', note: `the action is back; of its files ${left.join(', ')}`, advice: `see to them in /opt/stackstorm/packs/${before.pack}/actions on the new instance` }
}

/** Puts files back as they were; what somebody changed meanwhile, or what no API removes, is named. */
async function takeBackFiles(item: ActionItem, writing: Writing): Promise<string[]> {
  const kept = await keptFiles(writing.keepDir, item.identity)
  const left: string[] = []
  for (const [name, { before, written, rooms = [] }] of Object.entries(kept)) {
    const found = await readActionFile(writing.target, item.pack, name)
    const now = typeof found === 'object' ? sha256(found.bytes) : undefined
    if (now === undefined) continue
    const bytes = before === null ? undefined : Buffer.from(before, 'base64')
    if (bytes && now === sha256(bytes)) continue
    if (now !== written) left.push(`actions/${name} was changed since and is left`)
    else if (!(await putBack(item, name, bytes, rooms, writing))) left.push(`actions/${name} stays: no API removes it`)
  }
  if (Object.keys(kept).length > 0) await relist(item, writing)
  if (left.length === 0) await forgetFiles(writing.keepDir, item.identity)
  return left
}

/** A registration lists the pack's files anew; of trigger types alone, since that changes nothing else. */
async function relist({ pack }: ActionItem, { target }: Writing): Promise<void> {
  try {
    await target.api.post('/v1/packs/register', { packs: [pack], types: ['triggers'] }, {}, { repeatable: true })
  } catch (error) {
    if (!isSt2Error(error, 'bad_request', 'server')) throw error
  }
}

/** False when it cannot be done from here. */
async function putBack(item: ActionItem, name: string, bytes: Buffer | undefined, rooms: string[], writing: Writing): Promise<boolean> {
  const { files } = writing.target
  if (!files) return bytes !== undefined && isText(bytes) && (await send(item, name, bytes, writing))
  const file = path.join(files.packs, item.pack, 'actions', name)
  await sweepParts(file)
  if (bytes === undefined) {
    await fs.rm(file, { force: true })
    // Only where nobody put anything else meanwhile.
    for (const room of rooms) await fs.rmdir(path.join(files.packs, item.pack, 'actions', room)).catch(() => undefined)
  } else {
    const { mode } = await fs.stat(file)
    await writeDurable(file, bytes, mode & 0o777)
    await giveTo(file, path.join(files.packs, item.pack))
  }
  return true
}

/** Along with the action as it is. */
async function send(item: ActionItem, name: string, bytes: Buffer, { target: { api } }: Writing): Promise<boolean> {
  const row = await rowOf(api, ACTIONS, item)
  if (!row) return false
  await api.put(`${ACTIONS.path}/${row.id}`, { ...bodyOf(toItem(row, true)), data_files: [{ file_path: name, content: bytes.toString('utf8') }] })
  return true
}
