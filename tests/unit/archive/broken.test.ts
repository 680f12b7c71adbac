import * as fs from 'fs'
import * as path from 'path'
import { createHash } from 'crypto'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { ArchiveError } from '../../../src/archive/errors'
import { openArchive } from '../../../src/archive/read'
import type { UnsealWith } from '../../../src/archive/types'
import { gzipTo, makeArchive, putTogether, takeApart, tempDir, type RawMember } from '../../support/archives'

const CONTENT = { items: { keys: [{ identity: 'system:a', value: 'x'.repeat(3000) }] }, files: { 'packs/demo.bundle': 'bundle', 'files/etc/st2.conf': '[auth]' } }

let dir: string
let made: string
beforeAll(async () => {
  dir = tempDir()
  made = (await makeArchive(dir, CONTENT)).path
})
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

/** Opens, expects a refusal, and that nothing is left in the work directory. */
async function refusal(file: string, unseal: UnsealWith = {}): Promise<ArchiveError> {
  const work = fs.mkdtempSync(path.join(dir, 'work-'))
  const error: unknown = await openArchive(file, unseal, work).then(
    () => new Error('it was opened'),
    (thrown: unknown) => thrown,
  )
  expect(fs.readdirSync(work)).toEqual([])
  expect(error).toBeInstanceOf(ArchiveError)
  expect((error as ArchiveError).advice).not.toBe('')
  return error as ArchiveError
}

const sumsOf = (members: RawMember[]) =>
  Buffer.from(members.filter((m) => m.name !== 'SHA256SUMS').map((m) => `${createHash('sha256').update(m.body).digest('hex')}  ${m.name}\n`).join(''))

/** As an attacker would: the members are changed and the checksums made to fit. */
const fitting = (members: RawMember[]) => members.map((m) => (m.name === 'SHA256SUMS' ? { ...m, body: sumsOf(members) } : m))

const text = (name: string, body: string): RawMember => ({ name, body: Buffer.from(body) })
const manifestWith = (members: RawMember[], change: (manifest: Record<string, any>) => void) => // eslint-disable-line @typescript-eslint/no-explicit-any
  members.map((m) => {
    if (m.name !== 'manifest.json') return m
    const manifest = JSON.parse(m.body.toString()) as Record<string, unknown>
    change(manifest)
    return text(m.name, JSON.stringify(manifest))
  })

