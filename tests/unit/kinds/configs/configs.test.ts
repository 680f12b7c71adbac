/** The kind `configs` with a small API and real files: record and file, what cannot be written, what is taken back. */
import { spawnSync } from 'child_process'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import type { Archive } from '../../../../src/archive/types'
import type { Change, Remark } from '../../../../src/core/model'
import { filesBelow } from '../../../../src/engine/instance'
import { configs, type ConfigItem } from '../../../../src/kinds/configs'
import { keepReplaced } from '../../../../src/kinds/configs/replaced'
import type { Instance, Reading, Weighing } from '../../../../src/kinds/kind'
import { St2Error } from '../../../../src/st2/errors'
import type { StackStorm } from '../../../../src/st2/port'
import { collect } from '../../../support/migration'
import { SETTINGS } from '../../../support/packs'
import { testSystem } from '../../../support/system'

let dir: string
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-configs-'))
  fs.mkdirSync(filesBelow(dir).configs, { recursive: true })
})
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))
const fileOf = (pack: string): string => path.join(filesBelow(dir).configs, `${pack}.yaml`)

interface Server {
  packs?: string[]
  schemas?: Record<string, unknown>
  configs?: Record<string, unknown>
  put?: (where: string, body: unknown) => unknown
  post?: (where: string, body: unknown) => unknown
}
function api({ packs = ['demo'], schemas = {}, configs: rows = {}, put, post }: Server): StackStorm {
  const lists: Record<string, unknown[]> = {
    '/v1/packs': packs.map((ref) => ({ ref })),
    '/v1/config_schemas': Object.keys(schemas).map((pack) => ({ pack })),
    '/v1/configs': Object.entries(rows).map(([pack, values]) => ({ pack, values })),
  }
  return {
    list: async function* (where: string, options?: { query?: { show_secrets?: boolean } }) {
      if (where === '/v1/configs') expect(options?.query?.show_secrets).toBe(true)
      yield* lists[where] ?? []
    },
    find: async (where: string) => {
      const [, kind, name] = /^\/v1\/(packs|config_schemas)\/(.*)$/.exec(where) as unknown as [string, string, string]
      if (kind === 'packs') return packs.includes(name) ? { ref: name } : undefined
      return name in schemas ? { attributes: schemas[name] } : undefined
    },
    put: async (where: string, body: unknown) => put?.(where, body),
    post: async (where: string, body: unknown) => post?.(where, body) ?? { configs: 1 },
  } as unknown as StackStorm
}
const instance = (server: Server, files: boolean, side: 'source' | 'target'): Instance => ({ side, api: api(server), url: 'u', id: side, version: '3.9.0', user: 'st2admin', isAdmin: true, rbac: false, ...(files ? { files: filesBelow(dir) } : {}) })

async function exported(server: Server, files = true): Promise<{ items: ConfigItem[]; remarks: Remark[]; notes: string[] }> {
  const remarks: Remark[] = []
  const notes: string[] = []
  const reading: Reading = {
    system: testSystem(),
    instance: instance(server, files, 'source'),
    settings: SETTINGS,
    remark: (remark) => remarks.push(remark),
    note: (text) => notes.push(text),
    stage: async (member) => {
      fs.mkdirSync(path.dirname(path.join(dir, 'staged', member)), { recursive: true })
      return path.join(dir, 'staged', member)
    },
    workDir: dir,
  }
  return { items: await collect(configs.list(reading)), remarks, notes }
}
function archive(): Archive {
  return {
    manifest: { kinds: {} },
    items: async function* () {
      yield* []
    },
    member: (name: string) => path.join(dir, 'staged', name),
  } as unknown as Archive
}
const weighing = (server: Server, files: boolean): Weighing => ({ system: testSystem(), settings: SETTINGS, archive: archive(), source: {}, target: instance(server, files, 'target'), phase: 'plan', activity: 'active', workDir: dir })
const item = (values: Record<string, unknown>, more: Partial<ConfigItem> = {}): ConfigItem => ({ identity: 'demo', pack: 'demo', values, schema: true, via: 'files', ...more })
const weigh = async (one: ConfigItem, server: Server, files: boolean) => configs.weigh!(one, undefined, [], weighing(server, files))
const CHANGE: Change = { kind: 'configs', identity: 'demo', action: 'create' }
const write = (one: ConfigItem, server: Server, files: boolean) => configs.write(CHANGE, one, undefined, { ...weighing(server, files), phase: 'apply', changes: [], keepDir: path.join(weighing(server, files).workDir, 'replaced') })

