/**
 * Definitions count when `st2-apply-rbac-definitions` has read them. A small file beside them says that this is still to be done,
 * so that neither a kill after the last write nor a failure of the command passes for success.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { makeDirectory } from '../files/place'
import type { InstanceFiles } from '../kind'
import { writeDurable } from '../../system/durable'
import type { System } from '../../system/ports'
import { readTextIfThere } from '../../system/text-files'

export const COMMAND = 'st2-apply-rbac-definitions'

/** Where packages install it. */
const DIRECTORIES = ['opt/stackstorm/st2/bin', 'usr/bin']

/** The command speaks with the database and the message bus; minutes are for thousands of assignments. */
const APPLY_MS = 10 * 60_000
const LAST_LINES = 5

const pendingFile = (rbac: string): string => path.join(rbac, '.st2upgrade-not-applied')

/** Its path on the instance, below its root; undefined where RBAC is not installed. */
export async function findCommand({ root }: InstanceFiles): Promise<string | undefined> {
  for (const directory of DIRECTORIES) {
    const file = path.join(root, directory, COMMAND)
    if (await isExecutable(file)) return file
  }
  return undefined
}

async function isExecutable(file: string): Promise<boolean> {
  const stat = await fs.stat(file).catch(() => undefined)
  return stat !== undefined && stat.isFile() && (stat.mode & 0o111) !== 0
}

/** What waits for the command: the item written last, or an undo. */
export async function pendingFor(rbac: string): Promise<string | undefined> {
  return (await readTextIfThere(pendingFile(rbac)))?.trim()
}

/** In the place of an identity: an undo took definitions away or brought them back. */
export const UNDO = '(undo)'

export async function notePending({ rbac }: InstanceFiles, what: string): Promise<void> {
  await makeDirectory(rbac, rbac)
  await writeDurable(pendingFile(rbac), `${what}\n`)
}

const forgetPending = (rbac: string): Promise<void> => fs.rm(pendingFile(rbac), { force: true })

/** Runs the command. Returns its last lines when it failed; undefined when it did its work, and nothing is pending any more. */
export async function putInForce(command: string, { rbac }: InstanceFiles, system: System): Promise<string | undefined> {
  system.progress.say(`${COMMAND} puts the RBAC definitions in force`)
  const { code, stdout, stderr } = await system.processes.run(command, [], { timeoutMs: APPLY_MS })
  if (code === 0) {
    await forgetPending(rbac)
    return undefined
  }
  const lines = `${stdout.toString('utf8')}\n${stderr}`.split('\n').map((line) => line.trim()).filter(Boolean)
  return `exit ${code}${lines.length > 0 ? `: ${lines.slice(-LAST_LINES).join(' | ')}` : ' and not a word'}`
}
