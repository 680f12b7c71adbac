/** Reads the ledger of a run for the demo: what became of every item, grouped for people, and what nobody declared. */
import type { LedgerEntry, Outcome } from '../../core/model'
import type { Declared } from '../../sandbox/estate'

export interface Group {
  kind: string
  outcome: Outcome
  /** Why, in the ledger's own words; the same for all of the group. */
  note: string
  count: number
  /** The item, where it is the only one of its group. */
  identity?: string
}

export interface Account {
  groups: Group[]
  /** One line per item that was left, failed or needs a person without being declared, and per declared one that the ledger does not tell of. */
  faults: string[]
}

/** Outcomes that a migration is for; every other one must be declared. */
const GOOD: readonly Outcome[] = ['carried', 'identical', 'transformed']

export function accountOf(entries: readonly LedgerEntry[], declared: readonly Declared[]): Account {
  const names = (one: Declared, { kind, identity }: LedgerEntry): boolean => one.kind === kind && (one.identity ?? identity) === identity
  const unlucky = entries.filter(({ outcome }) => !GOOD.includes(outcome))
  const surprises = unlucky.filter((entry) => !declared.some((one) => names(one, entry) && (one.outcome ?? 'left') === entry.outcome))
  const missing = declared.filter((one) => one.identity !== undefined && !unlucky.some((entry) => names(one, entry)))
  return {
    groups: grouped(entries),
    faults: [
      ...surprises.map(({ kind, identity, outcome, note }) => `${kind} ${identity}: ${outcome}, and nobody declared that (${note ?? 'no reason given'})`),
      ...missing.map(({ kind, identity }) => `${kind} ${identity}: declared to stay behind, but the ledger does not say so`),
    ],
  }
}

function grouped(entries: readonly LedgerEntry[]): Group[] {
  const groups = new Map<string, Group>()
  for (const { kind, identity, outcome, note = '' } of entries) {
    const id = `${kind} ${outcome} ${note}`
    const known = groups.get(id)
    groups.set(id, known ? { ...known, count: known.count + 1, identity: undefined } : { kind, outcome, note, count: 1, identity })
  }
  return [...groups.values()]
}
