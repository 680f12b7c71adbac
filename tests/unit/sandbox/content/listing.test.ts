import { listReply, type ListRules } from '../../../../src/sandbox/content/listing'
import type { SandboxRequest, StackStormVersion } from '../../../../src/sandbox/types'
import { closedSandbox } from '../../../support/open-sandbox'

interface Row {
  id: string
  name: string
  pack: string
  enabled: boolean
  action?: { ref: string; parameters: object }
}

const row = (n: number, name: string, pack: string, enabled = true): Row => ({ id: String(n).padStart(24, '0'), name, pack, enabled, action: { ref: 'a.b', parameters: { x: n } } })
const ROWS = [row(1, 'b', 'p'), row(2, 'a', 'p', false), row(3, 'a', 'o')]
const RULES: ListRules<Row> = {
  filters: { name: ({ name }) => name, pack: ({ pack }) => pack, enabled: ({ enabled }) => enabled },
  order: ['pack', 'name'],
  sortable: ['name', 'pack'],
  defaultLimit: 2,
  fields: ['id', 'name', 'pack', 'enabled', 'action'],
  always: ['id'],
}

function ask(query: string, rules = RULES, version: StackStormVersion = '3.9.0', isAdmin = true): { names: string[]; rows: Record<string, unknown>[]; headers: unknown } {
  const sandbox = closedSandbox(version)
  const caller = { user: 'alice', method: 'API key', location: 'header', isAdmin } as const
  const { json, headers } = listReply(ROWS, rules, { query: new URLSearchParams(query), caller } as SandboxRequest, sandbox, (doc) => ({ ...doc }))
  const rows = json as Record<string, unknown>[]
  return { rows, headers, names: rows.map(({ pack, name }) => `${String(pack)}.${String(name)}`) }
}

describe('which rows, in which order', () => {
  const cases: [string, string[], Record<string, string>][] = [
    ['', ['o.a', 'p.a'], { 'X-Total-Count': '3', 'X-Limit': '2' }],
    ['limit=-1', ['o.a', 'p.a', 'p.b'], { 'X-Total-Count': '3' }],
    ['limit=2&offset=2', ['p.b'], { 'X-Total-Count': '3', 'X-Limit': '2' }],
    ['limit=1&limit=2&offset=9', [], { 'X-Total-Count': '3', 'X-Limit': '2' }],
    ['name=a', ['o.a', 'p.a'], { 'X-Total-Count': '2', 'X-Limit': '2' }],
    ['name=a&name=b', ['p.b'], { 'X-Total-Count': '1', 'X-Limit': '2' }],
    ['name=', ['o.a', 'p.a'], { 'X-Total-Count': '3', 'X-Limit': '2' }],
    ['bogus=1&pack=o', ['o.a'], { 'X-Total-Count': '1', 'X-Limit': '2' }],
    ['enabled=false', ['p.a'], { 'X-Total-Count': '1', 'X-Limit': '2' }],
    ['id=000000000000000000000001,000000000000000000000003', ['o.a', 'p.b'], { 'X-Total-Count': '2', 'X-Limit': '2' }],
    ['sort=-name&limit=-1', ['p.b', 'p.a', 'o.a'], { 'X-Total-Count': '3' }],
    ['sort=name,-pack&limit=-1', ['p.a', 'o.a', 'p.b'], { 'X-Total-Count': '3' }],
    ['sort=nope&limit=-1', ['o.a', 'p.a', 'p.b'], { 'X-Total-Count': '3' }],
  ]
  test.each(cases)('%s', (query, names, headers) => {
    const answer = ask(query)
    expect(answer.names).toEqual(names)
    expect(answer.headers).toEqual(headers)
  })
})

test('an endpoint that knows neither sort nor offset drops them, however odd they are, and gives all without a limit', () => {
  const answer = ask('sort=-name&offset=x', { ...RULES, sortable: undefined, defaultLimit: undefined })
  expect(answer.names).toEqual(['o.a', 'p.a', 'p.b'])
  expect(answer.headers).toEqual({ 'X-Total-Count': '3' })
})

describe('refusals', () => {
  const cases: [string, string][] = [
    ['limit=0', 'Limit, "0" specified, must be a positive number or -1 for full result set.'],
    ['limit=-2', 'Limit, "-2" specified, must be a positive number.'],
    ['limit=', 'Parameter "limit" is not of type integer'],
    ['offset=x', 'Parameter "offset" is not of type integer'],
    ['offset=2147483648', 'Offset "2147483648" specified is more than 32-bit int'],
    ['enabled=maybe', 'Invalid bool representation "maybe" provided.'],
    ['id=zzz', "'zzz' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string"],
    ['include_attributes=name&exclude_attributes=pack', 'exclude_fields and include_fields arguments are mutually exclusive. You need to provide either one or another, but not both.'],
    ['include_attributes=nope', 'Invalid or unsupported include attribute specified: nope'],
    ['include_attributes=', 'Invalid or unsupported include attribute specified: Cannot resolve field ""'],
    ['exclude_attributes=nope', 'Invalid or unsupported exclude attribute specified: nope'],
  ]
  test.each(cases)('%s', (query, message) => expect(() => ask(query)).toThrow(message))

  test('only some may be left out', () => expect(() => ask('exclude_attributes=name', { ...RULES, excludable: ['pack'] })).toThrow('exclude attribute specified: name'))
  test('3.4.1 tells the whole sentence', () => expect(() => ask('include_attributes=nope', RULES, '3.4.1')).toThrow('include attribute specified: Cannot resolve field "nope"'))
  test('who is no admin may not ask for all', () => expect(() => ask('limit=-1', RULES, '3.9.0', false)).toThrow('Administrator access required'))
})

test('attributes: what was asked for and what comes anyway; parts of one; all but some', () => {
  expect(ask('include_attributes=name&limit=1').rows).toEqual([{ id: ROWS[2]?.id, name: 'a' }])
  expect(ask('include_attributes=action.ref&limit=1').rows).toEqual([{ id: ROWS[2]?.id, action: { ref: 'a.b' } }])
  expect(ask('exclude_attributes=action,name&limit=1').rows).toEqual([{ id: ROWS[2]?.id, pack: 'o', enabled: true }])
})
