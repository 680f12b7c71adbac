/** Archives, plans and the files of a run that are not what they should be, and arguments that nobody knows: refused before anything is written. */
import * as fs from 'fs'
import * as path from 'path'
import { putTogether, takeApart, type RawMember } from '../support/archives'
import { filesBelow, startWorld, type Answer, type World } from '../support/bundle'

jest.setTimeout(60_000)

let w: World
let archive: string
let plan: string
/** Another archive, and the plan that was made from it. */
let others: { archive: string; plan: string }
let before: ReturnType<World['writes']>

beforeAll(async () => {
  w = await startWorld()
  const admin = w.on('old')
  for (let i = 0; i < 20; i++) await admin.putKey({ name: `plain ${i}`, scope: 'system', value: `n0t-for-l0gs ${i}` })
  await admin.putKey({ name: 'secret', scope: 'system', value: 'hush-hush', secret: true })
  w.secrets.push('n0t-for-l0gs', 'hush-hush')
  ;({ archive, plan } = await exportAndPlan('r1'))
  await admin.putKey({ name: 'later', scope: 'system', value: 'x' })
  others = await exportAndPlan('r2')
  await admin.deleteKey('later', 'system')
})
beforeEach(() => (before = w.writes()))
afterEach(() => {
  expect(w.writes().new).toEqual(before.new)
  expect(w.halves()).toEqual([])
})
afterAll(() => w.end())

async function exportAndPlan(run: string): Promise<{ archive: string; plan: string }> {
  const exported = await w.run(['export', '--only=keys', '--plain-archive', `--run=${run}`])
  const planned = await w.run(['plan', `--run=${run}`])
  expect([exported.exit, planned.exit]).toEqual([0, 0])
  return { archive: exported.data.archive as string, plan: planned.data.plan as string }
}

/** Commands that read an archive. The plan is the one that was made from the sound archive. */
const readers = (file: string, ...more: string[]): Promise<Answer[]> =>
  Promise.all([
    w.run(['plan', '--run=p', `--archive=${file}`, `--plan=${w.at('new-plan')}`, ...more]),
    w.run(['apply', '--run=a', `--archive=${file}`, `--plan=${plan}`, ...more]),
    w.run(['inspect', `--file=${file}`, ...more]),
  ])