type Change = (members: RawMember[]) => RawMember[]
const TABLE: [string, string, RegExp, Change][] = [
  ['a missing member', 'missing-member', /packs\/demo\.bundle is missing/, (all) => all.filter((m) => m.name !== 'packs/demo.bundle')],
  ['an extra member', 'extra-member', /packs\/evil\.bundle does not belong/, (all) => [...all.slice(0, 1), text('packs/evil.bundle', 'x'), ...all.slice(1)]],
  ['a renamed member', 'renamed-member', /packs\/demo\.bundle was renamed to packs\/other/, (all) => all.map((m) => (m.name === 'packs/demo.bundle' ? { ...m, name: 'packs/other.bundle' } : m))],
  ['a changed member', 'changed-member', /files\/etc\/st2\.conf is not as it was written/, (all) => all.map((m) => (m.name === 'files/etc/st2.conf' ? text(m.name, '[Auth]') : m))],
  ['a member twice', 'duplicate-member', /packs\/demo\.bundle is there twice/, (all) => [...all.slice(0, -1), ...all.filter((m) => m.name === 'packs/demo.bundle'), ...all.slice(-1)]],
  ['no checksums', 'missing-member', /SHA256SUMS is missing: .* never completed/, (all) => all.slice(0, -1)],
  ['a member after the checksums', 'extra-member', /comes after SHA256SUMS/, (all) => [...all.slice(1), ...all.slice(0, 1)]],
  ['checksums that make no sense', 'damaged', /line that makes no sense/, (all) => [...all.slice(0, -1), text('SHA256SUMS', 'hello\n')]],
  ['no manifest', 'missing-member', /manifest\.json is missing/, (all) => fitting(all.filter((m) => m.name !== 'manifest.json'))],
  ['a newer major', 'newer-format', /format 2\.0\.0; this release reads format 1/, (all) => fitting(manifestWith(all, (m) => (m.format = '2.0.0')))],
  ['a newer major of another shape', 'newer-format', /format 10\.1\.0/, (all) => all.map((m) => (m.name === 'manifest.json' ? text(m.name, '{"format":"10.1.0"}') : m))],
  ['no format', 'bad-manifest', /names no format/, (all) => fitting(manifestWith(all, (m) => delete m.format))],
  ['a manifest that is no JSON', 'bad-manifest', /no JSON/, (all) => all.map((m) => (m.name === 'manifest.json' ? text(m.name, 'hello') : m))],
  ['a manifest that lacks a member', 'bad-manifest', /instance/, (all) => fitting(manifestWith(all, (m) => delete m.instance))],
  ['another count', 'bad-manifest', /counts 2 keys, items\/keys\.jsonl holds 1/, (all) => fitting(manifestWith(all, (m) => (m.kinds.keys.count = 2)))],
  ['another fingerprint', 'bad-manifest', /fingerprint of keys/, (all) => fitting(manifestWith(all, (m) => (m.kinds.keys.fingerprint = '0'.repeat(64))))],
  ['a kind without its items', 'missing-member', /counts 0 rules, but items\/rules\.jsonl is missing/, (all) => fitting(manifestWith(all, (m) => (m.kinds.rules = { count: 0, fingerprint: '0'.repeat(64) })))],
  ['items that the manifest does not know', 'extra-member', /does not know items\/keys\.jsonl/, (all) => fitting(manifestWith(all, (m) => delete m.kinds.keys))],
  ['items out of order', 'bad-item', /line 2: "a" is not in its place/, (all) => fitting(all.map((m) => (m.name === 'items/keys.jsonl' ? text(m.name, '{"identity":"b"}\n{"identity":"a"}\n') : m)))],
  ['a line that is no item', 'bad-item', /line 1 is no item/, (all) => fitting(all.map((m) => (m.name === 'items/keys.jsonl' ? text(m.name, '{"value":"secret"}\n') : m)))],
  ['items without their last line feed', 'bad-item', /not complete/, (all) => fitting(all.map((m) => (m.name === 'items/keys.jsonl' ? text(m.name, '{"identity":"b"}') : m)))],
  ['a way out', 'unsafe-member', /"\.\.\/evil" leads out/, (all) => [text('../evil', 'x'), ...all]],
  ['a way out within', 'unsafe-member', /leads out/, (all) => [text('packs/../../evil', 'x'), ...all]],
  ['an absolute name', 'unsafe-member', /"\/tmp\/evil" is absolute/, (all) => [text('/tmp/evil', 'x'), ...all]],
  ['a backslash', 'unsafe-member', /backslash/, (all) => [text('packs\\evil', 'x'), ...all]],
  ['a line feed in a name', 'unsafe-member', /control character/, (all) => [text('packs/a\nb', 'x'), ...all]],
  ['a name that is not in its shortest form', 'unsafe-member', /shortest/, (all) => [text('./packs/x', 'x'), ...all]],
  ['a symbolic link', 'unsafe-member', /"packs\/link" is no plain file \(SymbolicLink\)/, (all) => [{ ...text('packs/link', ''), type: 'SymbolicLink', linkpath: '/etc/passwd' }, ...all]],
  ['a hard link', 'unsafe-member', /no plain file \(Link\)/, (all) => [{ ...text('packs/link', ''), type: 'Link', linkpath: 'manifest.json' }, ...all]],
  ['a device', 'unsafe-member', /no plain file \(CharacterDevice\)/, (all) => [{ ...text('files/null', ''), type: 'CharacterDevice' }, ...all]],
  ['a fifo', 'unsafe-member', /no plain file \(FIFO\)/, (all) => [{ ...text('files/fifo', ''), type: 'FIFO' }, ...all]],
  ['a directory', 'unsafe-member', /no plain file \(Directory\)/, (all) => [{ ...text('files', ''), type: 'Directory' }, ...all]],
  ['nothing', 'missing-member', /SHA256SUMS/, () => []],
]

