/**
 * The look before an undo: for each item that the run wrote, what stands on the target now, and so what is to be done. Reads
 * only. What a person changed since is left; an item counts as changed when it is no longer as this run made it.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { canonicalJson } from '../core/canonical'
import { joinByIdentity } from '../core/join'
import type { Difference, Item } from '../core/model'
import type { Kind, Need, Writing } from '../kinds/kind'
import { logLines } from '../system/append-log'
import { JsonLinesFile } from '../system/json-lines'
import { listKind } from './listing'
import { outOfReach } from './undo-reach'
import type { Touched } from './touched'
import type { Undoing } from './undoing'
import type { UndoLine } from './undo-journal'

export type Way = 'remove' | 'clear' | 'restore'

/** One thing that an undo does. */
export interface Step extends Item {
  way: Way
  before?: Item
  now?: Item
  /** As the archive has it. */
  item?: Item
  kept: string
}

export interface Look {
  kind: Kind
  counts: Record<Way, number>
  /** What is not to be touched: there already as it was, or changed by a person since. */
  settled(): AsyncGenerator<UndoLine>
  /** Those that a person changed since, with what they need. */
  left(): AsyncGenerator<{ identity: string; needs: Need[] }>
  steps(...ways: Way[]): AsyncGenerator<Step>
}

interface Row {
  touched: Touched
  now?: Item
  item?: Item
}

/** Decides about every item of a kind; the decisions lie in a private file, since they hold what items hold. */
export async function lookAtKind(kind: Kind, writing: Writing, undoing: Undoing): Promise<Look> {
  const { context, settings, target, archive, run, wrote } = undoing
  if (!settings.dryRun) await kind.settle?.(writing)
  const listing = await listKind({ context, settings, instance: target, kind, workDir: run.workDir, wanted: archive })
  const dir = path.join(run.workDir, 'undo')
  await fs.mkdir(dir, { recursive: true, mode: 0o700 })
  const file = path.join(dir, `${kind.name}.jsonl`)
  const out = await JsonLinesFile.create(file)
  const counts: Look['counts'] = { remove: 0, clear: 0, restore: 0 }
  context.system.progress.stage(`look at ${kind.title}`)
  for await (const row of joinByIdentity({ touched: wrote.of(kind.name), now: listing.items(), item: archive.items(kind.name) })) {
    if (!row.touched) continue
    context.system.stop.check()
    context.system.progress.step()
    const decided = (await outOfReach(kind, row.touched, undoing)) ?? (await decide(kind, row as Row, writing))
    if ('way' in decided) counts[decided.way]++
    await out.line(canonicalJson(decided.state === 'left' && row.now ? { ...decided, needs: needsOf(kind, row.now) } : decided))
  }
  await out.finish()
  return {
    kind,
    counts,
    settled: async function* () {
      for await (const one of read(file)) if (!('way' in one)) yield told(one)
    },
    left: async function* () {
      for await (const one of read(file)) if (!('way' in one) && one.needs) yield { identity: one.identity, needs: one.needs }
    },
    steps: async function* (...ways) {
      for await (const one of read(file)) if ('way' in one && ways.includes(one.way)) yield one
    },
  }
}

/** All that an item is of no use without. */
export const needsOf = (kind: Kind, item: Item): Need[] => [...(kind.needsPacks?.(item) ?? []).map((identity) => ({ kind: 'packs', identity })), ...(kind.needs?.(item) ?? [])]

/** A decision not to touch an item, with what it needs where it is left. */
type Settled = UndoLine & { needs?: Need[] }

const told = ({ needs: _needs, ...line }: Settled): UndoLine => line

async function* read(file: string): AsyncGenerator<Step | Settled> {
  for await (const line of logLines(file)) yield JSON.parse(line) as Step | Settled
}

async function decide(kind: Kind, row: Row, writing: Writing): Promise<Step | UndoLine> {
  const { touched, now, item } = row
  const { identity, before, kept } = touched
  const end = (state: 'same' | 'left', note?: string, advice?: string): UndoLine => ({ kind: kind.name, identity, state, note, advice })
  const step = (way: Way): Step => ({ identity, way, before, now, item, kept })
  if (!now) return absent(kind, row, writing, end, step)
  if (before && (await asBefore(kind, before, now, writing))) return end('same')
  const why = await changedSince(kind, row as Required<Row>, writing)
  return why ? end('left', why.note, why.advice) : step(before ? 'restore' : 'remove')
}

/** Not on the target now: gone by somebody's hand, by itself, or a write that never came to show. */
function absent(kind: Kind, { touched, item }: Row, writing: Writing, end: (state: 'same' | 'left', note?: string, advice?: string) => UndoLine, step: (way: Way) => Step): Step | UndoLine {
  const { before, settled } = touched
  if (!before) return settled || !kind.clear || !item ? end('same') : step('clear')
  if (!settled || (item && kind.hasGone?.(item, writing))) return step('restore')
  return end('left', 'it was overwritten by this run, and somebody deleted it since', "what stood there before is in the run's journal")
}

/** Both ways round, and the target's secrets on both sides: a kind's comparison may pass over what only its second item has. */
async function asBefore(kind: Kind, before: Item, now: Item, writing: Writing): Promise<boolean> {
  const own: Writing = { ...writing, activity: 'active', source: { instance: writing.target, crypto: writing.target.crypto } }
  return (await kind.compare(before, now, own)).length === 0 && (await kind.compare(now, before, own)).length === 0
}

/** Why what stands there now is not this run's work any more, if so. */
async function changedSince(kind: Kind, { touched, now, item }: Required<Row>, writing: Writing): Promise<{ note: string; advice: string } | undefined> {
  const advice = 'look at it, and take it back by hand if it should go'
  if (!item) return { note: 'the archive does not hold it any more, so that nobody can tell whether it was changed since', advice }
  const differences = await kind.compare(item, now, writing)
  if (differences.length === 0) return undefined
  if (!touched.settled && (kind.isHalfWritten?.(differences) ?? true)) return undefined
  const unknown = differences.find((one) => one.unknown !== undefined)
  if (unknown) return { note: `it cannot be told whether it was changed since: ${unknown.unknown}`, advice: "run undo where the source, or a copy of its crypto key (source_crypto_key_file), can be reached" }
  return { note: `it was changed since: ${pathsOf(differences)}`, advice }
}

const TOLD = 5
const pathsOf = (differences: Difference[]): string => differences.slice(0, TOLD).map((one) => one.path).join(', ') + (differences.length > TOLD ? ` and ${differences.length - TOLD} more` : '')
