/** The checklist of endpoints from a living instance and from its archive; what strangers wrote into logs and metadata does no harm. */
import * as fs from 'fs'
import * as path from 'path'
import { gzipSync } from 'zlib'
import { exportStage, quiesceStage, type StageContext, type StageResult } from '../../src/engine'
import { endpointsStage, type EndpointsOptions } from '../../src/report/endpoints'
import { SECTIONS, type Entry } from '../../src/report/endpoints/types'
import { commitFiles, gitIn, packYaml, writeFiles } from '../support/git-repository'
import { startMigration, type Migration } from '../support/migration'

jest.setTimeout(120_000)
let m: Migration
let archive: string
let apiKeyId: string
const SECRETS = ['hunter2-in-a-secret', 'Passw0rd-in-config', 'xoxb-chat-token', 'st2-api-key=AAAA', 'pw-in-metadata']

beforeAll(async () => {
  m = await startMigration()
  const old = m.on('old')
  const { root, packs, configs } = m.old.sandbox.paths
  await old.putKey({ name: 'notify.url', scope: 'system', value: 'https://old.example.org/hook' })
  await old.putKey({ name: 'longer', scope: 'system', value: 'https://api.old.example.org/hook' })
  await old.putKey({ name: 'sealed', scope: 'system', value: `https://me:${SECRETS[0]}@old.example.org/`, secret: true })
  writeFiles(path.join(packs, 'net'), {
    'pack.yaml': packYaml('net'),
    'config.schema.yaml': '---\nhost: {type: string}\npassword: {type: string, secret: true}\n',
    'actions/run.yaml': '---\nname: run\nrunner_type: local-shell-script\nentry_point: run.sh\nenabled: true\n',
    'actions/run.sh': '#!/bin/sh\necho hi\ncurl https://old.example.org/done\n',
    'rules/hook.yaml': '---\nname: hook\npack: net\nenabled: true\ntrigger: {type: core.st2.webhook, parameters: {url: net/in}}\ncriteria: {}\naction: {ref: net.run}\n',
  })
  gitIn(path.join(packs, 'net'), 'init', '-q')
  commitFiles(path.join(packs, 'net'), {}, 'first')
  writeFiles(configs, { 'net.yaml': `# of old.example.org\nhost: old.example.org\npassword: ${SECRETS[1]}\n` })
  await old.post('/v1/packs/register', { packs: ['net'], types: ['all'] })
  await old.post('/v1/rules', { name: 'made', pack: 'net', enabled: false, trigger: { type: 'core.st2.webhook', parameters: { url: '/made' } }, criteria: {}, action: { ref: 'net.run', parameters: {} }, description: 'sends to old.example.org' })
  ;({ id: apiKeyId } = await old.post<{ id: string }>('/v1/apikeys', { user: 'ci', metadata: { used_by: '=HYPERLINK("evil")', password: SECRETS[4] } }))
  writeFiles(root, {
    'etc/st2/st2.conf': `[auth]\napi_url = https://old.example.org/api\n[database]\npassword = ${SECRETS[1]}\n[webui]\nwebui_base_url = https://old.example.org\n`,
    'opt/stackstorm/chatops/st2chatops.env': `export ST2_HOSTNAME="old.example.org"\nexport HUBOT_ADAPTER=slack\nexport HUBOT_SLACK_TOKEN=${SECRETS[2]}\nexport ST2_AUTH_URL="https://bot:${SECRETS[2]}@old.example.org/auth"\n`,
    'etc/nginx/conf.d/st2.conf': 'server {\n  server_name old.example.org stackstorm.example.org;\n  proxy_pass http://127.0.0.1:9101/;\n}\n',
    'var/log/nginx/ssl-st2webui.access.log': `10.0.0.7 - - [12/Mar/2024:10:00:00 +0000] "POST /api/v1/webhooks/net/in?${SECRETS[3]} HTTP/1.1" 202 2 "-" "curl/8.0"\n10.0.0.7 - - [13/Mar/2024:10:00:00 +0000] "GET /api/v1/executions/64a?x=1 HTTP/1.1" 200 2 "-" "=cmd|' /C calc'!A0 \\x1b[31m"\ngarbage\n`,
    'var/log/nginx/ssl-st2webui.access.log.1.gz': gzipSync('10.0.0.8 - - [01/Jan/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 2 "-" "Mozilla | <script>alert(1)</script>"\n'),
    'var/log/nginx/broken.access.log.2.gz': Buffer.concat([gzipSync('x'.repeat(1000)).subarray(0, 12)]),
    'var/log/st2/st2api.audit.log.1': `${JSON.stringify({ version: '1.1', short_message: `API key with id "${apiKeyId}" is validated.`, timestamp: 1710000000 })}\n`,
    'var/log/st2/st2auth.audit.log.2.gz': gzipSync(`${JSON.stringify({ short_message: 'Access granted to "alice" with the token set to expire at "x".', timestamp: 1710000000, _remote_addr: '10.0.0.9' })}\n`),
    'var/log/st2/st2api.log': "2024-03-14 10:00:00,000 INFO logging [-] 1b - GET /v1/packs with query={} (remote_addr='10.0.0.10',method='GET',path='/v1/packs')\n",
  })
  archive = path.join(m.stateDir, 'a.st2.tar.gz')
  await exportStage({ ...(await m.context()), kept: undefined }, m.settings({ out: archive }))
})
afterAll(() => m.end())

