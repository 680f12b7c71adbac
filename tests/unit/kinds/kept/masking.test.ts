/** What StackStorm hides of an execution is hidden of a kept one too. */
import { maskRecord } from '../../../../src/kinds/kept/masking'

const secret = { type: 'string', secret: true }

test('parameters that the action or its runner declares secret, also nested ones, and those of the liveaction', () => {
  const parameters = { pw: 'hush', plain: 'seen', env: { token: 'hush', name: 'seen' }, list: [{ key: 'hush' }], password: 'hush' }
  const nested = { type: 'object', properties: { token: secret } }
  const action = { parameters: { pw: secret, env: nested, list: { type: 'array', items: { type: 'object', properties: { key: secret } } } } }
  const record = { id: 'x', action, runner: { runner_parameters: { password: secret } }, parameters, liveaction: { id: 'y', parameters } }
  const hidden = { pw: '********', plain: 'seen', env: { token: '********', name: 'seen' }, list: [{ key: '********' }], password: '********' }
  expect(maskRecord(record)).toEqual({ ...record, parameters: hidden, liveaction: { id: 'y', parameters: hidden } })
})

test('outputs by the output schema, in both of its forms', () => {
  const run = (output_schema: object) => maskRecord({ id: 'x', action: { output_schema }, runner: { output_key: 'result' }, result: { exit_code: 0, result: { a: 'hush', b: 'seen' } } }).result
  const expected = { exit_code: 0, result: { a: '********', b: 'seen' } }
  expect(run({ a: secret, b: { type: 'string' } })).toEqual(expected)
  expect(run({ type: 'object', properties: { a: secret } })).toEqual(expected)
  expect(run({})).toEqual({ exit_code: 0, result: { a: 'hush', b: 'seen' } })
})

test('answers of inquiries, and what asks in a pending one', () => {
  expect(maskRecord({ id: 'x', result: { schema: { type: 'object', properties: { code: secret } }, response: { code: 'hush', ok: true } } }).result).toMatchObject({ response: { code: '********', ok: true } })
  expect(maskRecord({ id: 'x', execution: { action: { parameters: { p: secret } }, parameters: { p: 'hush' } } })).toMatchObject({ execution: { parameters: { p: '********' } } })
})

test.each([{ id: 'x' }, { id: 'x', result: 'text', parameters: null, liveaction: null }, { id: 'x', action: 'odd', runner: [], parameters: { a: 1 }, result: { result: 1 } }])('an odd record stays as it is: %j', (record) => {
  expect(maskRecord(record)).toEqual(record)
})
