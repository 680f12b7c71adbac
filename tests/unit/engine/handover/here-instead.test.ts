/** What was said on the target, as it holds for whoever asked from elsewhere. */
import { hereInstead } from '../../../../src/engine/handover/here-instead'

const runs = { there: '20260102-030405-1a2b3c-there', here: '20260102-030405-1a2b3c' }
const line = (text: string): string => hereInstead(text, runs)

it.each([
  ['next: st2 run st2upgrade.apply run=20260102-030405-1a2b3c-there other_users=true on_conflict=fail,keys=skip', 'next: st2upgrade apply --run 20260102-030405-1a2b3c --on-conflict fail,keys=skip'],
  ["next: st2 run st2upgrade.activate run=20260102-030405-1a2b3c-there packs='a b' dry_run=true", "next: st2upgrade activate --run 20260102-030405-1a2b3c --packs 'a b' --dry-run"],
  ['plan again: st2 run st2upgrade.plan run=20260102-030405-1a2b3c-there; then apply', 'plan again: st2upgrade plan --run 20260102-030405-1a2b3c; then apply'],
  ['undo of run 20260102-030405-1a2b3c-there on http://new', 'undo of run 20260102-030405-1a2b3c on http://new'],
  ['ledger: /var/lib/st2upgrade/runs/20260102-030405-1a2b3c-there/ledger.jsonl', 'ledger, on the target: /var/lib/st2upgrade/runs/20260102-030405-1a2b3c-there/ledger.jsonl'],
  ['undo journal: /x/runs/20260102-030405-1a2b3c-there/undo.jsonl', 'undo journal, on the target: /x/runs/20260102-030405-1a2b3c-there/undo.jsonl'],
  ['3 writes on http://new', '3 writes on http://new'],
])('%s', (there, here) => {
  expect(line(there)).toBe(here)
})
