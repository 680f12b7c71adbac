/** Whole directories, copied with all that belongs to them: modes, owners where that is allowed, times, links as links, what git keeps. */
import { promises as fs } from 'fs'
import * as path from 'path'
import { Refusal } from '../core/exit-codes'
import type { Processes } from './ports'
import { privateDirectory } from './state'

/** Puts a copy of `from` in the place of `to`, which appears whole: whatever an earlier, killed copy left is replaced. @throws Refusal with what `cp` said. */
export async function copyTree(processes: Processes, from: string, to: string): Promise<void> {
  const part = `${to}.part`
  await privateDirectory(path.dirname(to))
  await fs.rm(part, { recursive: true, force: true })
  const { code, stderr } = await processes.run('cp', ['-a', '--', from, part])
  if (code !== 0) {
    await fs.rm(part, { recursive: true, force: true })
    throw new Refusal(`${from} cannot be copied to ${to}: ${stderr.trim().split('\n').pop() ?? ''}`, 'run as a user who may read all of it, and see that there is room on the disk')
  }
  await fs.rm(to, { recursive: true, force: true })
  await fs.rename(part, to)
}
