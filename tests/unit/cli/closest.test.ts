import { closest } from '../../../src/cli/closest'

it.each([
  ['exprt', 'export'],
  ['verfy', 'verify'],
  ['target-ur', 'target-url'],
])('%s was probably meant to be %s', (typed, meant) => {
  expect(closest(typed, ['export', 'verify', 'plan', 'target-url'])).toBe(meant)
})

it('guesses nothing when nothing is near', () => {
  expect(closest('zebra', ['export', 'verify', 'plan'])).toBeUndefined()
  expect(closest('x', [])).toBeUndefined()
})
