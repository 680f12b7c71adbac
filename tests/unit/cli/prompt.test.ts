import { PassThrough } from 'stream'
import { askSecret, canAsk, confirm } from '../../../src/cli/prompt'

function terminal(isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode: jest.fn() })
  const error = new PassThrough()
  return { streams: { input, error }, input, shown: () => (error.read() as Buffer | null)?.toString() ?? '' }
}

it('reads a password without showing it, and gives the terminal back', async () => {
  const { streams, input, shown } = terminal()
  const answer = askSecret('Password of admin: ', streams)
  input.write('s3crex\u007ft\r')
  await expect(answer).resolves.toBe('s3cret')
  expect(shown()).toBe('Password of admin: \n')
  expect(input.setRawMode.mock.calls).toEqual([[true], [false]])
})

it('ends with 130 on Ctrl-C', async () => {
  const { streams, input } = terminal()
  const answer = askSecret('Password: ', streams)
  input.write('abc\u0003')
  await expect(answer).rejects.toMatchObject({ exit: 130 })
  expect(input.setRawMode).toHaveBeenLastCalledWith(false)
})

it('a question ends with 130 on Ctrl-C too, and is not taken for a no', async () => {
  const { streams, input } = terminal()
  Object.assign(streams.error, { isTTY: true })
  const answer = confirm('Carry out this plan? [y/N] ', streams)
  input.write('\u0003')
  await expect(answer).rejects.toMatchObject({ exit: 130 })
})

it('refuses when nobody can be asked, and says what to do instead', async () => {
  const { streams } = terminal(false)
  expect(canAsk(streams)).toBe(false)
  await expect(askSecret('Password: ', streams)).rejects.toMatchObject({ code: 'E_NO_TERMINAL', exit: 2 })
  await expect(confirm('Go on? ', streams)).rejects.toMatchObject({ code: 'E_NO_TERMINAL' })
})

it.each([
  ['y\n', true],
  ['Yes\n', true],
  ['\n', false],
  ['no\n', false],
])('the answer %j to a question is %s', async (typed, expected) => {
  const { streams, input } = terminal()
  const answer = confirm('Carry out this plan? [y/N] ', streams)
  input.write(typed)
  await expect(answer).resolves.toBe(expected)
})
