import * as fc from 'fast-check'
import * as fs from 'fs'
import * as path from 'path'
import { sha256 } from '../../../src/core/canonical'
import type { Item } from '../../../src/core/model'
import { ItemRewriter, rewriteNote, tellRewritten } from '../../../src/engine/rewrite'
import { tempDir } from '../../support/archives'

const REWRITES = [{ from: 'old.example', to: 'new.example' }]
let dir: string
beforeAll(() => (dir = tempDir()))
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

const nothing = { member: () => undefined }
const rewrite = (kind: string, item: Item) => new ItemRewriter(REWRITES, nothing).rewrite(kind, item)

it('a key: its value and description, not its name; a secret stays', () => {
  const key = { identity: 'st2kv.system:old.example', name: 'old.example', scope: 'system', value: 'https://old.example/', secret: false, description: 'of old.example' }
  const { item, rewritten } = rewrite('keys', key)
  expect(item).toEqual({ ...key, value: 'https://new.example/', description: 'of new.example' })
  expect(rewritten).toEqual([
    { path: 'value', from: 'old.example', to: 'new.example' },
    { path: 'description', from: 'old.example', to: 'new.example' },
  ])
  const secret = { ...key, secret: true, value: 'AFold.example', description: '' }
  expect(rewrite('keys', secret)).toEqual({ item: secret, rewritten: [] })
})

it('a rule: parameters, criteria and description at any depth, never references and names', () => {
  const rule = { identity: 'old.example.x', pack: 'old.example', name: 'old.example', trigger: { type: 'old.example', parameters: { hosts: ['old.example', 'my-old.example'] } }, criteria: { 'trigger.old.example': { type: 'eq', pattern: 'old.example:80' } }, action: { ref: 'old.example', parameters: { a: { b: [1, null, 'ssh old.example'] } } }, enabled: true }
  const { item, rewritten } = rewrite('rules', rule)
  expect(item).toEqual({ ...rule, trigger: { type: 'old.example', parameters: { hosts: ['new.example', 'my-old.example'] } }, criteria: { 'trigger.old.example': { type: 'eq', pattern: 'new.example:80' } }, action: { ref: 'old.example', parameters: { a: { b: [1, null, 'ssh new.example'] } } } })
  expect(rewritten.map(({ path: where }) => where)).toEqual(['trigger.parameters.hosts.0', 'criteria.trigger.old.example.pattern', 'action.parameters.a.b.2'])
})

it.each(['packs', 'api_keys', 'states', 'rbac', 'overrides', 'host_files', 'trigger_types'])('%s are not touched', (kind) => {
  const item = { identity: 'x', user: 'old.example', value: 'old.example', metadata: { a: 'old.example' } }
  expect(rewrite(kind, item)).toEqual({ item, rewritten: [] })
})

const config = (text: string | Buffer, values: unknown) => {
  const file = path.join(dir, `${sha256(text).slice(0, 8)}.yaml`)
  fs.writeFileSync(file, text)
  const rewriter = new ItemRewriter(REWRITES, { member: (name) => (name === 'files/configs/x.yaml' ? file : undefined) })
  const item: Item = { identity: 'x', pack: 'x', values, file: { sha256: sha256(text), mode: 0o640, member: 'files/configs/x.yaml' } }
  return { rewriter, item, file, ...(({ item: changed, ...rest }) => ({ changed, ...rest }))(rewriter.rewrite('configs', item)) }
}

it('a configuration: the bytes of its file, comments kept; hash and values fit them; the unpacked file stays', () => {
  const text = '# at old.example, since 2019\nhost: "old.example"   # the old one\nurls:\n  old.example: https://old.example:8443/x\n'
  const { changed, rewriter, rewritten, file } = config(text, { host: 'old.example', urls: { 'old.example': 'https://old.example:8443/x' } })
  const wanted = text.replace(/old\.example/g, 'new.example')
  expect(changed).toMatchObject({ values: { host: 'new.example', urls: { 'new.example': 'https://new.example:8443/x' } }, file: { sha256: sha256(wanted), mode: 0o640, member: 'files/configs/x.yaml' } })
  expect(fs.readFileSync(rewriter.member('files/configs/x.yaml')!, 'utf8')).toBe(wanted)
  expect(fs.readFileSync(file, 'utf8')).toBe(text)
  expect(rewritten.map(({ path: where }) => where)).toEqual(['values.host', 'values.urls (the name of a member)', 'values.urls.old.example'])
})

it('a configuration whose comments alone hold the name is changed and told too', () => {
  const { changed, rewritten } = config('# old.example\na: 1\n', { a: 1 })
  expect(changed.file).toMatchObject({ sha256: sha256('# new.example\na: 1\n') })
  expect(rewritten).toEqual([{ path: 'file (comments)', from: 'old.example', to: 'new.example' }])
})

it.each([
  ['two members would get one name', 'old.example: 1\nnew.example: 2\n', { 'old.example': 1, 'new.example': 2 }],
  ['it is not UTF-8', Buffer.from('a: old.example # \xff\n', 'latin1'), { a: 'old.example' }],
])('a configuration stays as it is, and says so: %s', (why, text, values) => {
  const { changed, item, kept, rewritten } = config(text, values)
  expect(changed).toBe(item)
  expect(rewritten).toEqual([])
  expect(kept).toContain('old.example')
  expect(kept).toContain(why.split(' ').slice(-2).join(' '))
})

it('a configuration without a file: its values', () => {
  const item = { identity: 'x', pack: 'x', values: { host: 'old.example', user: 'u@old.example.org' }, via: 'api' }
  expect(rewrite('configs', item)).toEqual({ item: { ...item, values: { host: 'new.example', user: 'u@old.example.org' } }, rewritten: [{ path: 'values.host', from: 'old.example', to: 'new.example' }] })
})

it('property: what holds no whole name comes out as it went in, the same object', () => {
  fc.assert(
    fc.property(fc.constantFrom('keys', 'rules', 'policies', 'aliases', 'actions', 'configs'), fc.object({ maxDepth: 3 }), (kind, members) => {
      const item = { ...JSON.parse(JSON.stringify(members)) as object, identity: 'x' }
      const { item: out, rewritten } = rewrite(kind, item)
      expect(out).toEqual(item)
      expect(rewritten).toEqual([])
    }),
  )
})

it('property: a second pass changes nothing more', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('old.example', 'https://old.example/', 'x', 'my-old.example', 'new.example')), (texts) => {
      const once = rewrite('policies', { identity: 'x', parameters: { texts } })
      expect(rewrite('policies', once.item)).toEqual({ item: once.item, rewritten: [] })
    }),
  )
})

it('the account tells what was changed, once, also where the kind said something itself', () => {
  const rewritten = [{ path: 'value', from: 'a.example', to: 'b.example' }, { path: 'description', from: 'a.example', to: 'b.example' }]
  const note = 'host names rewritten: a.example -> b.example in value, description'
  const change = { kind: 'keys', identity: 'x', action: 'create', rewritten } as const
  expect(rewriteNote(rewritten)).toBe(note)
  expect(tellRewritten(change, { outcome: 'carried' })).toEqual({ outcome: 'transformed', note })
  expect(tellRewritten(change, { outcome: 'transformed', note: `anew; ${note}` })).toEqual({ outcome: 'transformed', note: `anew; ${note}` })
  expect(tellRewritten(change, { outcome: 'failed', note: 'no' })).toEqual({ outcome: 'failed', note: 'no' })
  expect(tellRewritten({ kind: 'keys', identity: 'x', action: 'create', kept: 'held' }, { outcome: 'carried' })).toEqual({ outcome: 'carried', note: 'held' })
})
