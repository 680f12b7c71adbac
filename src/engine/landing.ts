/**
 * How a target comes up. Before the first write of an apply that brings packs: quiet by overrides, or (settings) by the API
 * after each pack. What is switched on and off there now is journaled, so that an undo can put it back.
 */
import { BrokenOverrides } from '../core/override-file'
import { EXIT, Refusal } from '../core/exit-codes'
import type { Kind } from '../kinds/kind'
import { switchOffAll } from '../kinds/packs/hush'
import { overrideReach } from '../kinds/states/reach'
import type { Applying } from './applying'
import type { Prospect } from './prospect'
import { putQuietFile } from './quiet-file'
import { rememberStates } from './states-before'
import { holdWatchers } from './watchers'

/** Called with everything that is still to be written, before the first write. Refuses (exit 5) when the target cannot be kept quiet. */
export async function land(applying: Applying, prospects: readonly [Kind, Prospect][]): Promise<void> {
  const { settings, run, target } = applying
  const packs = prospects.find(([kind]) => kind.name === 'packs')?.[1]
  if (packs) await rememberStates(applying, await refsOf(packs))
  if (run.record.undone !== undefined) await run.save({ undone: undefined })
  if (run.record.activated !== undefined || settings.landing === 'active') return
  if (settings.landing === 'quiet' && packs) await landQuietly(applying)
  if (prospects.some(([kind]) => kind.name === 'keys')) await holdWatchers(applying)
  // An install that ended after its apply was killed: nobody has switched off what it brought.
  if (settings.landing === 'api') await switchOffAll(await plannedPacks(applying), { target })
}

async function refsOf(packs: Prospect): Promise<Set<string>> {
  const refs = new Set<string>()
  for await (const { change } of packs.toWrite()) refs.add(change.identity)
  return refs
}

async function plannedPacks({ plan, journal }: Applying): Promise<Set<string>> {
  const refs = new Set<string>()
  for await (const { action, identity, n } of plan.changes('packs')) if ((action === 'create' || action === 'update') && journal.states.get(n) !== 'none') refs.add(identity)
  return refs
}

async function landQuietly({ target, run, context }: Applying): Promise<void> {
  const { files, why } = await overrideReach(target)
  if (!files) throw cannot(why)
  try {
    await putQuietFile(run, target, { files, system: context.system })
  } catch (error) {
    if (error instanceof BrokenOverrides) throw cannot(`its own _global.yaml cannot be built upon: ${error.message}`)
    throw error
  }
}

const cannot = (why: string): Refusal =>
  new Refusal(
    `nothing was written: overrides cannot keep the target quiet: ${why}`,
    'run apply on the target itself, as root; or with quiet=api, which switches off through the API right after each pack; or with allow_active=true',
    EXIT.blocked,
  )

