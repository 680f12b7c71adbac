import { errorOfAnswer, type Asked, type FailedAnswer } from '../../../src/st2/faults'
import { redactValues } from '../../../src/st2/redact'
import type { St2Error } from '../../../src/st2/errors'

const HASH = '1a8f6bb401ca75ccbf798c12157bb8b3'.repeat(4)
const PUT: Asked = { method: 'PUT', path: '/v1/keys/pw', url: 'https://old.example.org/api' }
function told(status: number, fault: string | undefined, asked: Partial<Asked> = {}, answer: Partial<FailedAnswer> = {}): St2Error {
  const text = fault === undefined ? '' : JSON.stringify({ faultstring: fault })
  return errorOfAnswer({ status, contentType: 'application/json', text, ...answer }, { ...PUT, ...asked })
}

describe('errorOfAnswer', () => {
  test.each([
    ['Unauthorized - One of Token or API key required.', 'missing', /no credentials/],
    ['Unauthorized', 'unknown_token', /token is not known/],
    ['Unauthorized - Token has expired.', 'expired_token', /expired/],
    [`Unauthorized - ApiKey with key_hash=${HASH} not found.`, 'unknown_api_key', /API key is not known/],
    ['Unauthorized - API key is disabled.', 'disabled_api_key', /disabled/],
    ['Invalid or missing credentials', 'login_refused', /password is wrong/],
  ])('401 %.50s', (fault, reason, text) => {
    const error = told(401, fault)
    expect(error).toMatchObject({ code: 'unauthorized', status: 401, reason, item: 'PUT /v1/keys/pw' })
    expect(error.message).toMatch(text)
    expect(error.message + error.advice).not.toContain(HASH)
  })

  test("401 of something else than StackStorm says so", () => {
    expect(told(401, undefined, {}, { contentType: 'text/html', text: '<h1>Login</h1>' })).toMatchObject({ code: 'unauthorized', reason: undefined, message: expect.stringMatching(/not in StackStorm's words/) })
  })

  test('403 names the permission', () => {
    const error = told(403, 'User "alice" doesn\'t have required permission "key_value_pair_view" on resource "key_value_pair:st2kv.system:x"')
    expect(error).toMatchObject({ code: 'forbidden', advice: expect.stringContaining('key_value_pair_view') })
    expect(told(403, 'Administrator access required')).toMatchObject({ code: 'forbidden', advice: expect.stringContaining('admin') })
  })

  test('413 names client_max_body_size and the direct port, and shows none of its HTML', () => {
    const error = told(413, undefined, { bodyBytes: 2e6 }, { contentType: 'text/html', text: '<html>413 Request Entity Too Large nginx/1.22</html>' })
    expect(error).toMatchObject({ code: 'too_large', status: 413, advice: expect.stringMatching(/client_max_body_size.*:9101/) })
    expect(error.message).not.toContain('html')
  })

  test('a bare 500 for a huge key means it does not fit the database', () => {
    expect(told(500, 'Internal Server Error', { bodyBytes: 17_000_000 })).toMatchObject({ code: 'too_large', message: expect.stringMatching(/larger than a key can hold/) })
    expect(told(500, 'Internal Server Error', { bodyBytes: 100 })).toMatchObject({ code: 'server' })
  })

  test.each([[429, 'rate_limited'], [502, 'unavailable'], [503, 'unavailable'], [504, 'unavailable']])('%i can be tried again after a while', (status, code) => {
    expect(told(status, undefined, {}, { contentType: 'text/html', text: '<html>', retryAfter: '3' })).toMatchObject({ code, status, retryAfterMs: 3000 })
  })

  test("nginx's own text says which service is down", () => {
    expect(told(503, 'Nginx is unable to reach st2api. Make sure service is running.')).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/st2api or st2auth is not running/), advice: expect.stringContaining('st2ctl') })
  })

  test('3.4.1 answers some requests with a traceback: nothing of it is shown', () => {
    const text = 'Traceback (most recent call last):\n  File "/opt/stackstorm/st2/lib/python3.6/x.py"'
    for (const answer of [{ contentType: 'text/plain', text }, { contentType: 'application/json', text: JSON.stringify({ faultstring: text }) }]) {
      const error = told(500, undefined, {}, answer)
      expect(error).toMatchObject({ code: 'server' })
      expect(error.message).not.toMatch(/Traceback|python/)
    }
  })

  test("a proxy's page is not StackStorm", () => {
    expect(told(404, undefined, {}, { contentType: 'text/html', text: '<html>not here</html>' })).toMatchObject({ code: 'not_stackstorm', message: expect.stringMatching(/HTML page/) })
    expect(told(301, undefined, {}, { contentType: 'text/html', text: '<html>moved</html>' })).toMatchObject({ code: 'not_stackstorm' })
  })

  test('400 says what StackStorm said, one line of it, without the values that were sent', () => {
    const body = { name: 'pw', value: 'hunter2!', nested: { pin: 123456, list: ['s3cret\nline'] } }
    const error = told(400, "Failed validating: 'hunter2!' is not of type 'integer', 123456, 's3cret\\nline'\nOn instance: {'value': 'hunter2!'}", { body })
    expect(error).toMatchObject({ code: 'bad_request', status: 400 })
    expect(error.message).toContain("'<value>' is not of type 'integer'")
    expect(error.message).not.toMatch(/hunter2|123456|s3cret|instance/)
  })

  test('404, 409 and 414', () => {
    expect(told(404, 'The key "x" does not exist in the StackStorm datastore.')).toMatchObject({ code: 'not_found', status: 404, message: expect.stringContaining('does not exist') })
    expect(told(409, `Tried to save duplicate unique keys (E11000 ... ${HASH})`)).toMatchObject({ code: 'conflict', message: expect.not.stringContaining(HASH) })
    expect(told(414, undefined, {}, { contentType: 'text/html' })).toMatchObject({ code: 'unsendable' })
  })
})

test('redaction takes the longest value first and leaves names alone', () => {
  expect(redactValues('abcdef abc name', { name: 'name', a: 'abc', b: 'abcdef' })).toBe('<value> <value> name')
  expect(redactValues('a 1 x', { a: 'a', n: 1, x: null, y: true })).toBe('a 1 x')
})
