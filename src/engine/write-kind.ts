/** The write pass of one kind: bounded adaptive concurrency, intent and confirmation in the journal, one bad item never ends it. */
import { Refusal } from '../core/exit-codes'
import type { Item } from '../core/model'
import type { Kind, Writing, Written } from '../kinds/kind'
import { runAdaptive } from '../st2/concurrency'
import { Interrupted } from '../system/stop'
import type { Applying } from './applying'
import { tellRewritten } from './rewrite'
import type { Numbered, Prospect, ToWrite } from './prospect'

export const MAX_CONCURRENT = 32

/** Returns the number of writes made. */
export async function writeKind(kind: Kind, prospect: Prospect, applying: Applying): Promise<number> {
  if (prospect.count === 0) return 0
  const { context, settings } = applying
  const writing = prospect.weighing as Writing
  context.system.progress.stage(`write ${kind.title}`, prospect.count)
  const max = Math.min(kind.maxConcurrent ?? MAX_CONCURRENT, settings.concurrency ?? MAX_CONCURRENT)
  let writes = 0
  const write = async (row: ToWrite): Promise<void> => {
    const made = await writeOne(kind, row, writing, applying)
    writes += made
  }
  for await (const wave of waves(kind, prospect)) {
    await runAdaptive(wave, write, { max, system: context.system, pressure: () => writing.target.api.pressure?.() ?? 0 })
  }
  await kind.finish?.(writing)
  return writes
}

/** One streamed wave, or those that a kind of few items asks for. */
async function* waves(kind: Kind, prospect: Prospect): AsyncGenerator<AsyncIterable<ToWrite>> {
  if (!kind.waves) {
    yield prospect.toWrite()
    return
  }
  const rows = new Map<string, ToWrite>()
  for await (const row of prospect.toWrite()) rows.set(row.change.identity, row)
  const items = new Map<string, Item>([...rows].map(([identity, row]) => [identity, row.item]))
  for (const wave of kind.waves([...rows.values()].map((row) => row.change), items)) yield ordered(wave as Numbered[], rows)
}

async function* ordered(wave: Numbered[], rows: Map<string, ToWrite>): AsyncGenerator<ToWrite> {
  for (const change of wave) yield rows.get(change.identity)!
}

async function writeOne(kind: Kind, { change, item, before }: ToWrite, writing: Writing, { context, journal, checkLock }: Applying): Promise<number> {
  context.system.stop.check()
  checkLock()
  journal.intend(change, before && (change.stranger ?? kind.isStranger?.(before)) ? undefined : before)
  const written = await attempt(() => kind.write(change, item, before, writing))
  journal.confirm(change, tellRewritten(change, change.transformed && written.outcome === 'carried' ? { note: change.note, ...written, outcome: 'transformed' } : written))
  context.system.progress.step()
  return written.outcome === 'carried' || written.outcome === 'transformed' ? 1 : 0
}

/** What ends the whole run (a stop, a full disk, lost credentials, a target that is gone) is thrown; everything else is this item's. */
export async function attempt(write: () => Promise<Written>): Promise<Written> {
  try {
    return await write()
  } catch (error) {
    if (error instanceof Interrupted || endsTheRun(error)) throw error
    const { message, advice } = error as { message: string; advice?: string }
    return { outcome: 'failed', note: message, advice: advice ?? 'run the same command again; if it fails again, write this item by hand' }
  }
}

function endsTheRun(error: unknown): boolean {
  if (!(error instanceof Refusal)) return false
  return ['unauthorized', 'unreachable', 'tls', 'not_stackstorm'].includes((error as { code?: string }).code ?? '') || !('code' in error)
}
