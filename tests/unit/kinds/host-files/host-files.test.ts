import * as fs from 'fs'
import * as path from 'path'
import { hostFiles } from '../../../../src/kinds/host-files'
import type { HostFileItem } from '../../../../src/kinds/host-files/list'
import type { Writing } from '../../../../src/kinds/kind'
import type { Change } from '../../../../src/core/model'
import { archiveOf, listed, plant, tempRoot, treeOf, writingTo } from '../../../support/file-trees'

const CONF = '[database]\nusername = st2\npassword = 0ld-s3cret\nssl = True\n[messaging]\nurl = amqp://st2:rabb1t@127.0.0.1/\n[exporter]\nlogging = x\n'
const OWN = '[database]\nusername = st2\npassword = n3w-s3cret\ntls = True\n[coordination]\nurl = redis://:r3dis@127.0.0.1\n'
const COPY = 'etc/st2/from-old-instance'

let old: string
let young: string
let staging: string
const onSource = () => listed(hostFiles, { root: old, side: 'source' }, { staging })
const modeOf = (name: string): string => (fs.statSync(path.join(young, name)).mode & 0o777).toString(8)
const textOf = (name: string): string => fs.readFileSync(path.join(young, name), 'utf8')

beforeEach(() => {
  old = tempRoot()
  young = tempRoot()
  staging = tempRoot()
  fs.mkdirSync(path.join(young, 'etc/st2'), { recursive: true })
})
afterEach(() => [old, young, staging].forEach((root) => fs.rmSync(root, { recursive: true, force: true })))

const change = (identity: string): Change => ({ kind: 'host_files', identity, action: 'create', transformed: true })

async function carrying(version = '3.4.1'): Promise<{ items: Map<string, HostFileItem>; writing: Writing; onTarget: () => Promise<HostFileItem[]> }> {
  const { items } = await onSource()
  const archive = archiveOf('host_files', items, staging, version)
  return {
    items: new Map(items.map((item) => [item.identity, item])),
    writing: writingTo({ root: young, side: 'target' }, archive),
    onTarget: async () => (await listed(hostFiles, { root: young, side: 'target' }, { wanted: archive })).items,
  }
}

test('the files that the services read are items under their paths; others in /etc/st2 are named, keys are not read', async () => {
  plant(old, {
    'etc/st2/st2.conf': { text: CONF, mode: 0o640 },
    'etc/st2/st2.user.conf': '',
    'etc/st2/conf.d/10-local.conf': '',
    'etc/st2/htpasswd': 'a:b\n',
    'etc/st2/logging.api.conf': '',
    'etc/st2/syslog.api.conf': '',
    'etc/st2/st2.conf.rpmsave': '',
    'etc/st2/keys/datastore_key.json': '{}',
    'etc/st2/keys/other.json': '{}',
    'etc/st2/from-old-instance/etc/st2/st2.conf': 'of an earlier migration',
    'opt/stackstorm/chatops/st2chatops.env': '',
    'opt/stackstorm/chatops/package.json': '{}',
    'etc/nginx/nginx.conf': '',
    'etc/nginx/conf.d/st2.conf': '',
    'etc/nginx/sites-available/st2': '',
  })
  fs.mkdirSync(path.join(old, 'etc/nginx/sites-enabled'))
  fs.symlinkSync('../sites-available/st2', path.join(old, 'etc/nginx/sites-enabled/st2'))
  const { items, remarks, notes } = await onSource()
  expect(items.map(({ identity }) => identity).sort()).toEqual([
    'etc/nginx/conf.d/st2.conf', 'etc/nginx/sites-available/st2', 'etc/nginx/sites-enabled/st2', 'etc/st2/conf.d/10-local.conf', 'etc/st2/htpasswd', 'etc/st2/logging.api.conf', 'etc/st2/st2.conf', 'etc/st2/st2.user.conf', 'etc/st2/syslog.api.conf', 'opt/stackstorm/chatops/st2chatops.env',
  ])
  expect(items.find(({ identity }) => identity === 'etc/st2/st2.conf')).toMatchObject({ mode: 0o640, member: 'files/host/etc/st2/st2.conf' })
  expect(remarks).toEqual([expect.objectContaining({ identity: 'etc/st2/st2.conf.rpmsave', outcome: 'left' })])
  expect(notes).toEqual([expect.stringContaining('include_crypto_key=true'), expect.stringContaining('not carried: 1 more in')])
  expect(JSON.stringify(treeOf(staging))).not.toContain('datastore_key')
})

