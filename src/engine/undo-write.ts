/** The write pass of an undo over one kind: intent and confirmation for each item, bounded concurrency, one bad item never ends it. */
import type { Change, Item } from '../core/model'
import type { Kind, Writing, Written } from '../kinds/kind'
import { runAdaptive } from '../st2/concurrency'
import type { Look, Step, Way } from './undo-look'
import type { Undone } from './undo-journal'
import type { Writer } from './undoing'
import { attempt, MAX_CONCURRENT } from './write-kind'

export async function takeBack(look: Look, ways: Way[], base: Writing, writer: Writer): Promise<void> {
  const count = ways.reduce((sum, way) => sum + look.counts[way], 0)
  if (count === 0) return
  const { kind } = look
  const { system } = writer.context
  system.progress.stage(`${ways.includes('restore') ? 'put back' : 'remove'} ${kind.title}`, count)
  const max = Math.min(kind.maxConcurrent ?? MAX_CONCURRENT, writer.settings.concurrency ?? MAX_CONCURRENT)
  for await (const wave of waves(look, ways)) {
    await runAdaptive(wave, (step) => one(kind, step, base, writer), { max, system, pressure: () => writer.target.api.pressure?.() ?? 0 })
  }
}

async function one(kind: Kind, step: Step, base: Writing, writer: Writer): Promise<void> {
  writer.context.system.stop.check()
  writer.checkLock()
  const { identity, way, kept } = step
  writer.intend(kind.name, identity)
  const written = await attempt(() => call(kind, step, { ...base, keepDir: writer.run.at(kept) }))
  writer.confirm({ kind: kind.name, identity, state: stateOf(way, written), note: written.note, advice: written.advice })
  writer.context.system.progress.step()
}

function call(kind: Kind, { way, now, before, item }: Step, writing: Writing): Promise<Written> {
  if (way === 'clear') return kind.clear!(item!, writing)
  if (way === 'remove') return kind.remove?.(now!, writing) ?? cannot(kind, 'be taken away')
  return kind.restore?.(before!, now, writing) ?? cannot(kind, 'be put back')
}

const cannot = async (kind: Kind, what: string): Promise<Written> => ({ outcome: 'manual', note: `${kind.title} cannot ${what} by this tool`, advice: "settle it by hand; what stood there before is in the run's journal" })

const stateOf = (way: Way, { outcome }: Written): Undone => (outcome === 'carried' || outcome === 'transformed' ? (way === 'restore' ? 'restored' : 'removed') : outcome)

/** What depends on others goes before them, and comes back after them. */
async function* waves(look: Look, ways: Way[]): AsyncGenerator<AsyncIterable<Step>> {
  const { kind } = look
  if (!kind.waves) {
    yield look.steps(...ways)
    return
  }
  const steps = new Map<string, Step>()
  for await (const step of look.steps(...ways)) steps.set(step.identity, step)
  const changes = [...steps.keys()].map((identity): Change => ({ kind: kind.name, identity, action: 'update' }))
  const ordered = kind.waves(changes, new Map([...steps].map(([identity, step]) => [identity, itemOf(step)])))
  for (const wave of ways.includes('restore') ? ordered : ordered.reverse()) yield streamed(wave.map(({ identity }) => steps.get(identity)!))
}

const itemOf = ({ before, now, item }: Step): Item => (before ?? now ?? item)!

async function* streamed(steps: Step[]): AsyncGenerator<Step> {
  yield* steps
}
