/**
 * What stays in an undo because something that is left needs it: a pack that somebody changed keeps its configuration, a rule its
 * trigger type and the pack of its action. What stays for that may need more in its turn.
 */
import type { Kind, Need } from '../kinds/kind'
import { needsOf, type Look, type Step } from './undo-look'

/** Who needs what. */
type Wanted = Need & { by: string }
/** By kind and identity: who needs it. */
type Kept = Map<string, Map<string, string>>

/** The same looks, in which all that is needed is left. */
export async function leavingWhatIsNeeded(looks: Look[]): Promise<Look[]> {
  const kept: Kept = new Map(looks.map(({ kind }) => [kind.name, new Map<string, string>()]))
  let wanted = await wantedBy(looks)
  while (wanted.length > 0) {
    const more: Wanted[] = []
    for (const look of looks) for await (const step of found(look, wanted, kept)) more.push(...needing(look.kind, step.identity, needsOf(look.kind, step.now ?? step.item ?? step)))
    wanted = more
  }
  return Promise.all(looks.map((look) => without(look, kept.get(look.kind.name)!)))
}

const needing = ({ name }: Kind, identity: string, needs: Need[]): Wanted[] => needs.map((need) => ({ ...need, by: `${name} ${identity}` }))

async function wantedBy(looks: Look[]): Promise<Wanted[]> {
  const wanted: Wanted[] = []
  for (const look of looks) for await (const { identity, needs } of look.left()) wanted.push(...needing(look.kind, identity, needs))
  return wanted
}

/** Steps that are needed and not known to be yet. An older one that comes back does as well, but where it is needed as it is. */
async function* found(look: Look, wanted: Wanted[], kept: Kept): AsyncGenerator<Step> {
  const mine = new Map<string, Wanted[]>()
  for (const one of wanted) if (one.kind === look.kind.name) mine.set(one.identity, [...(mine.get(one.identity) ?? []), one])
  if (mine.size === 0) return
  const known = kept.get(look.kind.name)!
  for await (const step of look.steps('remove', 'clear', 'restore')) {
    const who = mine.get(step.identity)?.find(({ asItIs }) => asItIs || step.way !== 'restore')
    if (!who || known.has(step.identity)) continue
    known.set(step.identity, who.by)
    yield step
  }
}

async function without(look: Look, kept: ReadonlyMap<string, string>): Promise<Look> {
  if (kept.size === 0) return look
  const counts = { ...look.counts }
  for await (const { identity, way } of look.steps('remove', 'clear', 'restore')) if (kept.has(identity)) counts[way]--
  return {
    ...look,
    counts,
    settled: async function* () {
      yield* look.settled()
      for (const [identity, by] of kept) yield { kind: look.kind.name, identity, state: 'left', note: `it is needed by ${by}, which is left`, advice: 'settle that first, then run undo again; or take it back by hand' }
    },
    steps: async function* (...ways) {
      for await (const step of look.steps(...ways)) if (!kept.has(step.identity)) yield step
    },
  }
}