test('a file of users elsewhere than usual is not missed without a word', async () => {
  plant(old, { 'etc/st2/st2.conf': '[auth]\nbackend_kwargs = {"file_path": "/srv/users"}\n' })
  expect((await onSource()).remarks).toEqual([expect.objectContaining({ identity: '/srv/users', outcome: 'manual' })])
})

test('a link that leads out of /etc/st2 is said, and not followed', async () => {
  plant(old, { 'srv/users': 'alice:secret\n', 'etc/st2/st2.conf': CONF })
  fs.symlinkSync('../../srv/users', path.join(old, 'etc/st2/htpasswd'))
  const { items, remarks } = await onSource()
  expect(items.map(({ identity }) => identity)).toEqual(['etc/st2/st2.conf'])
  expect(remarks).toEqual([expect.objectContaining({ identity: 'etc/st2/htpasswd', outcome: 'manual', note: expect.stringContaining('leads out') })])
})

test('a copy goes beside, private, with a difference that a person can read; the own file stays as it is', async () => {
  plant(old, { 'etc/st2/st2.conf': { text: CONF, mode: 0o644 } })
  plant(young, { 'etc/st2/st2.conf': OWN })
  const { items, writing, onTarget } = await carrying()
  const item = items.get('etc/st2/st2.conf')!
  const written = await hostFiles.write(change(item.identity), item, undefined, writing)
  expect(textOf('etc/st2/st2.conf')).toBe(OWN)
  expect(textOf(`${COPY}/etc/st2/st2.conf`)).toBe(CONF)
  expect([modeOf(COPY), modeOf(`${COPY}/etc`), modeOf(`${COPY}/etc/st2`), modeOf(`${COPY}/etc/st2/st2.conf`), modeOf(`${COPY}/etc/st2/st2.conf.diff`)]).toEqual(['700', '700', '700', '600', '600'])
  const diff = textOf(`${COPY}/etc/st2/st2.conf.diff`)
  expect(diff).toContain(' username = st2\n-password = n3w-s3cret\n-tls = True\n')
  expect(diff).toContain('+password = 0ld-s3cret\n+ssl = True\n')
  expect(diff).toContain('# [database] ssl since 3.9.0, now tls: renamed; the old name still works')
  expect(written.outcome).toBe('transformed')
  expect(written.note).toContain('another value: [database] password; only in the own one: [coordination] url, [database] tls; [exporter] since 3.8.0: removed with the service st2exporter; [database] ssl since 3.9.0')
  expect(await hostFiles.compare(item, (await onTarget())[0]!, { ...writing, phase: 'verify' })).toEqual([])
})

test('no secret is told outside of the private files', async () => {
  plant(old, { 'etc/st2/st2.conf': CONF, 'etc/st2/htpasswd': 'alice:$apr1$0ld-s3cret\n', 'opt/stackstorm/chatops/st2chatops.env': 'export HUBOT_SLACK_TOKEN="0ld-s3cret"\n' })
  plant(young, { 'etc/st2/st2.conf': OWN, 'etc/st2/htpasswd': 'alice:n3w-s3cret\nbob:n3w-s3cret\n' })
  const { items, writing } = await carrying('3.8.1')
  const told: unknown[] = []
  for (const item of items.values()) told.push(await hostFiles.weigh!(item, undefined, [], writing), await hostFiles.write(change(item.identity), item, undefined, writing), hostFiles.fingerprint(item))
  expect(JSON.stringify(told)).not.toMatch(/s3cret|rabb1t|r3dis/)
  expect(JSON.stringify(told)).toContain('another password: alice; only in the own one: bob')
  expect(JSON.stringify(told)).toContain('HUBOT_SLACK_TOKEN since 3.9.0: HUBOT_SLACK_BOT_TOKEN and HUBOT_SLACK_APP_TOKEN take its place')
})

test('an own file with the same bytes is identical, whatever its mode', async () => {
  plant(old, { 'etc/st2/htpasswd': 'a:b\n' })
  plant(young, { 'etc/st2/htpasswd': { text: 'a:b\n', mode: 0o600 } })
  const { items, writing, onTarget } = await carrying()
  expect(await hostFiles.compare(items.get('etc/st2/htpasswd')!, (await onTarget())[0]!, { ...writing, phase: 'plan' })).toEqual([])
})

