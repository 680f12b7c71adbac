import { CATALOGUE, refusal, type Code } from '../../../src/commands/catalogue'
import { EXIT_MEANING } from '../../../src/core/exit-codes'

it('fills the texts with what happened to whom', () => {
  const told = refusal('E_NO_KEY', { name: 'st2upgrade.target_api_key', what: 'an API key of the target' })
  expect(told).toMatchObject({
    code: 'E_NO_KEY',
    exit: 2,
    message: 'the datastore has no key st2upgrade.target_api_key, which should hold an API key of the target',
    advice: 'Store one: st2 key set --encrypt st2upgrade.target_api_key <VALUE>',
  })
})

it.each(Object.keys(CATALOGUE) as Code[])('%s says what to do next and ends with a documented code', (code) => {
  const { exit, message, next } = CATALOGUE[code]
  expect(EXIT_MEANING[exit]).toBeDefined()
  expect(message.length).toBeGreaterThan(5)
  expect(next.length).toBeGreaterThan(5)
})