interface Listed extends StageResult {
  document: string
  /** Read back from the CSV, which has all of them. */
  entries: Entry[]
}

async function list(options: Partial<EndpointsOptions> = {}, change: (context: StageContext) => Partial<StageContext> = () => ({}), settings = {}): Promise<Listed> {
  const context = await m.context()
  const all = { oldNames: [], newApi: 'https://new.example.org/api', ...options }
  const given = { ...context, target: undefined, ...change(context) }
  const result = await endpointsStage({ form: 'text', ...all })(given, m.settings({ run: 'e', ...settings }))
  const document = fs.readFileSync(result.data.file as string, 'utf8')
  const table = path.join(m.stateDir, 'all.csv')
  await endpointsStage({ ...all, form: 'csv', to: table })(given, m.settings({ run: 'e', ...settings }))
  for (const secret of SECRETS) expect(JSON.stringify(result) + document + fs.readFileSync(table, 'utf8')).not.toContain(secret)
  expect(JSON.stringify(result).length).toBeLessThan(20_000)
  return { ...result, document, entries: entriesIn(fs.readFileSync(table, 'utf8')) }
}
function entriesIn(csv: string): Entry[] {
  const names = Object.fromEntries(Object.entries(SECTIONS).map(([section, title]) => [title, section]))
  const rows = csv.trimEnd().split('\r\n').slice(1).map((row) => [...row.matchAll(/"((?:[^"]|"")*)"/g)].map(([, value]) => value!.replace(/""/g, '"').replace(/^'(?=[=+@|%-])/, '')))
  return rows.filter(([, title]) => names[title!]).map(([, title, old, fresh, evidence, todo]) => ({ section: names[title!]!, old, new: fresh, evidence, ...(todo !== '' && { todo }) }) as Entry)
}

const of = (entries: Entry[], section: string) => entries.filter((entry) => entry.section === section)

test('from the living instance: webhooks with their rules, keys, users, callers, chat, and the places inside', async () => {
  const { entries, exit } = await list()
  expect(exit).toBe(0)
  expect(of(entries, 'addresses').map((entry) => [entry.old, entry.new])).toEqual([
    ['https://old.example.org/api', 'https://new.example.org/api'],
    ['https://old.example.org/', 'https://new.example.org/'],
    ['https://old.example.org/auth', 'https://new.example.org/auth'],
    ['https://old.example.org/stream', 'https://new.example.org/stream'],
  ])
  const hooks = of(entries, 'webhooks').map((entry) => [entry.old, entry.new, entry.evidence])
  expect(hooks).toContainEqual(['https://old.example.org/api/v1/webhooks/net/in', 'https://new.example.org/api/v1/webhooks/net/in', 'rule net.hook; called 1 time in the logs, last 2024-03-12'])
  expect(hooks).toContainEqual(['https://old.example.org/api/v1/webhooks/made', 'https://new.example.org/api/v1/webhooks/made', 'rule net.made (off)'])
  const [key] = of(entries, 'api_keys').filter(({ evidence }) => evidence.startsWith(`user ci, id ${apiKeyId};`))
  expect(key!.evidence).toMatch(/used_by: =HYPERLINK\("evil"\), password: \*{8}.*used 1 time in the logs, last 2024-03-09/)
  expect(of(entries, 'users').map(({ evidence }) => evidence)).toEqual(expect.arrayContaining(['alice was given 1 token, last 2024-03-09']))
  const callers = of(entries, 'callers')
  expect(callers.map(({ old }) => old.split(' ')[0])).toEqual(expect.arrayContaining(['10.0.0.7', '10.0.0.8', '10.0.0.9', '10.0.0.10']))
  expect(callers.find(({ old }) => old.startsWith('10.0.0.7'))!.evidence).toContain('2 requests, last 2024-03-13 in ssl-st2webui.access.log; program ')
  expect(of(entries, 'chatops').map((entry) => [entry.old, entry.new])).toEqual([
    ['chat through slack', ''],
    ['old.example.org', 'new.example.org'],
    ['https://***@old.example.org/auth', 'https://***@new.example.org/auth'],
  ])
  const places = Object.fromEntries(of(entries, 'inside').map((entry) => [entry.old, entry.evidence]))
  expect(places).toMatchObject({
    'keys st2kv.system:notify.url': 'its value',
    'keys st2kv.system:sealed': 'its secret value',
    'configs net': 'values.host, file line 1, file line 2',
    'rules net.made': 'description',
    'packs net': 'actions/run.sh:3',
    'etc/st2/st2.conf': 'line 2, line 6',
    'etc/nginx/conf.d/st2.conf': 'line 2',
  })
  expect(Object.keys(places)).not.toContain('keys st2kv.system:longer')
})