describe('an archive', () => {
  const bytes = (): Buffer => fs.readFileSync(archive)
  const written = (content: Buffer | string): string => {
    const file = w.at('broken.st2.tar.gz')
    fs.writeFileSync(file, content)
    return file
  }
  const rebuilt = (change: (members: RawMember[]) => RawMember[]): Promise<string> => putTogether(w.at('rebuilt.st2.tar.gz'), change(takeApart(archive)))
  const flipped = (at: number): Buffer => {
    const copy = bytes()
    copy.writeUInt8(copy[at]! ^ 1, at)
    return copy
  }
  const manifest = (member: RawMember, change: (text: string) => string): RawMember => (member.name === 'manifest.json' ? { ...member, body: Buffer.from(change(member.body.toString())) } : member)

  it.each<[string, () => string | Promise<string>, string, RegExp, RegExp]>([
    ['cut off in the middle', () => written(bytes().subarray(0, bytes().length >> 1)), 'truncated', /broken/, /copy it again/],
    ['cut off at its end', () => written(bytes().subarray(0, -7)), 'truncated', /broken/, /copy it again/],
    ['with a flipped bit', () => written(flipped(bytes().length >> 1)), 'damaged', /broken/, /copy it again/],
    ['without a member', () => rebuilt((all) => all.filter(({ name }) => name !== 'kv_file.json')), 'missing-member', /kv_file\.json/, /untouched copy/],
    ['without its checksums', () => rebuilt((all) => all.filter(({ name }) => name !== 'SHA256SUMS')), 'missing-member', /never completed/, /untouched copy/],
    ['with a further member', () => rebuilt((all) => [...all.slice(0, -1), { name: 'files/extra', body: Buffer.from('x') }, all[all.length - 1]!]), 'extra-member', /files\/extra/, /untouched copy/],
    ['with a renamed member', () => rebuilt((all) => all.map((one) => (one.name === 'kv_file.json' ? { ...one, name: 'kv_file.yaml' } : one))), 'renamed-member', /kv_file/, /untouched copy/],
    ['with a changed member', () => rebuilt((all) => all.map((one) => (one.name === 'kv_file.json' ? { ...one, body: Buffer.from('[]') } : one))), 'changed-member', /kv_file\.json/, /untouched copy/],
    ['that leads out of its directory', () => rebuilt((all) => [...all, { name: '../../../../evil', body: Buffer.from('x') }]), 'unsafe-member', /evil/, /Do not use/],
    ['with an absolute path', () => rebuilt((all) => [{ name: w.at('evil'), body: Buffer.from('x') }, ...all]), 'unsafe-member', /evil/, /Do not use/],
    ['with a link', () => rebuilt((all) => [{ name: 'items', body: Buffer.alloc(0), type: 'SymbolicLink', linkpath: w.dir }, ...all]), 'unsafe-member', /items/, /Do not use/],
    ['of a newer major', () => rebuilt((all) => all.map((one) => manifest(one, (text) => text.replace('"format": "1.', '"format": "2.')))), 'newer-format', /format 2\.[0-9.]+; this release reads format 1/, /newer/],
  ])('%s', async (_, file, code, message, next) => {
    for (const answer of await readers(await file())) expect(answer).toMatchObject({ exit: 1, code, message: expect.stringMatching(message), next: expect.stringMatching(next) })
    expect(filesBelow(w.dir).filter((one) => one.includes('evil'))).toEqual([])
    expect(fs.existsSync(w.at('new-plan'))).toBe(false)
  })

  it.each<[string, () => string, number, RegExp]>([
    ['no archive but text', () => written('hello\n'), 1, /broken/],
    ['an empty file', () => written(''), 1, /broken/],
    ['not there', () => w.at('nowhere.st2.tar.gz'), 2, /nowhere.*not here/],
    ['a directory', () => w.dir, 2, /not here/],
  ])('%s', async (_, file, exit, message) => {
    const [planned, applied, inspected] = await readers(file())
    for (const answer of [planned, applied, await w.run(['verify', '--run=v', `--archive=${file()}`])]) expect(answer).toMatchObject({ exit, message: expect.stringMatching(message) })
    // An empty ledger is an empty file.
    if (_ !== 'an empty file') expect([1, 2]).toContain(inspected!.exit)
  })

  it('sealed: without its identity, with another one, with a passphrase in place of it', async () => {
    const own = (await w.run(['export', '--only=keys', '--own-key', '--run=sealed'])).data.archive as string
    const sealed = w.at('sealed.st2.tar.gz.age')
    fs.copyFileSync(own, sealed)
    fs.writeFileSync(w.at('other.age'), `AGE-SECRET-KEY-1${'Q'.repeat(58)}\n`)
    fs.writeFileSync(w.at('words'), 'correct horse\n')
    for (const answer of await readers(sealed)) expect(answer).toMatchObject({ exit: 2, code: 'needs-identity', next: expect.stringMatching(/identity/) })
    for (const answer of await readers(sealed, `--identity-file=${w.at('other.age')}`)) expect(answer).toMatchObject({ exit: 2, code: 'wrong-identity' })
    for (const answer of await readers(sealed, `--passphrase-file=${w.at('words')}`)) expect(answer).toMatchObject({ exit: 2, code: 'needs-identity' })
    const locked = (await w.run(['export', '--only=keys', `--passphrase-file=${w.at('words')}`, '--run=locked'])).data.archive as string
    fs.writeFileSync(w.at('words'), 'wrong horse\n')
    // A passphrase takes its time: one reader stands for all.
    expect(await w.run(['plan', '--run=p', `--archive=${locked}`, `--passphrase-file=${w.at('words')}`])).toMatchObject({ exit: 2, code: 'wrong-passphrase' })
    for (const answer of await readers(locked)) expect(answer).toMatchObject({ exit: 2, code: 'needs-passphrase' })
  })

  it('that would hold plain secrets is not written unless it is sealed', async () => {
    expect(await w.run(['export', '--run=open'])).toMatchObject({ exit: 2, message: expect.stringMatching(/plain secrets.*packs/), next: expect.stringMatching(/--recipients.*--plain-archive/) })
    expect(await w.run(['export', '--run=open', '--recipients=age1nonsense'])).toMatchObject({ exit: 2, code: 'bad-recipient', next: expect.stringMatching(/age1/) })
    expect(filesBelow(w.at('state', 'runs', 'open')).filter((file) => file.includes('.st2.tar'))).toEqual([])
  })

  it('is never overwritten', async () => {
    const sum = bytes().toString('base64')
    expect(await w.run(['export', '--only=keys', '--plain-archive', `--out=${archive}`, '--run=over'])).toMatchObject({ exit: 1, code: 'in-the-way', message: expect.stringContaining(archive), next: expect.stringMatching(/another name/) })
    expect(bytes().toString('base64') === sum).toBe(true)
  })
})

