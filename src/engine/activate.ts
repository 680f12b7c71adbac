/**
 * activate: everything as it was on the source, from the archive. The packs' overrides files first, so that nothing comes on that
 * was off; then the file that kept the target quiet is given back, the packs are registered, and what was made through the API
 * is switched on. Each is read back. Journaled as an apply is: it can be killed, run again, and undone.
 */
import { EXIT, Refusal } from '../core/exit-codes'
import { GLOBAL } from '../core/override-file'
import { KINDS } from '../kinds'
import type { Writing } from '../kinds/kind'
import { register } from '../kinds/states/write'
import { activatedAccount, shownActivation } from './activate-account'
import { lookBeforeActivation, type Pending } from './activate-look'
import { everyPack, inPacks, refuseUnknownPacks } from './activate-packs'
import type { Applying } from './applying'
import { orThere } from './handover/or-there'
import { wakeOthers } from './others'
import { actingBefore, endQuiet, endsQuiet } from './quiet-file'
import { inRun } from './runs'
import type { Stage, StageResult } from './types'
import { heldWatchers, wakeAllWatchers } from './watchers'
import { holdingTarget, opening, withPlan } from './with-plan'
import { writeKind } from './write-kind'

export const activateStage: Stage = orThere('activate', (context, settings) => inRun(context, settings, (run) => withPlan(run, context, settings, async () => undefined, activateIn)))

async function activateIn(applying: Applying): Promise<StageResult> {
  const { settings } = applying
  await refuseUnfinished(applying)
  await refuseUnknownPacks(applying)
  const scope = await scopeOf(applying)
  const look = await lookBeforeActivation(scope.applying, { whole: scope.whole })
  if (settings.dryRun) return shownActivation(applying, look, { ...scope, quiet: await isQuiet(applying) })
  if (await nothingToDo(applying, look)) {
    if (scope.whole && applying.run.record.activated === undefined) await applying.run.save({ activated: applying.context.system.clock.now().toISOString(), activatedPacks: undefined })
    return activatedAccount(applying, 0, scope)
  }
  return holdingTarget(scope.applying, async (held) => {
    const writes = await carryOut(held, scope.whole)
    return activatedAccount({ ...applying, run: held.run }, writes, scope)
  })
}

/** What is half there cannot be switched on as a whole. What an activation itself has begun to write is its own to end. */
async function refuseUnfinished({ plan, journal, run, context, settings }: Applying): Promise<void> {
  const own = (context.kinds ?? KINDS).filter((kind) => kind.staged || (kind.activated && run.record.activating !== undefined)).map(({ name }) => name)
  let open = 0
  for await (const { kind, action, n } of plan.changes()) {
    if ((action === 'create' || action === 'update') && !own.includes(kind) && ['none', 'intent'].includes(journal.states.get(n))) open++
  }
  if (run.record.undone !== undefined) throw new Refusal(`run ${settings.run} was taken back at ${run.record.undone}: there is nothing to activate`, `apply it again first: st2upgrade apply --run ${settings.run}`, EXIT.blocked)
  if (open > 0) throw new Refusal(`the apply of run ${settings.run} is not finished: ${open} of its changes ${open === 1 ? 'is' : 'are'} not written yet`, `st2upgrade apply --run ${settings.run}`, EXIT.blocked)
}

interface Scope {
  applying: Applying
  /** All of the run: the last packs too, so that the target is quiet no more. */
  whole: boolean
  /** Packs that are active after this. */
  packs: string[]
}

/** With `packs` these alone, until all of the run's are active. */
async function scopeOf(applying: Applying): Promise<Scope> {
  const { settings, run } = applying
  const all = await everyPack(applying)
  if (!settings.packs) return { applying, whole: true, packs: all }
  const active = new Set([...(run.record.activatedPacks ?? []), ...settings.packs])
  const whole = all.every((pack) => active.has(pack))
  return { applying: whole ? applying : { ...applying, archive: inPacks(applying, settings.packs) }, whole, packs: [...active].sort() }
}

const isQuiet = ({ target, run, context }: Applying): Promise<boolean> => endsQuiet(run, target, context.system)

/** Where states are no part of the run, the packs that it brought are to be registered once. */
async function nothingToDo(applying: Applying, look: Pending[]): Promise<boolean> {
  const { run, plan, target } = applying
  if (look.some(({ prospect }) => prospect.count > 0) || run.record.activating !== undefined || (await isQuiet(applying)) || (await heldWatchers(run, target)).length > 0) return false
  return run.record.activated !== undefined || plan.header.kinds.includes('states') || !plan.header.kinds.includes('packs') || run.record.landing === 'active'
}

/** Returns the number of writes. */
async function carryOut(applying: Applying, whole: boolean): Promise<number> {
  const { run, target, context } = applying
  const { system } = context
  let writes = 0
  const write = async (kind: Pending): Promise<void> => {
    const made = await writeKind(kind.kind, kind.prospect, applying)
    writes += made
  }
  if (run.record.activating === undefined) await run.save({ activating: system.clock.now().toISOString() })
  const [files, rest] = parted(await lookBeforeActivation(applying, { whole, only: 'staged' }))
  for (const kind of files.filter(({ global }) => !global)) await write(kind)
  await opening(rest.map(({ kind, prospect }) => ({ kind, writing: prospect.weighing as Writing })), async () => {
    if (whole) await endQuiet(run, target, system)
    for (const kind of files.filter(({ global }) => global)) await write(kind)
    for (const kind of rest) {
      await write(kind)
      // Where nothing was left to write, a killed activation may have left more in the files than they need.
      if (kind.prospect.count === 0) await kind.kind.finish?.(kind.prospect.weighing as Writing)
    }
  })
  if (!rest.some(({ kind }) => kind.name === 'states') && run.record.landing !== 'active') for (const pack of await everyPack(applying)) await register(pack, ['sensors', 'rules', 'aliases'], { target })
  for (const kind of await lookBeforeActivation(applying, { whole, only: 'activated' })) await write(kind)
  if (whole) await wakeOthers(await actingBefore(run), applying)
  if (whole) await wakeAllWatchers(context.stateDir, target)
  if (whole) await run.save({ activated: system.clock.now().toISOString(), activating: undefined, activatedPacks: undefined })
  else await run.save({ activatedPacks: [...new Set([...(run.record.activatedPacks ?? []), ...(applying.settings.packs ?? [])])].sort() })
  return writes
}

/** The source's own files come before the states that are put into them; its global one when the target's is back. */
function parted(look: Pending[]): [files: Pending[], rest: Pending[]] {
  const overrides = look.find(({ kind }) => kind.name === 'overrides')
  if (!overrides) return [[], look]
  const only = (global: boolean): Pending => ({ ...overrides, global, prospect: narrowed(overrides.prospect, (identity) => (identity === GLOBAL) === global) })
  return [[only(false), only(true)], look.filter((one) => one !== overrides)]
}

function narrowed(prospect: Pending['prospect'], takes: (identity: string) => boolean): Pending['prospect'] {
  return {
    ...prospect,
    toWrite: async function* () {
      for await (const row of prospect.toWrite()) if (takes(row.change.identity)) yield row
    },
  }
}