test('a copy of an earlier run is told again by a new plan, and not written again', async () => {
  plant(old, { 'etc/nginx/conf.d/st2.conf': 'ssl_protocols TLSv1 TLSv1.2;\n' })
  const { items, writing, onTarget } = await carrying()
  const item = items.get('etc/nginx/conf.d/st2.conf')!
  await hostFiles.write(change(item.identity), item, undefined, writing)
  const [found] = await onTarget()
  const differences = await hostFiles.compare(item, found!, { ...writing, phase: 'plan' })
  expect(differences).toEqual([{ path: 'place', source: 'in place', target: 'beside' }])
  expect(await hostFiles.weigh!(item, found, differences, writing)).toMatchObject({ action: 'leave', transformed: true, note: expect.stringContaining('it allows TLS 1.0 or 1.1') })
})

test('undo: the copy, its difference and the directories go; an older copy comes back', async () => {
  plant(old, { 'etc/st2/st2.conf': CONF, 'etc/st2/logging.api.conf': 'new' })
  plant(young, { 'etc/st2/st2.conf': OWN, [`${COPY}/etc/st2/logging.api.conf`]: { text: 'older', mode: 0o600 } })
  const { items, writing, onTarget } = await carrying()
  const [before] = await onTarget()
  for (const item of items.values()) expect(await hostFiles.write(change(item.identity), item, item.identity === before!.identity ? before : undefined, writing)).toMatchObject({ outcome: 'transformed' })
  for (const now of await onTarget()) {
    if (now.identity === before!.identity) expect(await hostFiles.restore!(before!, now, writing)).toEqual({ outcome: 'carried' })
    else expect(await hostFiles.remove!(now, writing)).toEqual({ outcome: 'carried' })
  }
  expect(treeOf(young, 'etc')).toEqual({ 'etc/st2/st2.conf': `644 ${OWN}`, [`${COPY}/etc/st2/logging.api.conf`]: '600 older', [`${COPY}/etc/st2/logging.api.conf.diff`]: expect.stringContaining('600 # /etc/st2/logging.api.conf') })
})

test('after an undo of everything nothing of ours is left, also when a write was cut off after the difference', async () => {
  plant(old, { 'etc/st2/st2.conf': CONF })
  const { items, writing, onTarget } = await carrying()
  const item = items.get('etc/st2/st2.conf')!
  await hostFiles.write(change(item.identity), item, undefined, writing)
  fs.rmSync(path.join(young, COPY, 'etc/st2/st2.conf'))
  plant(young, { [`${COPY}/etc/st2/st2.conf.0123456789ab.part`]: 'half' })
  expect(await onTarget()).toEqual([])
  expect(await hostFiles.clear!(item, writing)).toEqual({ outcome: 'carried' })
  expect(fs.readdirSync(path.join(young, 'etc/st2'))).toEqual([])
})

test('a copy that somebody works on is neither replaced nor taken away', async () => {
  plant(old, { 'etc/st2/st2.conf': CONF })
  const { items, writing, onTarget } = await carrying()
  const item = items.get('etc/st2/st2.conf')!
  await hostFiles.write(change(item.identity), item, undefined, writing)
  const [now] = await onTarget()
  fs.appendFileSync(path.join(young, COPY, 'etc/st2/st2.conf'), '# mine\n')
  expect(await hostFiles.remove!(now!, writing)).toMatchObject({ outcome: 'left' })
  expect(await hostFiles.write(change(item.identity), item, now, writing)).toMatchObject({ outcome: 'failed', note: expect.stringContaining('changed') })
})

test('a link in the place of the folder is not followed', async () => {
  plant(old, { 'etc/st2/st2.conf': CONF })
  fs.mkdirSync(path.join(young, 'srv'))
  fs.symlinkSync('../../srv', path.join(young, COPY))
  const { items, writing } = await carrying()
  const item = items.get('etc/st2/st2.conf')!
  await expect(hostFiles.write(change(item.identity), item, undefined, writing)).rejects.toThrow('leads out of')
  expect(fs.readdirSync(path.join(young, 'srv'))).toEqual([])
})

test('bytes that are no text, and files that have nothing in common, get a difference in words', async () => {
  plant(old, { 'etc/st2/st2.conf': { text: Buffer.from([0xff, 0xfe, 0]), mode: 0o644 }, 'etc/st2/logging.api.conf': Array.from({ length: 2000 }, (_, i) => `old ${i}`).join('\n') })
  plant(young, { 'etc/st2/st2.conf': OWN, 'etc/st2/logging.api.conf': Array.from({ length: 2000 }, (_, i) => `own ${i}`).join('\n') })
  const { items, writing } = await carrying()
  for (const item of items.values()) await hostFiles.write(change(item.identity), item, undefined, writing)
  expect(textOf(`${COPY}/etc/st2/st2.conf.diff`)).toContain('no UTF-8 text')
  expect(textOf(`${COPY}/etc/st2/logging.api.conf.diff`)).toContain('hardly a line in common')
})