describe('a plan', () => {
  const apply = (file: string, ...more: string[]): Promise<Answer> => w.run(['apply', '--run=a', `--archive=${archive}`, `--plan=${file}`, ...more])
  const changed = (change: (lines: string[]) => string[]): string => {
    const file = w.at('plan.jsonl')
    fs.writeFileSync(file, change(fs.readFileSync(plan, 'utf8').trimEnd().split('\n')).map((line) => `${line}\n`).join(''))
    return file
  }
  const inHeader = (from: string | RegExp, to: string): string => changed(([first = '', ...rest]) => [first.replace(from, to), ...rest])

  it('of another archive', async () => {
    expect(await apply(others.plan)).toMatchObject({ exit: 2, message: expect.stringMatching(/another archive/), next: expect.stringMatching(/plan again/) })
  })
  it('of another target', async () => {
    const third = await startWorld()
    const answer = await w.run(['apply', '--run=r1'], { ST2UPGRADE_TARGET_URL: third.new.apiUrl, ST2UPGRADE_TARGET_AUTH_TOKEN: third.env.ST2UPGRADE_TARGET_AUTH_TOKEN })
    await third.end()
    expect(answer).toMatchObject({ exit: 2, message: expect.stringContaining(`another target (${w.new.apiUrl})`), next: expect.stringMatching(/plan again/) })
  })
  it('of another version', async () => {
    expect(await apply(inHeader('"plan":1', '"plan":2'))).toMatchObject({ exit: 2, message: expect.stringMatching(/version 2.*reads version 1/), next: expect.stringMatching(/plan again/) })
  })
  it.each<[string, () => string, RegExp]>([
    ['cut off', () => changed((lines) => lines.slice(0, -1)), /end is missing/],
    ['changed by hand', () => changed((lines) => lines.map((line) => line.replace('plain 1"', 'plain 1x"'))), /checksum/],
    ['with more behind its end', () => changed((lines) => [...lines, lines[1]!]), /behind its end/],
    ['that is an archive', () => archive, /not a plan/],
    ['that is empty', () => changed(() => []), /empty/],
    ['of JSON, but none', () => changed(() => ['[1]']), /not a plan/],
    ['with an end that is no JSON', () => changed((lines) => [...lines.slice(0, -1), '{"blockers":'])  , /end|not a plan|checksum/],
  ])('%s', async (_, file, message) => {
    expect(await apply(file())).toMatchObject({ exit: 2, message: expect.stringMatching(message), next: expect.stringMatching(/plan again|make the plan again/) })
    await w.run(['inspect', `--file=${file()}`])
  })
  it('that is not there, or was not made yet', async () => {
    expect(await apply(w.at('nowhere'))).toMatchObject({ exit: 2, message: expect.stringMatching(/nowhere is not here/), next: expect.stringMatching(/--plan PATH/) })
    expect(await w.run(['apply', '--run=sealed'])).toMatchObject({ exit: 2, message: expect.stringMatching(/has no plan/), next: expect.stringMatching(/stage plan first/) })
  })
  it('whose target changed since is refused with 6 and names the items; nothing is written', async () => {
    await w.on('new').putKey({ name: 'plain 3', scope: 'system', value: 'n0t-for-l0gs either' })
    // This key, and the apply's own lock, which is taken and let go.
    before.new += 3
    expect(await w.run(['apply', '--run=r1'])).toMatchObject({ exit: 6, details: ['keys st2kv.system:plain 3'], next: expect.stringMatching(/plan --run r1/) })
    const planned = await w.run(['plan', '--run=r1'])
    expect(planned).toMatchObject({ exit: 0, data: { conflicts: 1 } })
    expect(await w.run(['apply', '--run=r1'])).toMatchObject({ exit: 5, details: [expect.stringMatching(/plain 3.*value differs/)], next: expect.stringMatching(/--on-conflict skip/) })
  })
})

