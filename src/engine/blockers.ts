/** What stops a plan from being carried out: conflicts, and blockers that no setting allows. All are told at once, before the first write. */
import { counted } from '../core/counted'
import { EXIT, Refusal } from '../core/exit-codes'
import type { Blocker } from '../kinds/kind'
import type { Plan } from './plan-file'
import type { StageSettings } from './types'

/** @throws Refusal with exit 5 and one detail line per blocker. */
export async function refuseIfBlocked(plan: Plan, settings: StageSettings): Promise<void> {
  const open = plan.end.blockers.filter((blocker) => !allowed(blocker, settings))
  const conflicts = Object.values(plan.end.counts).reduce((sum, counts) => sum + (counts.conflict ?? 0), 0)
  if (open.length === 0 && conflicts === 0) return
  const what = [
    ...(conflicts > 0 ? [`${counted(conflicts, 'item has', 'items have')} another value on the target`] : []),
    ...(open.length > 0 ? [`${counted(open.length, 'thing blocks', 'things block')} it`] : []),
  ]
  throw new Refusal(`nothing was written: ${what.join(', and ')}`, advice(open, conflicts), EXIT.blocked, [...open.map(line), ...(await conflictLines(plan, conflicts))])
}

/** Conflicts that a refusal lists; a plan with more is looked at with inspect. */
const LISTED = 200

async function conflictLines(plan: Plan, conflicts: number): Promise<string[]> {
  const lines: string[] = []
  if (conflicts === 0) return lines
  for await (const change of plan.changes()) {
    if (change.action !== 'conflict') continue
    if (lines.length === LISTED) return [...lines, `... and ${conflicts - LISTED} more conflicts`]
    lines.push(`${change.kind} ${change.identity}: ${change.note ?? `${(change.differences ?? []).map((d) => d.path).join(', ')} differs`}`)
  }
  return lines
}

function allowed(blocker: Blocker, settings: StageSettings): boolean {
  if (blocker.unless === 'allow_active') return settings.allowActive
  if (blocker.unless === 'quiet=api') return settings.landing !== 'quiet'
  return blocker.unless === 'serve_packs' && settings.servePacks
}

function advice(open: Blocker[], conflicts: number): string {
  const ways = new Set(open.map((blocker) => blocker.advice))
  if (conflicts > 0) ways.add('decide for conflicts with on_conflict=skip or on_conflict=overwrite and plan again; `inspect` on the plan lists them')
  return [...ways].join('; ')
}

const line = (blocker: Blocker): string => `${blocker.kind}: ${blocker.what}`
