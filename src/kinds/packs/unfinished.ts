/** Installs and uninstalls that an earlier, killed apply or undo started and that still run on the new instance. */
import type { Change } from '../../core/model'
import type { StackStorm } from '../../st2/port'
import type { Writing } from '../kind'
import { packItems } from './bundles'
import { INSTALL_MS } from './install'
import { installerUrl } from './remote'

/** Before an undo looks: all that the archive's packs have under way. */
export async function awaitStarted(writing: Writing): Promise<void> {
  const items = [...(await packItems(writing.archive)).values()]
  await awaitUnfinished(writing, items.map(({ identity, origin }) => ({ kind: 'packs', identity, action: 'update', details: { url: origin && installerUrl(origin) } })))
}

const UNFINISHED = ['requested', 'scheduled', 'delayed', 'running', 'pending']

interface InstallRow {
  id: string
  parameters?: { packs?: string[] }
}

/** Waits for those of these packs: two installs of one pack at once would spoil each other. */
export async function awaitUnfinished({ target, system }: Pick<Writing, 'target' | 'system'>, writes: Change[]): Promise<void> {
  for (const { id, parameters } of await unfinishedInstalls(target.api)) {
    if (!(parameters?.packs ?? []).some((text) => writes.some((change) => installs(text, change)))) continue
    system.progress.say(`waiting for an install or uninstall that is still under way (execution ${id})`)
    await target.api.waitFor(id, { timeoutMs: INSTALL_MS })
  }
}

/** `text` is `URL=COMMIT`, or of an uninstall the pack's ref; the URL is the planned one (an origin may be named otherwise than its pack), or one that this machine served. */
function installs(text: string, { identity, details }: Change): boolean {
  const url = text.split('=')[0] ?? ''
  return url === details?.url || url === identity || url.replace(/\.git$/, '').endsWith(`/${identity}`)
}

async function unfinishedInstalls(api: StackStorm): Promise<InstallRow[]> {
  const found: InstallRow[] = []
  for (const action of ['packs.install', 'packs.uninstall']) {
    for (const status of UNFINISHED) {
      const query = { action, status, include_attributes: 'status,parameters' }
      for await (const row of api.list<InstallRow>('/v1/executions', { query })) found.push(row)
    }
  }
  return found
}
