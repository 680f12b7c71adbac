/** Installs that an earlier, killed apply started and that still run on the new instance. */
import type { StackStorm } from '../../st2/port'
import type { Writing } from '../kind'
import { INSTALL_MS } from './install'

const UNFINISHED = ['requested', 'scheduled', 'delayed', 'running', 'pending']

interface InstallRow {
  id: string
  parameters?: { packs?: string[] }
}

/** Waits for those of these packs: two installs of one pack at once would spoil each other. */
export async function awaitUnfinished({ target, system }: Pick<Writing, 'target' | 'system'>, refs: string[]): Promise<void> {
  for (const { id, parameters } of await unfinishedInstalls(target.api)) {
    const mine = (parameters?.packs ?? []).filter((text) => refs.some((ref) => text.split('=')[0]?.replace(/\.git$/, '').endsWith(`/${ref}`)))
    if (mine.length === 0) continue
    system.progress.say(`waiting for an install that is still under way (execution ${id})`)
    await target.api.waitFor(id, { timeoutMs: INSTALL_MS })
  }
}

async function unfinishedInstalls(api: StackStorm): Promise<InstallRow[]> {
  const found: InstallRow[] = []
  for (const status of UNFINISHED) {
    const query = { action: 'packs.install', status, include_attributes: 'status,parameters' }
    for await (const row of api.list<InstallRow>('/v1/executions', { query })) found.push(row)
  }
  return found
}
