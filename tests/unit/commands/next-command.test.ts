import { asTypedThere } from '../../../src/commands/next-command'

it.each([
  ['next: st2upgrade plan --run r1', 'next: st2 run st2upgrade.plan run=r1'],
  ['plan again: st2upgrade plan --run r1 --on-conflict skip; then apply', 'plan again: st2 run st2upgrade.plan run=r1 on_conflict=skip; then apply'],
  ['nothing of st2upgrade.* keys is carried', 'nothing of st2upgrade.* keys is carried'],
])('%s', (shell, action) => {
  expect(asTypedThere(shell, true)).toBe(action)
  expect(asTypedThere(shell, false)).toBe(shell)
})
