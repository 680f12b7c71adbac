/**
 * Switching off through the API what packs bring that acts by itself, for targets where no override can: as it appears, while the
 * pack is still being installed. How long each was live is measured, at most: from the last look that did not see it live.
 */
import type { StackStorm } from '../../st2/port'
import { isSt2Error } from '../../st2/errors'
import type { Writing } from '../kind'
import { ACTING_SORTS, findResource, isOn, nameOf, resourcesOf, switchResource, type Sort } from '../states/resources'

export interface Hushed {
  /** `rule netops.on_timer`. */
  what: string
  /** Milliseconds, at most. */
  liveMs: number
}

/** Between two looks while a pack is being installed. */
const LOOK_MS = 400

/** Looks once after `work` has ended; with `watch` all the time until then too. */
export async function switchingOff<T>(pack: string, { target, system }: Pick<Writing, 'target' | 'system'>, work: Promise<T>, watch: boolean): Promise<{ result: T; hushed: Hushed[] }> {
  const hushed: Hushed[] = []
  let ended = false
  let before = system.clock.now().getTime()
  const look = async (): Promise<void> => {
    const now = system.clock.now().getTime()
    for (const what of await switchOff(target.api, (row) => row.pack === pack, pack)) hushed.push({ what, liveMs: system.clock.now().getTime() - before })
    before = now
  }
  const watching = (async () => {
    while (watch && !ended) {
      // A hiccup of the instance is met by the last look, or by the install itself.
      await look().catch(() => undefined)
      await system.clock.sleep(LOOK_MS).catch(() => undefined)
    }
  })()
  const result = await work.finally(() => (ended = true))
  await watching
  await look()
  return { result, hushed }
}

/** Switches off what is on of these packs. */
export async function switchOffAll(packs: ReadonlySet<string>, { target }: Pick<Writing, 'target'>): Promise<string[]> {
  return packs.size === 0 ? [] : switchOff(target.api, ({ pack }) => pack !== undefined && packs.has(pack))
}

/** Only what comes from files: what was made through the API is no pack's doing. */
async function switchOff(api: StackStorm, wanted: (row: { pack?: string }) => boolean, pack?: string): Promise<string[]> {
  const done: string[] = []
  for (const sort of ACTING_SORTS) {
    for await (const row of resourcesOf(api, sort, pack)) {
      if (wanted(row) && isOn(row) && row.metadata_file && (await switchedOff(api, sort, nameOf(row)))) done.push(`${sort} ${nameOf(row)}`)
    }
  }
  return done
}

async function switchedOff(api: StackStorm, sort: Sort, name: string): Promise<boolean> {
  const row = await findResource(api, sort, name)
  if (!row || !isOn(row)) return false
  try {
    await switchResource(api, sort, row, false)
    return true
  } catch (error) {
    // It went meanwhile: an install replaces a pack.
    if (isSt2Error(error, 'not_found')) return false
    throw error
  }
}

/** For the ledger. */
export function hushedNote(hushed: readonly Hushed[]): string | undefined {
  if (hushed.length === 0) return undefined
  return `switched off through the API right after it came: ${hushed.map(({ what, liveMs }) => `${what} (live for ${(liveMs / 1000).toFixed(1)} s at most)`).join(', ')}`
}
