/** The demo's proof must see every way in which a migration can fail, and never show a value. */
import { accountOf } from '../../../../src/report/demo/account'
import { changes, prove } from '../../../../src/report/demo/proof'
import type { RawKey, Snapshot } from '../../../../src/report/demo/snapshot'

const key = (name: string, more: Partial<RawKey> = {}): RawKey => ({ id: `id of ${name}`, name, value: `value of ${name}`, secret: false, scope: 'st2kv.system', ...more })

function snapshotOf(more: Partial<Snapshot> = {}): Snapshot {
  return {
    keys: new Map([
      ['st2kv.system:a', key('a')],
      ['st2kv.system:s', key('s', { value: 'hush', secret: true })],
      ['st2kv.system:t', key('t', { expire_timestamp: '2030-01-01T00:00:00.000000Z' })],
      ['st2kv.user:bob:a', key('a', { user: 'bob', scope: 'st2kv.user', description: 'of bob' })],
    ]),
    files: new Map([['ops/run.sh', { sha256: '1', executable: true }]]),
    configs: new Map([['ops.yaml', { sha256: '2', executable: false }]]),
    configValues: new Map([['ops', '{"a":1}']]),
    content: new Map([
      ['rules ops.r', { text: '', enabled: true }],
      ['rules ops.made', { text: '{"name":"made"}', enabled: true, madeAs: 'rules' }],
    ]),
    off: new Set(['actions core.sendmail']),
    apiKeys: new Map([['ci 12', '{"enabled":true}']]),
    cryptoKey: 'old',
    ...more,
  }
}

const target = (more: Partial<Snapshot> = {}): Snapshot => snapshotOf({ cryptoKey: 'new', ...more })
const ALL = { kinds: ['keys', 'packs', 'configs', 'rules', 'api_keys'], activated: true }
const content = (edit: (content: Snapshot['content']) => void): Partial<Snapshot> => {
  const held = snapshotOf().content
  edit(held)
  return { content: held }
}
const withKeys = (edit: (keys: Map<string, RawKey>) => void): Partial<Snapshot> => {
  const { keys } = snapshotOf()
  edit(keys)
  return { keys }
}

it('finds nothing between equal instances and counts what it compared', () => {
  expect(prove(snapshotOf(), target(), [], ALL)).toEqual({ faults: [], equal: { keys: 4, secrets: 1, expiring: 1, files: 1, configs: 1, content: 2, apiKeys: 1 } })
})

it.each<[string, Partial<Snapshot>, string]>([
  ['a lost key', withKeys((keys) => keys.delete('st2kv.system:a')), 'key st2kv.system:a is missing'],
  ['a key of another user', withKeys((keys) => keys.delete('st2kv.user:bob:a')), 'key st2kv.user:bob:a is missing'],
  ['another value', withKeys((keys) => keys.set('st2kv.system:s', key('s', { value: 'HUSH', secret: true }))), 'key st2kv.system:s has another value'],
  ['a secret in the open', withKeys((keys) => keys.set('st2kv.system:s', key('s', { value: 'hush' }))), 'key st2kv.system:s is no longer a secret'],
  ['a lost description', withKeys((keys) => keys.set('st2kv.user:bob:a', key('a', { user: 'bob' }))), 'key st2kv.user:bob:a has another description'],
  ['a lost expiry', withKeys((keys) => keys.set('st2kv.system:t', key('t'))), 'key st2kv.system:t lost its expiry'],
  ['an expiry that was not there', withKeys((keys) => keys.set('st2kv.system:a', key('a', { expire_timestamp: '2030-01-01T00:00:00Z' }))), 'key st2kv.system:a would now expire'],
  ['a shifted expiry', withKeys((keys) => keys.set('st2kv.system:t', key('t', { expire_timestamp: '2030-01-01T00:00:09Z' }))), 'key st2kv.system:t expires 9.0 s earlier or later'],
  ['a key out of nowhere', withKeys((keys) => keys.set('st2kv.system:st2upgrade.lock', key('st2upgrade.lock'))), 'key st2kv.system:st2upgrade.lock was not on the old instance'],
  ['other bytes', { files: new Map([['ops/run.sh', { sha256: '9', executable: true }]]) }, 'file ops/run.sh has other bytes'],
  ['a lost executable bit', { files: new Map([['ops/run.sh', { sha256: '1', executable: false }]]) }, 'file ops/run.sh can no longer be executed'],
  ['a lost configuration', { configs: new Map() }, 'configuration file ops.yaml is missing'],
  ['a configuration read otherwise', { configValues: new Map([['ops', '{"a":8}']]) }, 'configuration ops differs'],
  ['a rule switched off', content((held) => held.set('rules ops.r', { text: '', enabled: false })), 'registered rules ops.r is switched off'],
  ['a rule of no file that was lost', content((held) => held.delete('rules ops.made')), 'registered rules ops.made is missing'],
  ['a rule of no file that was changed', content((held) => held.set('rules ops.made', { text: '{}', enabled: true, madeAs: 'rules' })), 'registered rules ops.made differs'],
  ['a built-in action switched on', { off: new Set() }, 'built-in actions core.sendmail is switched on'],
  ['a lost API key', { apiKeys: new Map() }, 'API key ci 12 is missing'],
  ['an API key left over', { apiKeys: new Map([...snapshotOf().apiKeys, ['bob 99', '{}']]) }, 'API key bob 99 was not on the old instance'],
])('sees %s', (_, more, fault) => {
  expect(prove(snapshotOf(), target(more), [], ALL).faults).toEqual([fault])
})

