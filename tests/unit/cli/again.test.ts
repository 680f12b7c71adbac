import { again } from '../../../src/cli/again'

it('is what was typed, quoted where a shell needs it', () => {
  expect(again(['apply', '--run=r1', "--out=/tmp/it's here", '--git-template=git@git.example.org:x/{pack}.git'], {})).toBe(
    `st2upgrade apply --run=r1 '--out=/tmp/it'\\''s here' --git-template=git@git.example.org:x/{pack}.git`,
  )
})

it('is the same execution inside an action', () => {
  expect(again(['--command=apply'], { ST2_ACTION_EXECUTION_ID: 'abc' })).toBe('st2 execution re-run abc')
})
