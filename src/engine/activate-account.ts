/** What activate answers: what is on now, what an override does not hold, what is not as it was; and what a dry run shows. */
import { counted } from '../core/counted'
import { EXIT } from '../core/exit-codes'
import { writeDurable } from '../system/durable'
import { sweptLines } from './borrowings'
import { accountFor } from './account'
import { lookBeforeActivation, type Pending } from './activate-look'
import type { Applying } from './applying'
import { personLines } from './ledger'
import type { StageResult } from './types'
import { heldWatchers } from './watchers'

/** Entries that data shows, and lines of a summary. */
const SHOWN = 40
const TOLD = 10

interface Scope {
  applying: Applying
  whole: boolean
  packs: string[]
}

/** Looks once more at everything, and says what is still otherwise. */
export async function activatedAccount(applying: Applying, writes: number, { whole, packs, applying: narrow }: Scope): Promise<StageResult> {
  const { settings, run, target } = applying
  const open = await openLines(await lookBeforeActivation({ ...narrow, run }, { whole }))
  const counts = await accountFor(applying)
  const done = whole ? `everything on ${target.url} is switched as it was on the source` : `packs ${packs.join(', ')} on ${target.url} are switched as they were on the source; the target stays quiet for the others`
  return {
    stage: 'activate',
    exit: open.length > 0 || counts.total.failed + counts.total.manual > 0 ? EXIT.needsPerson : EXIT.done,
    summary: [
      open.length > 0 ? `activated on ${target.url}, but ${counted(open.length, 'thing is', 'things are')} not as on the source` : done,
      writes > 0 ? counted(writes, 'write') : 'nothing was left to do',
      ...open.slice(0, TOLD).map((line) => `not as on the source: ${line}`),
      counts.line,
      ...personLines(counts),
      `ledger: ${run.at('ledger.jsonl')}`,
      `next: st2upgrade ${whole ? 'verify' : 'activate'} --run ${settings.run}`,
    ],
    data: { run: settings.run, writes, whole, packs, open: open.slice(0, SHOWN), open_total: open.length, counts: counts.byKind, ledger: run.at('ledger.jsonl'), ...counts.forPerson },
  }
}

/** Where there is more than a summary holds, all of it lies in a file of the run. */
export async function shownActivation({ context, settings, target, run }: Applying, look: Pending[], { whole, packs, quiet }: Scope & { quiet: boolean }): Promise<StageResult> {
  const lines = await openLines(look)
  const held = whole ? await heldWatchers(run, target) : []
  const nothing = lines.length === 0 && held.length === 0 && !(whole && quiet)
  const list = lines.length > TOLD ? run.at('activate-dry-run.txt') : undefined
  if (list !== undefined) await writeDurable(list, lines.map((line) => `${line}\n`).join(''))
  return {
    stage: 'activate',
    exit: EXIT.done,
    summary: [
      nothing ? `there is nothing to activate on ${target.url}` : `activate on ${target.url} (dry run: nothing was written)`,
      ...sweptLines(target, context.source),
      ...(whole && quiet ? ['would give back the _global.yaml that keeps it quiet'] : []),
      ...(held.length > 0 ? [`would switch on again what was off while keys were written: ${held.join(', ')}`] : []),
      ...lines.slice(0, TOLD).map((line) => `would set ${line}`),
      ...(list === undefined ? [] : [`... and ${lines.length - TOLD} more: ${list}`]),
      nothing ? `next: st2upgrade verify --run ${settings.run}` : `next: st2upgrade activate --run ${settings.run}${settings.packs ? ` --packs ${settings.packs.join(',')}` : ''}`,
    ],
    data: { run: settings.run, dry_run: true, whole, packs, would: lines.slice(0, SHOWN), would_total: lines.length, ...(list !== undefined && { list }) },
  }
}

/** `states rule:netops.device_down (on)`. */
async function openLines(look: Pending[]): Promise<string[]> {
  const lines: string[] = []
  for (const { kind, prospect } of look) {
    for await (const { change, item } of prospect.toWrite()) lines.push(`${kind.name} ${change.identity}${typeof item.enabled === 'boolean' ? ` (${item.enabled ? 'on' : 'off'})` : ''}`)
  }
  return lines
}
