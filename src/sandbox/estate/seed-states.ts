/** Switches on and off what people switched in the course of years, in the ways that they had. */
import * as fs from 'fs'
import * as path from 'path'
import type { RawClient } from './client'
import { OVERRIDES } from './files/overrides'
import { CHANGED_STATES, DISABLED_RUNNER, type ChangedState } from './made/states'

/** Puts override files in place and registers their packs; then what was switched over the API, since registering forgets that. */
export async function seedStates(admin: RawClient, stackstorm: string): Promise<void> {
  for (const [name, text] of Object.entries(OVERRIDES)) fs.writeFileSync(path.join(stackstorm, 'overrides', name), text)
  const packs = Object.keys(OVERRIDES).map((name) => name.replace('.yaml', ''))
  await admin.call('POST', '/v1/packs/register', { packs, types: ['actions'] })
  for (const state of CHANGED_STATES) await switchOver(admin, state)
  const runner = await admin.call<object>('GET', `/v1/runnertypes/${DISABLED_RUNNER}`)
  await admin.call('PUT', `/v1/runnertypes/${DISABLED_RUNNER}`, { ...runner, enabled: false })
}

/** As the web UI does: the whole resource is read, secrets included, and put back under its id. */
async function switchOver(admin: RawClient, { kind, ref, enabled }: ChangedState): Promise<void> {
  const found = await admin.call<{ id: string }>('GET', `/v1/${kind}/${encodeURIComponent(ref)}?show_secrets=true`)
  await admin.call('PUT', `/v1/${kind}/${found.id}`, { ...found, enabled })
}
