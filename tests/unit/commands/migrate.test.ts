import { COMMANDS } from '../../../src/commands'
import { refusal } from '../../../src/commands/catalogue'
import { runIn } from '../../support/cli'

it('--approve without a terminal is refused before anything is asked of an instance', async () => {
  const confirm = () => Promise.reject(refusal('E_NO_TERMINAL', { question: 'Carry out this plan?', instead: 'leave --approve away' }))
  const { exit, out } = await runIn({ machine: { confirm } }, COMMANDS, 'migrate', '--target-url', 'http://127.0.0.1:1', '--approve')
  expect(exit).toBe(2)
  expect(JSON.parse(out)).toMatchObject({ error: { code: 'E_NO_TERMINAL' } })
})
