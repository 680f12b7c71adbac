/**
 * Audit logs: StackStorm's record of who did what, byte for byte, those that were rotated too (the documented pattern
 * `*.audit.log` misses 30 of 40). Secrets of rules and actions stand in them in the clear. They grow and are rotated while they are
 * copied: each is copied up to the size that it had when it was looked at, wherever its name has gone meanwhile.
 */
import * as fs from 'fs'
import type { KeptMember, KeptSummary } from '../../archive/types'
import { openAuditFolder } from './audit-folder'
import { copyHashed } from './copy-file'
import type { Keeping, KeptHistory } from './kept'
import { auditLogs, openLog, type LogFile, type Looked } from './log-files'

/** How often logs that were rotated away meanwhile are looked for again. */
const ROUNDS = 4

export const AUDIT_LOGS: KeptHistory = { name: 'audit_logs', title: 'audit log files', keep: keepAuditLogs }

const NOT_AT_HAND = 'the log files are not at hand: run the export on the host of the instance, on each one if there are several'

async function keepAuditLogs(keeping: Keeping): Promise<KeptSummary> {
  const directory = keeping.instance.files?.logs
  const looked = directory === undefined ? NOT_AT_HAND : await auditLogs(directory).catch((error: NodeJS.ErrnoException) => `${directory} cannot be read (${error.code}): no audit logs are kept`)
  if (directory === undefined || typeof looked === 'string') {
    keeping.note(looked as string)
    return { count: 0, listed: 0, members: [], filters: {} }
  }
  for (const name of looked.odd) keeping.note(`${name} is no plain file, and is not kept`)
  return keeping.auditLogsTo === undefined ? toArchive(directory, looked, keeping) : toFolder(directory, looked, keeping.auditLogsTo, keeping)
}

async function toArchive(directory: string, looked: Looked, keeping: Keeping): Promise<KeptSummary> {
  const members = await copyAll(directory, looked, (name) => keeping.stage(`audit/${name}`), keeping)
  return { count: members.length, listed: 0, members: members.map((one) => ({ ...one, member: `audit/${one.member}` })), filters: {} }
}

async function toFolder(directory: string, looked: Looked, to: string, keeping: Keeping): Promise<KeptSummary> {
  const folder = await openAuditFolder(to, keeping.system.clock.now())
  const members = await copyAll(directory, looked, (name) => folder.stage(name), keeping)
  const { url, id, version } = keeping.instance
  await folder.finish({ instance: { url, id, version }, copied: keeping.system.clock.now().toISOString(), directory }, members)
  return { count: members.length, listed: 0, members, filters: {}, folder: folder.folder }
}

/** Copies of all files by the name under which they are kept; what is rotated away is looked for again. */
async function copyAll(directory: string, looked: Looked, stage: (name: string) => Promise<string>, keeping: Keeping): Promise<KeptMember[]> {
  const copying = { directory, stage, keeping, done: new Set<string>(), names: new Set<string>() }
  const members: KeptMember[] = []
  let todo = looked.files
  for (let round = 1; todo.length > 0; round++) {
    const missed: LogFile[] = []
    for (const log of todo) {
      const copy = await copyOne(log, copying)
      if (copy === 'gone') missed.push(log)
      else copying.done.add(log.key)
      if (typeof copy === 'object') members.push(copy)
    }
    if (missed.length === 0) break
    if (round === ROUNDS) {
      for (const { name } of missed) keeping.note(`${name} was rotated away again and again while it was copied`)
      break
    }
    todo = (await auditLogs(directory)).files.filter(({ key }) => !copying.done.has(key))
  }
  return members.sort((a, b) => (a.member < b.member ? -1 : 1))
}

interface Copying {
  directory: string
  stage: (name: string) => Promise<string>
  keeping: Keeping
  /** Keys of files that are not to be looked at again. */
  done: Set<string>
  names: Set<string>
}

/** `gone`: it is not there any more, or was emptied in place. `refused`: it may not be read. */
async function copyOne(log: LogFile, { directory, stage, keeping, names }: Copying): Promise<KeptMember | 'gone' | 'refused'> {
  const handle = await openLog(log, directory).catch((error: NodeJS.ErrnoException) => {
    keeping.remark({ identity: log.name, outcome: 'failed', note: `it cannot be read (${error.code})`, advice: 'run the export as root' })
    return 'refused' as const
  })
  if (handle === undefined) return 'gone'
  if (handle === 'refused') return handle
  try {
    const member = freeName(log.name, names)
    const file = await stage(member)
    const { bytes, sha256 } = await copyHashed(handle, log.size, file, () => keeping.system.stop.check())
    if (bytes < log.size) {
      await fs.promises.unlink(file)
      return 'gone'
    }
    await fs.promises.utimes(file, log.modified, log.modified)
    names.add(member)
    keeping.system.progress.step()
    return { member, count: 1, sha256, bytes, modified: log.modified.toISOString(), mode: log.mode.toString(8) }
  } finally {
    await handle.close()
  }
}

/** Names move on while logs are rotated: two files may have had one, one after the other. What no archive takes is written as %XX. */
function freeName(name: string, taken: Set<string>): string {
  const plain = name.replace(/[\u0000-\u001f\u007f\\\ufffd]/g, (char) => encodeURIComponent(char))
  for (let n = 1; ; n++) {
    const free = n === 1 ? plain : `${plain}~${n}`
    if (!taken.has(free)) return free
  }
}