describe('a plain archive is refused', () => {
  it.each(TABLE)('with %s (%s)', async (_name, problem, message, change) => {
    const file = await putTogether(path.join(dir, 'broken.tar.gz'), change(takeApart(made)))
    const error = await refusal(file)
    expect(error.message).toMatch(message)
    expect(error.problem).toBe(problem)
  })

  it('but not when it was only taken apart and put together', async () => {
    const file = await putTogether(path.join(dir, 'same.tar.gz'), takeApart(made))
    await (await openArchive(file, {}, dir)).close()
    expect(fs.readFileSync(file)).toEqual(fs.readFileSync(made))
  })

  it('cut off anywhere', async () => {
    const bytes = fs.readFileSync(made)
    for (let length = 0; length < bytes.length; length += 13) {
      const file = path.join(dir, 'cut')
      fs.writeFileSync(file, bytes.subarray(0, length))
      expect((await refusal(file)).problem).toBe(length < 2 ? 'not-an-archive' : 'truncated')
    }
  })

  it('with any byte flipped', async () => {
    const bytes = fs.readFileSync(made)
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8((bytes[at] as number) ^ (1 << (at % 8)), at)
      const file = path.join(dir, 'flipped')
      fs.writeFileSync(file, flipped)
      await refusal(file)
    }
  })

  it.each([['zeros', Buffer.alloc(9)], ['garbage', Buffer.from('hello')]])('with %s after its end', async (_name, tail) => {
    const file = path.join(dir, 'longer')
    fs.writeFileSync(file, Buffer.concat([fs.readFileSync(made), tail]))
    expect((await refusal(file)).problem).toBe('damaged')
  })

  it('with another archive after its end', async () => {
    const file = path.join(dir, 'double')
    fs.writeFileSync(file, Buffer.concat([fs.readFileSync(made), fs.readFileSync(made)]))
    expect((await refusal(file)).problem).toBe('damaged')
  })
})

describe('what is no archive is refused', () => {
  it.each([['text', Buffer.from('hello, world\n'.repeat(100))], ['an empty file', Buffer.alloc(0)]])('%s', async (_name, bytes) => {
    const file = path.join(dir, 'other')
    fs.writeFileSync(file, bytes)
    expect(await refusal(file)).toMatchObject({ problem: 'not-an-archive', message: expect.stringMatching(/no archive of st2upgrade/) as string })
  })

  it('gzip of something else', async () => {
    expect((await refusal(await gzipTo(path.join(dir, 'other.gz'), [Buffer.from('x'.repeat(2000))]))).problem).toBe('damaged')
  })

  it('a missing file, a directory', async () => {
    expect(await refusal(path.join(dir, 'nowhere'))).toMatchObject({ problem: 'unreadable', message: expect.stringMatching(/nowhere: .*ENOENT/) as string })
    expect((await refusal(dir)).problem).toBe('unreadable')
  })
})

describe('a sealed archive is refused', () => {
  let sealed: string
  let locked: string
  let identity: string
  beforeAll(async () => {
    identity = await generateIdentity()
    sealed = (await makeArchive(dir, CONTENT, { recipients: [await identityToRecipient(identity)] })).path
    const other = fs.mkdtempSync(path.join(dir, 'locked-'))
    locked = (await makeArchive(other, CONTENT, { passphrase: 'correct horse' })).path
  })

  it('without an identity, with the wrong one, with what is none', async () => {
    expect((await refusal(sealed)).problem).toBe('needs-identity')
    expect((await refusal(sealed, { passphrase: 'correct horse' })).problem).toBe('needs-identity')
    expect((await refusal(sealed, { identities: [await generateIdentity()] })).problem).toBe('wrong-identity')
    const error = await refusal(sealed, { identities: ['AGE-SECRET-KEY-1MISTYPED'] })
    expect(error.problem).toBe('wrong-identity')
    expect(error.message).not.toContain('MISTYPED')
  })

  it('without its passphrase, with the wrong one', async () => {
    expect((await refusal(locked)).problem).toBe('needs-passphrase')
    expect((await refusal(locked, { identities: [identity] })).problem).toBe('needs-passphrase')
    expect((await refusal(locked, { passphrase: 'wrong horse' })).problem).toBe('wrong-passphrase')
  })

  it('cut off or flipped anywhere', async () => {
    const bytes = fs.readFileSync(sealed)
    const file = path.join(dir, 'sealed-broken')
    for (let at = 0; at < bytes.length; at += 29) {
      fs.writeFileSync(file, bytes.subarray(0, at))
      expect(['not-an-archive', 'truncated', 'damaged', 'wrong-identity']).toContain((await refusal(file, { identities: [identity] })).problem)
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8((bytes[at] as number) ^ 1, at)
      fs.writeFileSync(file, flipped)
      await refusal(file, { identities: [identity] })
    }
    fs.writeFileSync(file, bytes.subarray(0, -5))
    expect((await refusal(file, { identities: [identity] })).problem).toBe('truncated')
  })
})
