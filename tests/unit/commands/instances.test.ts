/** What people are asked for while instances are opened. */
import { decodeArgs } from '../../../src/commands/args'
import { check } from '../../../src/commands/check'
import { openSides } from '../../../src/commands/instances'
import type { Machine } from '../../../src/commands/command'
import { EXIT, Refusal } from '../../../src/core/exit-codes'
import { testSystem } from '../../support/system'

const BOTH = { source: 'needed', target: 'needed' } as const
const PLACE = { stateDir: '/nowhere', run: 'r1' }
const args = decodeArgs(check, { source_url: 'http://127.0.0.1:1', target_url: 'http://127.0.0.1:2', source_user: 'ann', target_user: 'ben' }, {})

function machine(askSecret: Machine['askSecret']): Machine {
  return { system: testSystem({ env: {} }), tool: 'test', interactive: true, askSecret, confirm: () => Promise.resolve(true), print: () => undefined }
}

it('asks for one password after the other, each for its own instance', async () => {
  const asked: string[] = []
  let open = 0
  const ask = async (question: string): Promise<string> => {
    asked.push(question)
    expect(++open).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    open--
    return 'typed'
  }
  await expect(openSides(args, machine(ask), BOTH, PLACE)).rejects.toMatchObject({ exit: EXIT.failed })
  expect(asked).toEqual(['Password of ann on http://127.0.0.1:1: ', 'Password of ben on http://127.0.0.1:2: '])
})

it('asks no further after Ctrl-C', async () => {
  const ask = jest.fn(() => Promise.reject(new Refusal('interrupted', '', EXIT.interrupted)))
  await expect(openSides(args, machine(ask), BOTH, PLACE)).rejects.toMatchObject({ exit: EXIT.interrupted })
  expect(ask).toHaveBeenCalledTimes(1)
})
