import { parseOutput, shellOutcome } from '../../../../src/sandbox/executions/runners/shell-result'

const ended = (stdout: string | Buffer, code = 0, more = {}) => ({ code, stdout: Buffer.from(stdout as string), stderr: Buffer.from('e\n'), ...more })

describe('status and result of a shell action', () => {
  test.each([
    [0, 'succeeded'],
    [1, 'failed'],
    [75, 'failed'],
    [143, 'failed'],
    [-15, 'abandoned'],
  ])('exit %i is %s', (code, status) => {
    expect(shellOutcome(ended('out\n', code), 'text')).toEqual({
      status,
      result: { failed: code !== 0, succeeded: code === 0, return_code: code, stdout: 'out', stderr: 'e' },
    })
  })

  test('the time limit', () => {
    expect(shellOutcome(ended('', -15, { timedOutAfter: 3 }), 'text')).toMatchObject({
      status: 'timeout',
      result: { return_code: -9, error: 'Action failed to complete in 3 seconds', failed: true },
    })
  })

  test('bytes that are no UTF-8 fail the run and lose the output', () => {
    expect(shellOutcome(ended(Buffer.from([0x61, 0xff])), 'text')).toEqual({ status: 'failed', result: { error: "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte", traceback: '' } })
  })

  test('only one line end is cut', () => expect(shellOutcome(ended('a\n\n'), 'text').result).toMatchObject({ stdout: 'a\n' }))

  test('an integer over 8 bytes leaves the text, on 3.4.1 it fails the run', () => {
    const big = '{"a":99999999999999999999}'
    expect(shellOutcome(ended(big), 'text').result).toMatchObject({ stdout: big })
    expect(shellOutcome(ended(big), 'fail')).toMatchObject({ status: 'failed', result: { error: 'MongoDB can only handle up to 8-byte ints' } })
  })
})

describe('stdout becomes a value when it is JSON as a whole', () => {
  test.each([
    ['{"a":1,"a":2}', { a: 2 }],
    ['[1,"x"]', [1, 'x']],
    ['5', 5],
    ['true', true],
    ['"x"', 'x'],
    [' {"a.b":{"$c":1}} ', { 'a.b': { $c: 1 } }],
    ['{"text":"99999999999999999999"}', { text: '99999999999999999999' }],
  ])('%s', (text, value) => expect(parseOutput(text).value).toEqual(value))

  test.each(['log {"a":1}', '{"a":1}\n{"a":2}', 'NaN', '', '9007199254740993'])('%p stays text', (text) => expect(parseOutput(text).value).toBe(text))
})
