import { again } from '../../../src/cli/again'

it('is what was typed, quoted where a shell needs it', () => {
  expect(again(['apply', '--run=r1', "--out=/tmp/it's here", '--git-template=git@git.example.org:x/{pack}.git'], {})).toBe(
    `st2upgrade apply --run=r1 '--out=/tmp/it'\\''s here' --git-template=git@git.example.org:x/{pack}.git`,
  )
})

it('names the run that was begun, since the same words would begin another', () => {
  expect(again(['migrate'], {}, 'r7')).toBe('st2upgrade migrate --run=r7')
  expect(again(['migrate', '--run', 'r7'], {}, 'r7')).toBe('st2upgrade migrate --run r7')
  expect(again(['--command=export'], { ST2_ACTION_EXECUTION_ID: 'abc' }, 'r7')).toBe('st2 execution re-run abc run=r7')
})

it('is the same execution inside an action', () => {
  expect(again(['--command=apply'], { ST2_ACTION_EXECUTION_ID: 'abc' })).toBe('st2 execution re-run abc')
})