describe("a run's files", () => {
  const own = (run: string, name: string): string => w.at('state', 'runs', run, name)

  it('a run.json that is none', async () => {
    fs.mkdirSync(w.at('state', 'runs', 'torn'), { recursive: true })
    fs.writeFileSync(own('torn', 'run.json'), '{"run": "to')
    for (const command of ['apply', 'inspect']) {
      expect(await w.run([command, '--run=torn'])).toMatchObject({ exit: expect.any(Number), message: expect.stringMatching(/torn/), next: expect.stringMatching(/\S/) })
    }
    // It does not hide the others.
    expect(await w.run(['inspect'])).toMatchObject({ exit: 0 })
    fs.rmSync(w.at('state', 'runs', 'torn'), { recursive: true })
  })

  it('a journal with a torn line in its middle, or of another release', async () => {
    const journal = own('r2', 'journal.jsonl')
    fs.writeFileSync(journal, '{"journal":1,"run":"r2","plan":"x"}\n{"n":1,"ki\n{"n":2,"kind":"keys","identity":"x","state":"intent"}\n')
    expect(await w.run(['apply', '--run=r2'])).toMatchObject({ exit: 1, message: expect.stringContaining(journal), next: expect.stringMatching(/\S/) })
    fs.writeFileSync(journal, '{"journal":7,"run":"r2","plan":"x"}\n')
    expect(await w.run(['apply', '--run=r2'])).toMatchObject({ exit: 2, message: expect.stringMatching(/version 7/), next: expect.stringMatching(/release/) })
    fs.rmSync(journal)
  })
})