it('takes an expiry as equal within the rounding to seconds', () => {
  const moved = withKeys((keys) => keys.set('st2kv.system:t', key('t', { expire_timestamp: '2030-01-01T00:00:02.4Z' })))
  expect(prove(snapshotOf(), target(moved), [], ALL).faults).toEqual([])
})

it('lets only declared keys stay behind, and takes them as faults when they arrive', () => {
  const declared = [{ kind: 'keys', identity: 'st2kv.system:a', reason: 'expired' }]
  expect(prove(snapshotOf(), target(withKeys((keys) => keys.delete('st2kv.system:a'))), declared, ALL).faults).toEqual([])
  expect(prove(snapshotOf(), target(), declared, ALL).faults).toEqual(['key st2kv.system:a was not on the old instance'])
})

it('looks only for what was to be carried, and at switches only after the target was activated', () => {
  const bare = target({ content: new Map([['rules ops.r', { text: '', enabled: false }]]), off: new Set(), apiKeys: new Map() })
  expect(prove(snapshotOf(), bare, [], { kinds: ['keys', 'packs', 'configs'], activated: false }).faults).toEqual([])
})

it('never shows a value', () => {
  const wrong = target(withKeys((keys) => keys.set('st2kv.system:s', key('s', { value: 'spoken', secret: true }))))
  expect(JSON.stringify([prove(snapshotOf(), wrong, [], ALL), changes(snapshotOf(), wrong)])).not.toMatch(/hush|spoken/)
})

it('sees that an instance was written to, even with the same values', () => {
  expect(changes(snapshotOf(), snapshotOf())).toEqual([])
  expect(changes(snapshotOf(), snapshotOf(withKeys((keys) => keys.set('st2kv.system:a', key('a', { id: 'another id' })))))).toEqual(['key st2kv.system:a differs'])
  expect(changes(snapshotOf(), snapshotOf({ apiKeys: new Map() }))).toEqual(['API key ci 12 is missing'])
  expect(changes(snapshotOf({ files: new Map([['ops/run.sh', { sha256: '1', executable: false }]]) }), snapshotOf())).toEqual(['file ops/run.sh differs'])
})

describe('the account of a ledger', () => {
  const declared = [{ kind: 'keys', identity: 'old', reason: 'expired' }]
  const left = { kind: 'keys', identity: 'old', outcome: 'left', note: 'it expired' } as const

  it('groups by what became of the items and why', () => {
    const entries = [left, { kind: 'keys', identity: 'a', outcome: 'carried' }, { kind: 'keys', identity: 'b', outcome: 'carried' }] as const
    expect(accountOf(entries, declared)).toEqual({
      faults: [],
      groups: [
        { kind: 'keys', outcome: 'left', note: 'it expired', count: 1, identity: 'old' },
        { kind: 'keys', outcome: 'carried', note: '', count: 2 },
      ],
    })
  })

  it.each(['left', 'manual', 'failed'] as const)('takes an undeclared item that is %s as a fault', (outcome) => {
    expect(accountOf([left, { kind: 'packs', identity: 'ops', outcome, note: 'so' }], declared).faults).toEqual([`packs ops: ${outcome}, and nobody declared that (so)`])
  })

  it('takes a declared item as a fault when it failed, or when the ledger does not tell of it', () => {
    expect(accountOf([{ ...left, outcome: 'failed' }], declared).faults).toEqual(['keys old: failed, and nobody declared that (it expired)'])
    expect(accountOf([], declared).faults).toEqual(['keys old: declared to stay behind, but the ledger does not say so'])
  })
})