const TEXT = '---\n# a comment\nhost: "a"\nport: 010\non: yes\n'

describe('an export', () => {
  test('takes the file as bytes beside the values', async () => {
    fs.writeFileSync(fileOf('demo'), TEXT, { mode: 0o640 })
    const { items, notes } = await exported({ schemas: { demo: {} }, configs: { demo: { host: 'a', port: 8, true: true } } })
    expect(items).toEqual([expect.objectContaining({ identity: 'demo', schema: true, file: expect.objectContaining({ member: 'files/configs/demo.yaml', mode: 0o640 }) })])
    expect(fs.readFileSync(path.join(dir, 'staged/files/configs/demo.yaml'), 'utf8')).toBe(TEXT)
    expect(notes).toEqual([])
  })
  test('of a file that was edited and not registered carries the file and says so', async () => {
    fs.writeFileSync(fileOf('demo'), 'host: new\n')
    const { items, notes } = await exported({ configs: { demo: { host: 'old' } } })
    expect(items[0]!.values).toEqual({ host: 'new' })
    expect(notes).toEqual([expect.stringContaining('not registered since')])
  })
  test('of a broken file carries what is in use, and tells no line of it', async () => {
    fs.writeFileSync(fileOf('demo'), 'host: [s3cret\n')
    const { items, notes } = await exported({ configs: { demo: { host: 'old' } } })
    expect(items).toEqual([{ identity: 'demo', pack: 'demo', values: { host: 'old' }, schema: false, via: 'files' }])
    expect(notes).toEqual([expect.stringContaining('cannot be read')])
    expect(JSON.stringify(notes)).not.toContain('s3cret')
  })
  test('a date in the file is the moment that the database has', async () => {
    fs.writeFileSync(fileOf('demo'), 'at: 2001-12-14 21:59:43.10 -5\n')
    expect((await exported({ configs: { demo: { at: '2001-12-15T02:59:43.100000Z' } } })).notes).toEqual([])
  })
  test('leaves what nothing uses, and its own', async () => {
    for (const name of ['gone', 'unregistered', 'st2upgrade']) fs.writeFileSync(fileOf(name), 'a: 1\n')
    fs.writeFileSync(path.join(filesBelow(dir).configs, 'demo.yaml.example'), 'a: 1\n')
    const { items, remarks } = await exported({ packs: ['demo', 'unregistered'], configs: { orphan: { a: 1 }, st2upgrade: { a: 1 } } })
    expect(items).toEqual([])
    expect(remarks.map(({ identity, outcome }) => [identity, outcome])).toEqual([['orphan', 'left'], ['gone', 'left'], ['unregistered', 'left']])
  })
})

describe('a plan', () => {
  const server: Server = { schemas: { demo: { host: { type: 'string', required: true }, token: { type: 'string', secret: true } } } }
  test.each<[string, ConfigItem, Server, boolean, object]>([
    ['masked', item({ host: 'h', nested: { token: '********' } }), server, true, { action: 'manual', note: expect.stringContaining('nested.token') }],
    ['refused by the schema', item({ host: 7 }), server, true, { action: 'manual', note: expect.stringContaining(`"host": is not of type 'string'`) }],
    ['without schema, API only', item({ a: 1 }), {}, false, { action: 'manual', note: expect.stringContaining('no schema') }],
    ['without schema, with files', item({ a: 1 }), {}, true, { note: expect.anything() }],
    ['of a pack that is nowhere', item({}), { packs: [] }, true, { action: 'manual', note: expect.stringContaining('neither part of this plan') }],
    ['with a number beyond 2^53, API only', item({ host: 'h', id: 9007199254740992 }), server, false, { action: 'manual', note: expect.stringContaining('id') }],
    ['with such a number, file to file', item({ host: 'h', id: 9007199254740992 }, { file: { sha256: 'a', mode: 0o644, member: 'm' } }), server, true, { note: expect.stringContaining('comments included') }],
    ['with such a number, without a file', item({ host: 'h', id: 9007199254740992 }), server, true, { action: 'manual' }],
    ['that had no file', item({ host: 'h' }), server, false, { note: 'it had no file: written through the API' }],
    ['read through the API', item({ host: 'h' }, { via: 'api' }), server, true, { transformed: true, note: expect.stringContaining('may have') }],
    ['with a file, API only', item({ host: 'h' }, { file: { sha256: 'a', mode: 0o644, member: 'm' } }), server, false, { transformed: true, note: expect.stringContaining('comments') }],
  ])('%s', async (_what, one, target, files, verdict) => {
    const found = await weigh(one, target, files)
    expect(found).toEqual(expect.objectContaining(verdict))
    if (!('action' in verdict)) expect(found!.action).toBeUndefined()
  })
})