describe('arguments', () => {
  const kinds = /keys, api_keys, packs, configs/
  it('a kind that there is none of: every command that takes kinds names those that there are', async () => {
    for (const argv of [['export', '--plain-archive', '--only=kees'], ['plan', '--run=r1', '--only=kees'], ['verify', '--run=r1', '--except=kees'], ['check', '--only=keys,kees'], ['export', '--plain-archive', '--except=kees:tmp.*'], ['migrate', '--only=kees'], ['inspect', `--file=${archive}`, '--only=kees']]) {
      expect([argv, await w.run(argv)]).toMatchObject([argv, { exit: 2, message: expect.stringMatching(/kees/), next: expect.stringMatching(kinds) }])
    }
  })

  it('a run that there is none of: said, and nothing of it is left', async () => {
    for (const command of ['plan', 'publish', 'apply', 'verify', 'inspect']) {
      expect([command, await w.run([command, '--run=nosuch'])]).toMatchObject([command, { exit: 2, message: expect.stringMatching(/run nosuch/) }])
    }
    expect(fs.existsSync(w.at('state', 'runs', 'nosuch'))).toBe(false)
  })

  it.each(['../../etc', 'a/b', '.', '', ' ', 'x'.repeat(65), 'ü'])('a run id that is none: %j', async (id) => {
    if (id === '') return expect(await w.run(['inspect', '--run='])).toMatchObject({ exit: 0 })
    expect(await w.run(['plan', `--run=${id}`])).toMatchObject({ exit: 2, next: expect.stringMatching(/letters, digits/) })
  })

  it.each<[string[], string, RegExp, RegExp]>([
    [['apply', '--allow-activ'], 'E_UNKNOWN_OPTION', /--allow-activ; did you mean --allow-active\?/, /apply --help/],
    [['plan', '--serve_prot=1'], 'E_UNKNOWN_OPTION', /--serve-prot; did you mean --serve-port\?/, /plan --help/],
    [['apply', '--zzzzzz'], 'E_UNKNOWN_OPTION', /--zzzzzz$/, /apply --help/],
    [['aply'], 'E_UNKNOWN_COMMAND', /"aply"; did you mean apply\?/, /--help/],
    [[], 'E_NO_COMMAND', /no command/, /check --target-url/],
    [['apply', 'now'], 'E_EXTRA_WORD', /further word/, /--name=value/],
    [['check', '--concurrency=many'], 'E_NOT_A_NUMBER', /--concurrency .* 1 to 64/, /\S/],
    [['check', '--concurrency=0'], 'E_NOT_A_NUMBER', /--concurrency .* 1 to 64/, /\S/],
    [['check', '--concurrency=-1'], 'E_NOT_A_NUMBER', /--concurrency .* 1 to 64/, /\S/],
    [['plan', '--serve-port=70000'], 'E_NOT_A_NUMBER', /--serve-port .* 65535/, /\S/],
    [['plan', '--on-conflict=maybe'], 'E_BAD_CONFLICT', /does not know maybe/, /fail, skip or overwrite/],
    [['plan', '--on-conflict=skip,kyes=fail'], 'E_REFUSED', /no kind kyes/, /keys, packs/],
    [['plan', '--rewrite=old.example=new.example:80'], 'E_BAD_REWRITE', /old\.example=new\.example:80/, /without https:\/\/ and ports/],
    [['diff', 'a', 'b', 'c'], 'E_EXTRA_WORD', /further word/, /diff --help/],
    [['endpoints', '--as=pdf'], 'E_NOT_A_CHOICE', /text, markdown, csv/, /\S/],
    [['endpoints', '--target-url=ftp://new.example'], 'E_BAD_URL', /--target-url/, /\S/],
    [['plan', '--quiet=maybe'], 'E_NOT_A_CHOICE', /files, api/, /\S/],
    [['plan', '--allow-older=perhaps'], 'E_NOT_A_BOOLEAN', /--allow-older/, /\S/],
    [['plan', '--run=a', '--run=b'], 'E_TWICE', /--run/, /once/],
    [['sandbox'], 'E_MISSING', /--root/, /\S/],
    [['sandbox', '--root=/nowhere/x', '--st2-version=2.10.5'], 'E_NOT_A_CHOICE', /3\.4\.1, 3\.8\.1, 3\.9\.0/, /\S/],
  ])('%j', async (argv, code, message, next) => {
    expect(await w.run(argv)).toMatchObject({ exit: 2, code, message: expect.stringMatching(message), next: expect.stringMatching(next) })
  })

  it('settings of the environment are held to the same', async () => {
    expect(await w.run(['check'], { ST2UPGRADE_CONCURRENCY: 'many' })).toMatchObject({ exit: 2, code: 'E_NOT_A_NUMBER' })
    expect(await w.run(['check'], { ST2UPGRADE_TARGET_URL: 'new.example' })).toMatchObject({ exit: expect.any(Number), message: expect.stringMatching(/new\.example/) })
  })

  it('files that options name', async () => {
    fs.writeFileSync(w.at('no-key'), '{"hmacKey": 1}')
    for (const name of ['identity-file', 'passphrase-file']) expect(await w.run(['plan', '--run=r1', `--${name}=${w.at('nowhere')}`])).toMatchObject({ exit: 2, code: 'E_FILE', message: expect.stringContaining(`--${name}`) })
    expect(await w.run(['plan', '--run=r1', `--source-crypto-key-file=${w.at('nowhere')}`])).toMatchObject({ exit: 2, code: 'E_FILE' })
    expect(await w.run(['plan', '--run=r1', `--source-crypto-key-file=${w.at('no-key')}`])).toMatchObject({ exit: 2, message: expect.stringMatching(/no-key is no datastore crypto key/) })
    expect(await w.run(['plan', '--run=r1', `--plan=${path.join(w.dir, 'no', 'dir', 'plan')}`])).toMatchObject({ exit: 1, message: expect.stringMatching(/no\/dir\/plan/) })
    expect(await w.run(['export', '--only=keys', '--plain-archive', `--out=${w.at('no', 'dir', 'a')}`])).toMatchObject({ exit: 1, message: expect.stringMatching(/no\/dir\/a/) })
  })
})
