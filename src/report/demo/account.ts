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
  const id = ({ kind, identity }: { kind: string; identity: string }): string => `${kind} ${identity}`
  const expected = new Set(declared.map(id))
  const unlucky = entries.filter(({ outcome }) => !GOOD.includes(outcome))
  const told = new Set(unlucky.map(id))
  return {
    groups: grouped(entries),
    faults: [
      ...unlucky.filter((entry) => !expected.has(id(entry)) || entry.outcome !== 'left').map((entry) => `${id(entry)}: ${entry.outcome}, and nobody declared that (${entry.note ?? 'no reason given'})`),
      ...[...expected].filter((one) => !told.has(one)).map((one) => `${one}: declared to stay behind, but the ledger does not say so`),
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
