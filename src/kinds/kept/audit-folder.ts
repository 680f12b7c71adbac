/**
 * A folder of its own for audit logs: private, with a list of what is in it that `sha256sum -c SHA256SUMS` takes. It gets its
 * name when all is copied and read back, so that a folder without `.part` at its end is complete.
 */
import * as fs from 'fs'
import * as path from 'path'
import type { KeptMember } from '../../archive/types'
import { EXIT, Refusal } from '../../core/exit-codes'
import { makeDirectories } from '../../system/directories'
import { writeDurable } from '../../system/durable'
import { withPath } from '../../system/file-errors'
import { privateDirectory } from '../../system/state'
import { hashOf } from './copy-file'

const SUMS = 'SHA256SUMS'
const LIST = 'audit-logs.json'

export interface AuditFolder {
  /** The name that it gets. */
  readonly folder: string
  /** Where a file goes until all are there; its directory is there. */
  stage(name: string): Promise<string>
  /** Reads everything back, writes the list, and gives the folder its name. */
  finish(about: Record<string, unknown>, members: KeptMember[]): Promise<void>
}

/**
 * Refuses a folder that holds other things. Beside an earlier copy, which is never touched, the new one gets a name with the
 * time. What a killed export left is begun afresh.
 */
export async function openAuditFolder(wanted: string, now: Date): Promise<AuditFolder> {
  const folder = (await holdsCopy(wanted)) ? `${wanted}-${now.toISOString().replace(/[-:]/g, '').replace(/\.\d+Z$/, 'Z')}` : wanted
  const part = `${folder}.part`
  await refuseUsed(folder)
  await refuseForeign(part)
  await fs.promises.rm(part, { recursive: true, force: true })
  await privateDirectory(part)
  await writeDurable(path.join(part, LIST), '{}\n')
  return {
    folder,
    stage: async (name) => {
      const file = path.join(part, name)
      await withPath('write', file, () => makeDirectories(path.dirname(file), 0o700))
      return file
    },
    finish: async (about, members) => {
      await readBack(part, members)
      await writeDurable(path.join(part, LIST), `${JSON.stringify({ ...about, files: members }, null, 2)}\n`)
      await writeDurable(path.join(part, SUMS), members.map(({ member, sha256 }) => `${sha256}  ${member}\n`).join(''))
      await withPath('write', folder, async () => {
        await fs.promises.rmdir(folder).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error
        })
        await fs.promises.rename(part, folder)
      })
    },
  }
}

/** What {@link openAuditFolder} would refuse, known before anything is read. */
export async function refuseAuditFolder(wanted: string): Promise<void> {
  if (!(await holdsCopy(wanted))) await refuseUsed(wanted)
}

const holdsCopy = (folder: string): Promise<boolean> =>
  fs.promises.readdir(folder).then(
    (names) => names.includes(SUMS) && names.includes(LIST),
    () => false,
  )

async function refuseUsed(folder: string): Promise<void> {
  const names = await fs.promises.readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new Refusal(`the audit logs cannot be copied to ${folder} (${error.code})`, 'give audit_logs_to a folder that is not there yet', EXIT.usage)
  })
  if (names.length > 0) throw new Refusal(`${folder} is not empty`, 'give audit_logs_to a folder that is not there yet, or an empty one: nothing is overwritten', EXIT.usage)
}

/** Only what carries our list is ours to remove. */
async function refuseForeign(part: string): Promise<void> {
  const names = await fs.promises.readdir(part).catch(() => [] as string[])
  if (names.length > 0 && !names.includes(LIST)) throw new Refusal(`${part} holds other things`, 'move it away, or give audit_logs_to another folder', EXIT.usage)
}

async function readBack(part: string, members: KeptMember[]): Promise<void> {
  for (const { member, sha256 } of members) {
    const file = path.join(part, member)
    if ((await hashOf(file)) !== sha256) throw new Refusal(`${file} was read back with other bytes than were written`, 'the disk is not to be trusted: check it (`dmesg`), or give audit_logs_to a folder on another one')
  }
}