test('rules of a source that was quiesced read as they were before; where that lies elsewhere it is said', async () => {
  const quiesce = async (takeBack: boolean) => quiesceStage(await m.context({ run: 'q' }), m.settings({ run: 'q', takeBack }))
  const hooks = async () => {
    const { entries, data } = await list()
    return [of(entries, 'webhooks').map(({ evidence }) => evidence.split(';')[0]).sort(), data.not_looked_at] as const
  }
  const before = await hooks()
  await quiesce(false)
  expect(await hooks()).toEqual(before)
  const record = path.join(m.stateDir, 'runs/q/quiesced.json')
  fs.renameSync(record, `${record}.away`)
  expect(await hooks()).toEqual([before[0].map((rule) => rule!.replace(/( \(off\))?$/, ' (off)')), expect.arrayContaining([expect.stringMatching(/^which rules were on before run q on host /)])])
  fs.renameSync(`${record}.away`, record)
  await quiesce(true)
})

test('what could not be read to its end is said', async () => {
  expect((await list()).data.not_looked_at).toEqual([expect.stringMatching(/^the log broken\.access\.log\.2\.gz could not be read to its end/)])
})

test('from an archive, without any instance: the same places and webhooks', async () => {
  const [living, kept] = [await list(), await list({ archive }, () => ({ source: undefined, sourceCrypto: undefined }))]
  expect(of(kept.entries, 'webhooks').filter(({ evidence }) => evidence.includes('net.')).map(({ old, evidence }) => [old.replace(/^.*\/v1/, ''), evidence.split(';')[0]])).toEqual([
    ['/webhooks/made', 'rule net.made (off)'],
    ['/webhooks/net/in', 'rule net.hook'],
  ])
  expect(of(kept.entries, 'users').map(({ evidence }) => evidence)).toEqual(expect.arrayContaining(['alice was given 1 token, last 2024-03-09']))
  expect(of(kept.entries, 'api_keys').find(({ evidence }) => evidence.startsWith('user ci'))!.evidence).toContain('used 1 time in the logs')
  const places = (entries: Entry[]) => of(entries, 'inside').filter(({ old }) => /^(configs|rules|packs|keys)/.test(old)).map(({ old, evidence }) => [old, evidence])
  const named = await list({ archive, oldNames: ['old.example.org'] }, (c) => ({ source: undefined, sourceCrypto: c.source!.crypto }))
  expect(places(named.entries)).toEqual(places(living.entries))
})

test('through the API alone, and with nothing but 127.0.0.1 known', async () => {
  const files = { files: undefined, crypto: undefined }
  const { entries, data } = await list({ oldNames: ['old.example.org'] }, (c) => ({ source: { ...c.source!, ...files } }))
  expect(of(entries, 'inside').map(({ old, evidence }) => [old, evidence])).toEqual(expect.arrayContaining([['packs net', expect.stringContaining('actions/run.sh:3')], ['configs net', 'values.host']]))
  expect(data.not_looked_at).toEqual(expect.arrayContaining([expect.stringContaining("the files of the old instance's host"), expect.stringMatching(/^1 secret keys could not be looked into/)]))
  const unknown = await list({}, (c) => ({ source: { ...c.source!, ...files } }))
  expect(unknown.data.not_looked_at).toEqual(expect.arrayContaining([expect.stringContaining('no host name of the old instance is known')]))
})

test('CSV that no spreadsheet runs, Markdown that no table breaks out of, text that steers no terminal', async () => {
  const to = path.join(m.stateDir, 'list.csv')
  const csv = await list({ form: 'csv', to })
  const table = fs.readFileSync(to, 'utf8')
  expect(fs.statSync(to).mode & 0o777).toBe(0o600)
  expect(csv.summary.join('\n')).toContain(to)
  for (const line of table.trimEnd().split('\r\n')) expect(line).toMatch(/^("([^"]|"")*",){5}"([^"]|"")*"$/)
  expect(table).not.toMatch(/(^|,)"\s*[=+@|%-]/m)
  const markdown = (await list({ form: 'markdown' })).document
  expect(markdown).not.toContain('<script>')
  expect(markdown.split('\n').filter((line) => line.startsWith('| [ ]')).every((line) => (line.match(/(?<!\\)\|/g) ?? []).length === 6)).toBe(true)
  const text = await list()
  expect(text.summary.join('\n') + text.document).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
})

test('a name that is none is refused', async () => {
  await expect(list({ oldNames: ['https://old.example.org'] })).rejects.toMatchObject({ exit: 2 })
})
