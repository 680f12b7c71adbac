/**
 * The real workflow: orquesta's conductor decides, the old sandbox runs every action of the installed pack as StackStorm does
 * (argument order, environment, the token of the action, the committed bundle), and the new one is migrated to.
 */
import { conduct, conductorPython, type Act, type Answer, type Conductor } from '../support/conductor'
import { startMigration, type Migration } from '../support/migration'
import { settleOwnPack } from '../support/own-pack'
import { ownPack } from '../support/own-pack'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'

const LIMIT = 240_000
jest.setTimeout(LIMIT)

describe('st2upgrade.migrate in StackStorm', () => {
  let python: string
  let dir: string
  let migration: Migration
  let asked: { task: string; result: { return_code?: number; stdout?: Record<string, unknown> } }[]
  let conductors: Conductor[]

  beforeAll(async () => {
    python = await conductorPython()
    if (python.startsWith('- ')) console.warn(`the workflow was not run in orquesta ${python}`)
  }, 300_000)

  beforeEach(async () => {
    if (python.startsWith('- ')) return
    ;[asked, conductors] = [[], []]
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-workflow-'))
    migration = await startMigration()
    settleOwnPack(migration.new, path.join(dir, 'there'))
    const [old, fresh] = [migration.on('old'), migration.on('new')]
    const installed = await old.run('packs.install', { packs: [ownPack(dir)] }, { timeoutMs: 120_000 })
    expect(installed.status).toBe('succeeded')
    const { key } = await fresh.post<{ key: string }>('/apikeys', { user: 'st2admin' })
    await old.putKey({ name: 'st2upgrade.target_api_key', value: key, scope: 'system', secret: true })
    await old.putKey({ name: 'plain', value: 'kl\u00ed\u010d {{ 1 + 1 }}', scope: 'system' })
    await old.putKey({ name: 'secret', value: 's3cret', scope: 'system', secret: true })
    await migration.on('old', 'alice').putKey({ name: 'own', value: 'of alice', scope: 'user' })
  })

  afterEach(async () => {
    if (python.startsWith('- ')) return
    for (const conductor of conductors) conductor.close()
    await migration.end()
    fs.rmSync(dir, { recursive: true, force: true })
  })

  const missing = (): boolean => python.startsWith('- ')

  /** An action as an execution on the old instance; core.ask is answered by the test. */
  const act = (go = true): Act => async (task, action, input): Promise<Answer> => {
    if (action === 'core.ask') return answered(task, { status: 'succeeded', result: { response: { go } } })
    const parameters = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
    const { status, result } = await migration.on('old').run(action, parameters, { timeoutMs: 120_000 })
    return answered(task, { status: status as Answer['status'], result })
  }

  function answered(task: string, answer: Answer): Answer {
    asked.push({ task, result: answer.result as (typeof asked)[number]['result'] })
    return answer
  }

  async function begin(more: Record<string, unknown> = {}): Promise<Conductor> {
    const inputs = { target_url: migration.new.apiUrl, state_dir: path.join(dir, 'state'), source_root: migration.old.sandbox.paths.root, except: 'host_files', ...more }
    const conductor = await conduct(python, inputs)
    conductors.push(conductor)
    return conductor
  }

  const tasks = (): string[] => asked.map(({ task }) => task)
  const resultOf = (task: string) => asked.filter((one) => one.task === task).pop()!.result
  const valueThere = async (name: string) => (await migration.on('new').key(name, 'system', { decrypt: true }))?.value

  it('moves the datastore and proves it; from the start with the same run it writes nothing more', async () => {
    if (missing()) return
    const { ended, output } = await (await begin()).run(act())
    expect([ended, output?.stage, output?.summary[0]]).toEqual(['succeeded', 'done', expect.stringContaining('everything was read back')])
    expect(await valueThere('plain')).toBe('kl\u00ed\u010d {{ 1 + 1 }}')
    expect(await valueThere('secret')).toBe('s3cret')
    expect(await valueThere('st2upgrade.target_api_key')).toBeUndefined()
    expect((await migration.on('new', 'alice').key('own', 'user'))?.value).toBe('of alice')
    const again = await (await begin({ run: output?.run })).run(act())
    expect(again.ended).toBe('succeeded')
    expect(resultOf('export').stdout).toMatchObject({ resumed: true })
    expect(resultOf('apply').stdout).toMatchObject({ writes: 0 })
  })

  it('is done where something is left for a person, and says what: with api_only what belongs into files', async () => {
    if (missing()) return
    const { ended, output } = await (await begin({ except: '', api_only: true })).run(act())
    expect([ended, output?.stage, resultOf('verify').return_code]).toEqual(['succeeded', 'done', 3])
    expect(output?.summary.join('\n')).toMatch(/needs a person: host_files etc\/st2\/htpasswd.*without api_only/)
    expect(await valueThere('secret')).toBe('s3cret')
  })

  it('names the stage and the reason when a stage fails, and goes on from there', async () => {
    if (missing()) return
    migration.new.setFaults({ faults: ['status=500,on=write,path=/v1/keys/'] })
    const conductor = await begin({ api_only: true })
    const first = await conductor.run(act())
    expect([first.ended, first.output?.stage]).toEqual(['failed', 'apply'])
    expect(first.output?.summary.join()).toContain('500')
    expect(first.output?.next).toContain('--tasks apply')
    expect(await valueThere('plain')).toBeUndefined()
    migration.new.setFaults({})
    asked = []
    const second = await conductor.run(act(), ['apply'])
    expect([second.ended, tasks()]).toEqual(['succeeded', ['apply', 'verify']])
    expect(await valueThere('secret')).toBe('s3cret')
  })

  it('stops before the first write at another value on the target, and goes on from the plan when it is gone', async () => {
    if (missing()) return
    await migration.on('new').putKey({ name: 'plain', value: 'another', scope: 'system' })
    const conductor = await begin()
    const first = await conductor.run(act())
    expect([first.ended, first.output?.stage, resultOf('apply').return_code]).toEqual(['failed', 'apply', 5])
    expect(await valueThere('secret')).toBeUndefined()
    await migration.on('new').deleteKey('plain', 'system')
    const second = await conductor.run(act(), ['plan'])
    expect([second.ended, second.output?.stage]).toEqual(['succeeded', 'done'])
  })

  it('asks, shows the plan, and writes nothing after a no; after a yes it goes on', async () => {
    if (missing()) return
    const conductor = await begin({ approve: true })
    const refused = await conductor.run(act(false))
    expect([refused.ended, refused.output?.stage, tasks()]).toEqual(['failed', 'approve', ['check', 'export', 'deliver', 'plan', 'approve']])
    expect(await valueThere('plain')).toBeUndefined()
    asked = []
    const { ended } = await conductor.run(act(true), ['approve'])
    expect([ended, tasks()]).toEqual(['succeeded', ['approve', 'publish', 'apply', 'verify']])
  })

  it('tells what is missing when the key of the target is not there', async () => {
    if (missing()) return
    await migration.on('old').deleteKey('st2upgrade.target_api_key', 'system')
    const { ended, output } = await (await begin()).run(act())
    expect([ended, output?.stage, resultOf('check').return_code]).toEqual(['failed', 'check', 2])
    expect(output?.summary.join()).toContain('st2 key set --encrypt st2upgrade.target_api_key')
  })
})
