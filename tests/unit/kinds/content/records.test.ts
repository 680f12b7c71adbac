/** Writing one record against a small API: never an id, repeatable after a lost answer, refusals for a person. */
import type { Archive } from '../../../../src/archive/types'
import type { Change } from '../../../../src/core/model'
import { bodyOf, toItem, type ContentItem, type Row } from '../../../../src/kinds/content/item'
import { putRecord, removeRecord, restoreRecord } from '../../../../src/kinds/content/records'
import type { Writing, Written } from '../../../../src/kinds/kind'
import { POLICIES } from '../../../../src/kinds/policies'
import { St2Error, type St2ErrorCode } from '../../../../src/st2/errors'
import type { StackStorm } from '../../../../src/st2/port'

const ROW: Row = { id: '1', uid: 'u', ref: 'demo.limit', pack: 'demo', name: 'limit', enabled: true, metadata_file: '', policy_type: 'action.retry', resource_ref: 'demo.run', parameters: {} }
const failing = (code: St2ErrorCode) => new St2Error(`said ${code}`, 'advice', { code })

interface Call {
  method: string
  path: string
  body?: Record<string, unknown>
}

function target(rows: Row[], refuse: Partial<Record<string, Error>> = {}): { calls: Call[]; writing: Writing } {
  const calls: Call[] = []
  const call = (method: string) => async (path: string, body?: unknown) => {
    calls.push({ method, path, ...(body !== undefined && { body: body as Record<string, unknown> }) })
    if (refuse[method]) throw refuse[method]
  }
  const api = {
    list: async function* () {
      yield* rows
    },
    put: call('PUT'),
    post: call('POST'),
    delete: call('DELETE'),
  } as unknown as StackStorm
  const archive = { manifest: { kinds: {} }, items: async function* () { yield* [] } } as unknown as Archive
  return { calls, writing: { target: { api }, archive } as unknown as Writing }
}
const change = { kind: 'policies', identity: 'demo.limit', action: 'create', note: 'why' } as Change
const write = (item: ContentItem, writing: Writing): Promise<Written> => putRecord(POLICIES, change, item, bodyOf(item), writing)
const made = toItem(ROW, true)
const shipped = toItem({ ...ROW, metadata_file: 'policies/limit.yaml' }, false)

test('what is not there is made, without an id; what is there is changed by its id', async () => {
  const absent = target([])
  expect(await write(made, absent.writing)).toEqual({ outcome: 'carried', note: 'why' })
  expect(absent.calls).toEqual([{ method: 'POST', path: '/v1/policies', body: { pack: 'demo', name: 'limit', enabled: true, policy_type: 'action.retry', resource_ref: 'demo.run', parameters: {} } }])
  const there = target([{ ...ROW, id: 'theirs', parameters: { x: 1 } }])
  expect((await write(made, there.writing)).outcome).toBe('carried')
  expect(there.calls).toEqual([expect.objectContaining({ method: 'PUT', path: '/v1/policies/theirs' })])
})

test('what its pack has brought is not touched; what it has not is made with the name of its file', async () => {
  const brought = target([{ ...ROW, metadata_file: 'policies/limit.yaml' }])
  expect(await write(shipped, brought.writing)).toEqual({ outcome: 'carried', note: 'why' })
  expect(brought.calls).toEqual([])
  const missing = target([])
  expect(await write({ ...shipped, shares_name_with: ['other'] }, missing.writing)).toEqual({ outcome: 'transformed', note: expect.stringContaining('pack other brings one called limit too; a reload undoes it') })
  expect(missing.calls[0]!.body!.metadata_file).toBe('policies/limit.yaml')
})

test('an edit of what a pack ships leaves it switched as it is', async () => {
  const brought = target([{ ...ROW, metadata_file: 'policies/limit.yaml', enabled: false }])
  await write({ ...shipped, edited: ['parameters'] }, brought.writing)
  expect(brought.calls).toEqual([expect.objectContaining({ method: 'PUT', body: expect.objectContaining({ enabled: false }) })])
})

test('another policy of the same type for the same resource is for a person, by name; so is what StackStorm refuses', async () => {
  const clash = target([{ ...ROW, ref: 'other.one', pack: 'other', name: 'one' }], { POST: failing('conflict') })
  expect(await write(made, clash.writing)).toMatchObject({ outcome: 'manual', note: expect.stringContaining('the new instance has other.one') })
  expect(await write(made, target([], { POST: failing('bad_request') }).writing)).toMatchObject({ outcome: 'manual', note: 'said bad_request' })
  await expect(write(made, target([], { POST: failing('unreachable') }).writing)).rejects.toMatchObject({ code: 'unreachable' })
})

test('undo deletes what was made, leaves what goes with its pack, and says what StackStorm refuses', async () => {
  const there = target([ROW])
  expect(await removeRecord(POLICIES, made, there.writing)).toEqual({ outcome: 'carried' })
  expect(there.calls).toEqual([{ method: 'DELETE', path: '/v1/policies/1' }])
  expect(await removeRecord(POLICIES, made, target([]).writing)).toEqual({ outcome: 'carried' })
  expect(await removeRecord(POLICIES, made, target([ROW], { DELETE: failing('bad_request') }).writing)).toMatchObject({ outcome: 'left', note: 'said bad_request' })
  const packed = target([{ ...ROW, metadata_file: 'policies/limit.yaml' }])
  expect(await removeRecord(POLICIES, shipped, { ...packed.writing, goes: async (kind, pack) => kind === 'packs' && pack === 'demo' })).toEqual({ outcome: 'carried' })
  expect(packed.calls).toEqual([])
})

test('undo puts back what stood there, and writes nothing when it is back already', async () => {
  const changed = target([{ ...ROW, parameters: { x: 1 } }])
  expect(await restoreRecord(POLICIES, made, changed.writing)).toEqual({ outcome: 'carried' })
  expect(changed.calls).toEqual([expect.objectContaining({ method: 'PUT', path: '/v1/policies/1', body: expect.objectContaining({ parameters: {} }) })])
  const gone = target([])
  await restoreRecord(POLICIES, made, gone.writing)
  expect(gone.calls.map(({ method }) => method)).toEqual(['POST'])
  const back = target([ROW])
  await restoreRecord(POLICIES, made, back.writing)
  expect(back.calls).toEqual([])
})
