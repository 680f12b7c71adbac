/** The ledger of what a plan came to, from the journal alone; verify writes the final one. */
import { KINDS } from '../kinds'
import type { Applying } from './applying'
import { closeLedger, writeLedger, type LedgerCounts } from './ledger'

/** The ledger of what was carried out so far, and its sums. */
export function accountFor({ plan, run, journal, archive, context }: Applying): Promise<LedgerCounts> {
  const staged = new Set((context.kinds ?? KINDS).filter((kind) => kind.staged).map(({ name }) => name))
  return writeLedger(run, async (ledger) => {
    await ledger.remarks(archive.manifest)
    await ledger.kindsLeftOut(archive.manifest, plan.header.kinds, plan.header)
    for await (const change of plan.changes()) await ledger.change(change, journal.states, staged.has(change.kind))
    return closeLedger(ledger, plan.end.identical)
  })
}
