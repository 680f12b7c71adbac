import * as fs from 'fs'
import * as path from 'path'
import { decodeArgs, type Typed } from '../../../src/commands/args'
import type { Command } from '../../../src/commands/command'
import { OPTION_SPECS, type OptionName } from '../../../src/commands/options'
import { settingsOf } from '../../../src/commands/settings'
import { tempDir } from '../../support/archives'

const all: Command = { name: 'all', describe: '', options: Object.keys(OPTION_SPECS) as OptionName[], run: () => Promise.reject(new Error('not run')) }
const noDatastore = () => Promise.reject(new Error('the datastore was asked'))
const settings = (typed: Typed, passphrase: (name: string) => Promise<string> = noDatastore) => settingsOf(decodeArgs(all, typed, {}), 'r1', passphrase)

const RECIPIENTS = ['age1mh4wu63xsahd9jc8ru544pqv084lfuwnsr59k89ylyuqk4ehyg4qrtzhj0', 'age14v2n3c8fl94pnham9ggqe9mxj92pv4p52gzh97a6ze99yqf5zpxs8926g5']
let dir: string
beforeAll(() => {
  dir = tempDir()
  fs.writeFileSync(path.join(dir, 'passphrase'), 'correct horse\r\n')
  fs.writeFileSync(path.join(dir, 'identity'), '# made today\nAGE-SECRET-KEY-1A\n\nAGE-SECRET-KEY-1B\n')
})
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

it('nothing given: the careful defaults', async () => {
  expect(await settings({})).toMatchObject({ run: 'r1', onConflict: 'fail', otherUsers: false, plainArchive: false, allowActive: false, allowOlder: false, servePacks: false, seal: undefined, unseal: undefined, only: undefined, users: [] })
})

it('seals for recipients, else with a passphrase from a file or the datastore', async () => {
  expect((await settings({ recipients: RECIPIENTS.join() })).seal).toEqual({ recipients: RECIPIENTS })
  expect((await settings({ passphrase_file: path.join(dir, 'passphrase') })).seal).toEqual({ passphrase: 'correct horse' })
  expect((await settings({ passphrase_key_name: 'k' }, async (name) => `value of ${name}`)).seal).toEqual({ passphrase: 'value of k' })
})

it('what cannot seal is found before anything is listed', async () => {
  fs.writeFileSync(path.join(dir, 'empty'), '\n')
  for (const typed of [{ recipients: `${RECIPIENTS[0]},age1nonsense` }, { passphrase_file: path.join(dir, 'empty') }]) await expect(settings(typed)).rejects.toMatchObject({ problem: 'bad-recipient' })
})

it('a plain archive is not sealed, whatever else the configuration says', async () => {
  expect(await settings({ plain_archive: true, recipients: 'age1a' })).toMatchObject({ seal: undefined, plainArchive: true })
})

it('opens with identities from a file as age-keygen writes it', async () => {
  expect((await settings({ identity_file: path.join(dir, 'identity') })).unseal).toEqual({ identities: ['AGE-SECRET-KEY-1A', 'AGE-SECRET-KEY-1B'], passphrase: undefined })
})

it('a file that is not there is wrong usage', async () => {
  await expect(settings({ identity_file: path.join(dir, 'none') })).rejects.toMatchObject({ code: 'E_FILE', exit: 2 })
})

it('hands everything else on', async () => {
  expect(await settings({ only: 'keys', except: 'packs', on_conflict: 'skip', git_template: 't/{pack}', serve_port: '8080', concurrency: '4', allow_active: true, out: '/o', archive: '/a', plan: '/p' })).toMatchObject({
    only: ['keys'],
    except: ['packs'],
    onConflict: 'skip',
    gitTemplate: 't/{pack}',
    servePort: 8080,
    concurrency: 4,
    allowActive: true,
    out: '/o',
    archive: '/a',
    plan: '/p',
  })
})

describe('rewrite', () => {
  it('whole host names, the old ones in lower case', async () => {
    expect((await settings({ rewrite: 'Old.Example=new.example, 10.0.0.5=10.1.0.5' })).rewrite).toEqual([{ from: 'old.example', to: 'new.example' }, { from: '10.0.0.5', to: '10.1.0.5' }])
    expect((await settings({})).rewrite).toBeUndefined()
  })

  it.each(['old.example', 'old.example=', '=new.example', 'https://old.example=new.example', 'old.example:80=new.example:80', 'a.example=b.example=c.example', 'a.example=A.example', 'a.example=b.example,a.example=c.example', '*.example=new.example'])('%j is wrong usage', async (rewrite) => {
    await expect(settings({ rewrite })).rejects.toMatchObject({ code: 'E_BAD_REWRITE', exit: 2 })
  })
})

describe('what is kept of the past', () => {
  const NOW = new Date('2024-05-10T12:00:00Z')
  const kept = (typed: Typed) => settingsOf(decodeArgs(all, typed, {}), 'r1', noDatastore, NOW)

  it('everything, unless a part is asked for', async () => {
    expect((await kept({})).history).toEqual({ since: undefined })
    expect(await kept({ since: '30d', history_action: 'core.local,deploy.web', history_status: 'failed', audit_logs_to: 'audit' })).toMatchObject({
      history: { since: '2024-04-10T12:00:00.000000Z', actions: ['core.local', 'deploy.web'], statuses: ['failed'] },
      auditLogsTo: path.resolve('audit'),
    })
  })

  it.each<[Typed, string]>([
    [{ since: 'last week' }, 'E_BAD_TIME'],
    [{ since: '2024-05-32' }, 'E_BAD_TIME'],
    [{ history_action: 'local' }, 'E_BAD_REF'],
    [{ history_status: 'failed,broken' }, 'E_NOT_A_CHOICE'],
  ])('%j is refused', async (typed, code) => {
    await expect(kept(typed)).rejects.toMatchObject({ code, exit: 2 })
  })

  it('histories have no conflicts', async () => {
    await expect(kept({ on_conflict: 'fail,executions=skip' })).rejects.toMatchObject({ exit: 2, message: 'there is no kind executions' })
  })
})
