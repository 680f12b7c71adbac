/** What an API key is as an item, and how a write looks before it leaps. */
import * as fc from 'fast-check'
import { apiKeys, type ApiKeyItem } from '../../../../src/kinds/api-keys'
import { toItem, type ApiKeyRow } from '../../../../src/kinds/api-keys/item'
import { compareApiKeys } from '../../../../src/kinds/api-keys/weigh'
import { St2Error } from '../../../../src/st2/errors'

const hash = () => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 128, maxLength: 128 })
const row = () => fc.record({ id: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 24, maxLength: 24 }), uid: hash().map((one) => `api_key:${one}`), user: fc.string({ minLength: 1 }), key_hash: hash(), metadata: fc.dictionary(fc.string(), fc.jsonValue()), enabled: fc.boolean(), created_at: fc.constant('2026-01-01T00:00:00.000000Z') })

interface Call {
  method: string
  path: string
  body?: unknown
}
function target(version: string, rows: ApiKeyRow[], post?: () => unknown) {
  const calls: Call[] = []
  const api = {
    async *list() {
      yield* rows
    },
    find: async (path: string) => rows.find(({ id }) => path.endsWith(id)),
    post: async (path: string, body: unknown) => calls.push({ method: 'POST', path, body }) && post?.(),
    put: async (path: string, body: unknown) => calls.push({ method: 'PUT', path, body }),
    delete: async (path: string) => calls.push({ method: 'DELETE', path }),
  }
  return { calls, writing: { target: { api, version, side: 'target' } } as never }
}
const ITEM = toItem({ id: 'a'.repeat(24), user: 'alice', key_hash: 'h'.repeat(128), metadata: {}, enabled: true })
const write = (item: ApiKeyItem, before: ApiKeyItem | undefined, writing: never) => apiKeys.write({ kind: 'api_keys', identity: item.identity, action: 'create' }, item, before, writing)

test('neither identity nor fingerprint nor difference shows a hash, and none of them depends on ids or times', () => {
  fc.assert(
    fc.property(row(), row(), (a, b) => {
      const [ours, theirs] = [toItem(a), toItem({ ...b, key_hash: a.key_hash }, toItem(a).identity)]
      const moved = toItem({ ...a, id: b.id, uid: b.uid, created_at: 'later' })
      expect([moved.identity, apiKeys.fingerprint(moved)]).toEqual([ours.identity, apiKeys.fingerprint(ours)])
      expect(ours.identity.startsWith(`${a.user}:`)).toBe(true)
      const told = [ours.identity, apiKeys.fingerprint(ours)].join()
      expect(told.includes(a.key_hash.slice(0, 24))).toBe(false)
      const differences = compareApiKeys(ours, theirs)
      expect(differences.length === 0).toBe(apiKeys.fingerprint(ours) === apiKeys.fingerprint(theirs))
      expect(JSON.stringify(differences)).not.toContain(a.key_hash)
    }),
  )
})

test('what a newer StackStorm adds to a key stays in the archive, and is not sent', async () => {
  const item = toItem({ ...ITEM, future: { a: 1 } } as never, 'i')
  expect(apiKeys.schema.parse(item)).toMatchObject({ future: { a: 1 } })
  const { calls, writing } = target('3.9.0', [])
  await write(item, undefined, writing)
  expect(calls).toEqual([{ method: 'POST', path: '/v1/apikeys', body: { id: ITEM.id, key_hash: ITEM.key_hash, user: 'alice', metadata: {}, enabled: true } }])
})

test('an id that is taken is never sent, a hash never changed', async () => {
  const taken = target('3.9.0', [{ id: ITEM.id, user: 'bob', key_hash: '********' }])
  expect(await write(ITEM, undefined, taken.writing)).toMatchObject({ outcome: 'transformed', note: expect.stringContaining(ITEM.id) })
  expect(taken.calls[0]!.body).toEqual({ key_hash: ITEM.key_hash, user: 'alice', metadata: {}, enabled: true })
  const there = target('3.9.0', [])
  await write({ ...ITEM, enabled: false }, { ...ITEM, id: 'b'.repeat(24) }, there.writing)
  expect(there.calls).toEqual([{ method: 'PUT', path: `/v1/apikeys/${'b'.repeat(24)}`, body: { user: 'alice', metadata: {}, enabled: false } }])
})

test.each([
  [1, 'carried'],
  [9, 'failed'],
])('a key refused %i times because its user is being made by another key at the same time', async (refusals, outcome) => {
  // As StackStorm 3.9.0 answers the second of two first keys of an unknown user.
  const { calls, writing } = target('3.9.0', [], () => {
    if (calls.length <= refusals) throw new St2Error('Tried to save duplicate unique keys (E11000 duplicate key error collection: st2.user_d_b index: name_1 dup key: { name: "alice" }', '', { code: 'conflict', status: 409 })
  })
  expect(await write(ITEM, undefined, writing)).toMatchObject({ outcome })
  expect(calls.length).toBe(Math.min(refusals + 1, 3))
})

test.each([
  ['as ours', { user: 'alice' }, 'carried'],
  ['as ours under another id', { user: 'alice', id: 'c'.repeat(24) }, 'transformed'],
  ['of somebody else', { user: 'bob' }, 'failed'],
])('a key that appeared meanwhile %s', async (_what, change, outcome) => {
  const { writing } = target('3.9.0', [], () => {
    throw new St2Error('409', '', { code: 'conflict', status: 409 })
  })
  const rows = [{ ...ITEM, uid: 'x', ...change }]
  ;(writing as { target: { api: { list: unknown } } }).target.api.list = async function* () {
    yield* rows
  }
  expect(await write(ITEM, undefined, writing)).toMatchObject({ outcome })
})

test.each([
  ['3.4.1', { a: [{ 'b.c': 1 }] }, 'manual'],
  ['3.4.1', { a: 'b.c' }, undefined],
  ['3.9.0', { 'b.c': 1 }, undefined],
])('StackStorm %s and metadata %j', async (version, metadata, action) => {
  const { writing } = target(version, [])
  expect((await apiKeys.weigh!({ ...ITEM, metadata }, undefined, [], writing))?.action).toBe(action)
})