test.each<[string, object, object, string | RegExp]>([
  ['values', { host: 'a', deep: { token: 's3cret' }, same: 1 }, { host: 'b', deep: { token: 'other' }, same: 1 }, 'other values there: deep.token, host'],
  ['comments alone', { host: 'a' }, { host: 'a' }, /^the same values there; its file has other comments/],
])('a conflict names what differs and never a value: %s', async (_what, ours, theirs, note) => {
  const file = (sha256: string) => ({ file: { sha256, mode: 0o644, member: 'm' } })
  const [source, target] = [item(ours as ConfigItem['values'], file('a')), item(theirs as ConfigItem['values'], file('b'))]
  const about = weighing({}, true)
  const differences = await configs.compare(source, target, about)
  const told = async (onConflict: 'fail' | 'overwrite') => (await configs.weigh!(source, target, differences, { ...about, settings: { ...SETTINGS, onConflict } }))!.note
  expect(await told('fail')).toEqual(typeof note === 'string' ? note : expect.stringMatching(note))
  expect(await told('overwrite')).toBe(`${await told('fail')}; the file as it is, comments included`)
})

test('a plan judges by the schema of the pack that stays on the target, not by that of the one left out', async () => {
  const server: Server = { schemas: { demo: { host: { type: 'integer' } } } }
  const carried = { manifest: { kinds: { packs: { count: 1, fingerprint: '' } } }, items: async function* () { yield { identity: 'demo', ref: 'demo', head: 'a' } } } as unknown as Archive
  const skipped = await configs.weigh!(item({ host: 'h' }), undefined, [], { ...weighing(server, true), archive: carried, settings: { ...SETTINGS, onConflict: 'skip' } })
  expect(skipped).toMatchObject({ action: 'manual', note: expect.stringContaining(`is not of type 'integer'`) })
})

describe('a write', () => {
  const withFile = (): ConfigItem => {
    fs.mkdirSync(path.join(dir, 'staged/files/configs'), { recursive: true })
    fs.writeFileSync(path.join(dir, 'staged/files/configs/demo.yaml'), TEXT)
    return item({ host: 'a' }, { file: { sha256: 'x', mode: 0o640, member: 'files/configs/demo.yaml' } })
  }
  test('places the bytes and registers them', async () => {
    const asked: unknown[] = []
    expect(await write(withFile(), { post: (where, body) => void asked.push(where, body) }, true)).toMatchObject({ outcome: 'carried' })
    expect(asked).toEqual(['/v1/packs/register', { packs: ['demo'], types: ['configs'] }])
    expect(fs.readFileSync(fileOf('demo'), 'utf8')).toBe(TEXT)
    expect(fs.statSync(fileOf('demo')).mode & 0o777).toBe(0o640)
  })
  const refusing: Server = {
    post: () => {
      throw new St2Error('POST /v1/packs/register answered 500.', '', { code: 'server', status: 500 })
    },
  }
  test('that StackStorm refuses puts back what was there', async () => {
    const one = withFile()
    fs.writeFileSync(fileOf('demo'), 'before: 1\n')
    expect(await write(one, refusing, true)).toMatchObject({ outcome: 'failed', note: expect.stringContaining('500') })
    expect(fs.readFileSync(fileOf('demo'), 'utf8')).toBe('before: 1\n')
  })
  test('that StackStorm refuses puts back the mode too: nobody else may read it now', async () => {
    const one = { ...withFile(), file: { ...withFile().file!, mode: 0o644 } }
    fs.writeFileSync(fileOf('demo'), 'before: 1\n', { mode: 0o600 })
    await write(one, refusing, true)
    expect(fs.statSync(fileOf('demo')).mode & 0o777).toBe(0o600)
  })
  test('does not replace what could not be put back', async () => {
    fs.mkdirSync(fileOf('demo'))
    const post = jest.fn()
    await expect(write(withFile(), { post }, true)).rejects.toMatchObject({ message: expect.stringContaining('demo.yaml') })
    expect(post).not.toHaveBeenCalled()
    expect(fs.statSync(fileOf('demo')).isDirectory()).toBe(true)
  })
  test('that was killed before StackStorm was told, and is refused when it is done again, puts back what was there first', async () => {
    const one = withFile()
    fs.writeFileSync(fileOf('demo'), 'before: 1\n', { mode: 0o600 })
    const file = fileOf('demo')
    const killed = await keepReplaced(path.join(dir, 'replaced'), 'demo', file)
    expect(killed.file).toMatchObject({ mode: 0o600 })
    fs.writeFileSync(fileOf('demo'), TEXT, { mode: 0o644 })
    expect(await write(one, refusing, true)).toMatchObject({ outcome: 'failed' })
    expect(fs.readFileSync(fileOf('demo'), 'utf8')).toBe('before: 1\n')
    expect(fs.statSync(fileOf('demo')).mode & 0o777).toBe(0o600)
    // What undo will need, and nothing of the write itself.
    expect(fs.readdirSync(path.join(dir, 'replaced'))).toEqual(['first-config-demo.json'])
  })
  test('that StackStorm refuses leaves no file where there was none', async () => {
    expect(await write(withFile(), refusing, true)).toMatchObject({ outcome: 'failed' })
    expect(fs.readdirSync(filesBelow(dir).configs)).toEqual([])
  })
  test('without a file places the values as YAML that reads the same', async () => {
    const values = { host: 'line\u2028\u0085\ufeff\u007f"\\ €😀', list: [1, 2.5, null, true], yes: 'no', '010': '1:30' }
    expect(await write(item(values), {}, true)).toMatchObject({ outcome: 'carried' })
    const { parseYaml } = await import('../../../../src/core/yaml11')
    expect(parseYaml(fs.readFileSync(fileOf('demo'), 'utf8'))).toEqual(values)
    const python = spawnSync('python3', ['-c', 'import sys, json, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1], encoding="utf-8"))))', fileOf('demo')])
    if (python.status === 0) expect(JSON.parse(python.stdout.toString())).toEqual(values)
    else console.log('python3 with yaml is not here: the written YAML was not read by the real reader')
  })
  test('never sends a PUT for a pack without schema, and never a mask', async () => {
    const put = jest.fn()
    expect(await write(item({ a: 1 }), { put }, false)).toMatchObject({ outcome: 'failed' })
    expect(await write(item({ a: '********' }), { put, schemas: { demo: {} } }, false)).toMatchObject({ outcome: 'manual' })
    expect(put).not.toHaveBeenCalled()
    expect(await write(item({ a: 1 }), { put, schemas: { demo: {} } }, false)).toMatchObject({ outcome: 'carried' })
    expect(put).toHaveBeenCalledWith('/v1/configs/demo', { a: 1 })
  })
})

