/**
 * st2upgrade.migrate as a user starts it: installed as a pack on the old sandbox, one execution over the API, which runs the workflow
 * itself; the stages are children that run the committed bundle, the question is answered as an inquiry. Only the API of the new one is in
 * reach from there: the run is handed over to it.
 */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { startMigration, type Migration } from '../support/migration'
import { ownPack, settleOwnPack } from '../support/own-pack'

jest.setTimeout(240_000)

interface Shown {
  id: string
  status: string
  result: { output: { run: string; stage: string; summary: string[]; next: string } | null; errors?: { message: string; task_id?: string }[] }
  context: { orquesta: { task_name: string } }
}

const STAGES = ['check', 'export', 'deliver', 'plan', 'approve', 'publish', 'apply', 'verify']

describe('st2upgrade.migrate, run by the sandbox', () => {
  let dir: string
  let migration: Migration

  beforeEach(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-sandbox-migrate-'))
    migration = await startMigration()
    const [old, fresh] = [migration.on('old'), migration.on('new')]
    expect((await old.run('packs.install', { packs: [ownPack(dir)] }, { timeoutMs: 120_000 })).status).toBe('succeeded')
    settleOwnPack(migration.new, path.join(dir, 'there'))
    const { key } = await fresh.post<{ key: string }>('/apikeys', { user: 'st2admin' })
    await old.putKey({ name: 'st2upgrade.target_api_key', value: key, scope: 'system', secret: true })
    fs.writeFileSync(path.join(migration.old.sandbox.paths.root, 'etc/st2/st2.conf'), '[api]\nhost = 10.0.0.7\n')
    await old.putKey({ name: 'plain', value: 'kl\u00ed\u010d {{ 1 + 1 }}', scope: 'system' })
    await old.putKey({ name: 'secret', value: 's3cret', scope: 'system', secret: true })
  })

  afterEach(async () => {
    await migration.end()
    fs.rmSync(dir, { recursive: true, force: true })
  })

  const post = (target: string, body: Record<string, unknown>): Promise<Shown> => migration.on('old').post<Shown>(target, body)
  const start = (more: Record<string, unknown> = {}): Promise<Shown> =>
    post('/executions', { action: 'st2upgrade.migrate', parameters: { target_url: migration.new.apiUrl, state_dir: path.join(dir, 'state'), source_root: migration.old.sandbox.paths.root, ...more } })
  const children = (id: string): Promise<Shown[]> => migration.on('old').get<Shown[]>(`/executions/${id}/children`)
  const tasks = async (id: string): Promise<string[]> => (await children(id)).map(({ context }) => context.orquesta.task_name)
  const valueThere = async (name: string): Promise<string | undefined> => (await migration.on('new').key(name, 'system', { decrypt: true }))?.value

  async function until(id: string, ...statuses: string[]): Promise<Shown> {
    for (;;) {
      const shown = await migration.on('old').get<Shown>(`/executions/${id}`)
      if (statuses.includes(shown.status)) return shown
      if (shown.status === 'failed') throw new Error(JSON.stringify(shown.result))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  async function answer(go: boolean): Promise<string> {
    const [inquiry] = await migration.on('old').get<{ id: string; schema: { properties: { go: { description: string } } } }[]>('/inquiries')
    if (!inquiry) throw new Error('nobody is asked')
    await migration.on('old').put(`/inquiries/${inquiry.id}`, { id: inquiry.id, response: { go } })
    return inquiry.schema.properties.go.description
  }

  it('pauses with the plan as a question, then moves everything and proves it', async () => {
    const { id } = await start({ approve: true })
    await until(id, 'paused')
    expect(await valueThere('plain')).toBeUndefined()
    expect(await answer(true)).toMatch(/^Carry out this plan\? .* \| /)
    const { result } = await until(id, 'succeeded')
    expect(result.output).toMatchObject({ stage: 'done', next: 'nothing, the migration is proved' })
    expect(result.output?.summary[0]).toContain('everything was read back')
    expect(fs.readFileSync(path.join(dir, 'state/runs', result.output!.run, 'ledger.jsonl'), 'utf8')).toContain('"kind":"host_files"')
    expect(fs.readFileSync(path.join(migration.new.sandbox.paths.root, 'etc/st2/from-old-instance/etc/st2/st2.conf'), 'utf8')).toContain('host = 10.0.0.7')
    expect([await tasks(id), await valueThere('plain'), await valueThere('secret')]).toEqual([STAGES, 'kl\u00ed\u010d {{ 1 + 1 }}', 's3cret'])
  })

  it('writes nothing when the answer is no, and goes on from there when asked again', async () => {
    const { id } = await start({ approve: true })
    await until(id, 'paused')
    await answer(false)
    const { result } = await until(id, 'failed')
    expect(result.output).toMatchObject({ stage: 'approve', summary: ['not approved, nothing was written'] })
    expect(result.output?.next).toContain(`st2 execution re-run ${id} --tasks approve`)
    expect(await valueThere('plain')).toBeUndefined()
    const again = await post(`/executions/${id}/re_run`, { tasks: ['approve'], reset: ['approve'] })
    await until(again.id, 'paused')
    await answer(true)
    // StackStorm keeps the output of the first time, what became of it stands in the tasks.
    expect((await until(again.id, 'succeeded')).result.output?.stage).toBe('approve')
    expect([await tasks(again.id), await valueThere('secret')]).toEqual([STAGES.slice(STAGES.indexOf('approve')), 's3cret'])
  })
})