test('a comparison names members, never values; files count where both can be reached', async () => {
  const compare = async (a: ConfigItem, b: ConfigItem, files: boolean) => (await configs.compare(a, b, weighing({}, files))).map(({ path: where }) => where)
  expect(await compare(item({ a: 1, b: { c: ['x', 's3cret'] }, d: 1 }), item({ a: 1, b: { c: ['x', 'y'] }, e: 1 }), false)).toEqual(['values.b.c.1', 'values.d', 'values.e'])
  const file = { sha256: 'a', mode: 0o644 }
  expect(await compare(item({}, { file }), item({}, { file: { ...file, sha256: 'b' } }), true)).toEqual(['file'])
  expect(await compare(item({}, { file }), item({}), true)).toEqual(['file'])
  expect(await compare(item({}, { file }), item({}), false)).toEqual([])
})

test('a fingerprint tells values and bytes apart', () => {
  const prints = [item({ a: 1 }), item({ a: 2 }), item({ a: 1 }, { file: { sha256: 'a', mode: 0 } }), { ...item({ a: 1 }), identity: 'other' }].map((one) => configs.fingerprint(one))
  expect(new Set(prints).size).toBe(4)
  expect(configs.fingerprint(item({ a: 1 }))).toBe(prints[0])
})

test('a pack of the archive whose kind is left out of the plan does not count as there', async () => {
  const carrying = {
    ...archive(),
    manifest: { kinds: { packs: { count: 1, fingerprint: '' } } },
    items: async function* () {
      yield { identity: 'demo', head: 'f'.repeat(40) }
    },
  } as unknown as Archive
  const alone = (packs: string[]) => ({ ...weighing({ packs, schemas: { demo: {} } }, false), archive: carrying, kinds: ['configs'] })
  const one = item({ a: 1 })
  expect(await configs.weigh!(one, undefined, [], alone([]))).toMatchObject({ action: 'manual', note: 'pack demo is neither part of this plan nor on the new instance' })
  expect(await configs.weigh!(one, undefined, [], alone(['demo']))).not.toHaveProperty('action')
})
