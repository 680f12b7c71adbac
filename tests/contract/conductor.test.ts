/** The workflow in orquesta's own inspector and conductor: what it does with each kind of answer of a stage. */
import { conduct, conductorPython, type Act, type Ended } from '../support/conductor'

const answered = (summary: string[], more: Record<string, unknown> = {}) => ({ summary, run: 'r1', ...more })
const fine: Act = (task) => (task === 'approve' ? { status: 'succeeded', result: { response: { go: true } } } : { status: 'succeeded', result: { return_code: 0, stdout: answered([`${task} is done`, 'more']) } })

describe('the workflow migrate in orquesta', () => {
  let python = ''
  beforeAll(async () => {
    python = await conductorPython()
    if (python.startsWith('- ')) console.warn(`orquesta did not check the workflow ${python}`)
  }, 300_000)

  const missing = (): boolean => python.startsWith('- ')

  /** Runs it with the answers that a test changes; what was asked, in order, and how it ended. */
  async function ends(inputs: Record<string, unknown>, other: Partial<Record<string, ReturnType<Act>>> = {}): Promise<Ended & { asked: string[]; inputs: Record<string, Record<string, unknown>> }> {
    const conductor = await conduct(python, inputs)
    const asked: string[] = []
    const given: Record<string, Record<string, unknown>> = {}
    const ended = await conductor.run((task, action, input) => {
      asked.push(task)
      given[task] = input
      return other[task] ?? fine(task, action, input)
    })
    conductor.close()
    return { ...ended, asked, inputs: given }
  }

  it('passes the inspector', async () => {
    if (missing()) return
    const conductor = await conduct(python, {})
    expect(conductor.inspected).toEqual({})
    conductor.close()
  })

  it('runs the stages in order, hands the run on, and ends with the proof', async () => {
    if (missing()) return
    const { ended, output, asked, inputs } = await ends({ target_url: 'https://new.example/api' })
    expect([ended, asked]).toEqual(['succeeded', ['check', 'export', 'deliver', 'plan', 'publish', 'apply', 'verify']])
    expect(output).toEqual({ run: 'r1', stage: 'done', summary: ['verify is done', 'more'], next: 'nothing, the migration is proved' })
    expect(inputs.check).toMatchObject({ run: null, target_url: 'https://new.example/api', other_users: true })
    expect(inputs.export).toMatchObject({ run: 'r1', own_key: true, resume: true })
    expect(inputs.apply).toMatchObject({ run: 'r1', allow_active: false, on_conflict: 'fail' })
  })

  it.each([
    ['activate', { activate: true }, ['apply', 'verify', 'activate', 'prove']],
    ['allow_active', { allow_active: true }, ['apply', 'activate', 'prove']],
  ])('with %s it ends with a proof of the active target', async (_, inputs, last) => {
    if (missing()) return
    const { ended, output, asked } = await ends(inputs)
    expect([ended, asked]).toEqual(['succeeded', ['check', 'export', 'deliver', 'plan', 'publish', ...last]])
    expect(output).toEqual({ run: 'r1', stage: 'done', summary: ['prove is done', 'more'], next: 'nothing, the migration is proved' })
  })

  it('says that the target is quiet, and how it is activated', async () => {
    if (missing()) return
    const { ended, output } = await ends({}, { verify: { status: 'succeeded', result: { return_code: 0, stdout: answered(['fine'], { waits: 0, to_activate: true }) } } })
    expect(ended).toBe('succeeded')
    expect(output).toEqual({ run: 'r1', stage: 'quiet', summary: ['fine'], next: expect.stringMatching(/the target is quiet. When .* st2 run st2upgrade\.activate run=r1$/) })
    const there = await ends({ target_url: 'https://new.example/api', target_api_key_name: 'new.key' }, { verify: { status: 'succeeded', result: { return_code: 0, stdout: answered(['fine'], { to_activate: true }) } } })
    expect(there.output?.next).toMatch(/activate run=r1 target_url=https:\/\/new\.example\/api target_api_key_name=new\.key$/)
  })

  it('does not activate what the proof found otherwise', async () => {
    if (missing()) return
    const { ended, asked } = await ends({ activate: true }, { verify: { status: 'failed', result: { return_code: 4, stdout: answered(['1 item differs']) } } })
    expect([ended, asked[asked.length - 1]]).toEqual(['failed', 'verify'])
  })

  it('asks before anything is written, and shows what the plan says', async () => {
    if (missing()) return
    const { ended, asked, inputs } = await ends({ approve: true, approvers: 'ann,bob' })
    expect([ended, asked]).toEqual(['succeeded', ['check', 'export', 'deliver', 'plan', 'approve', 'publish', 'apply', 'verify']])
    expect(inputs.approve).toMatchObject({ users: ['ann', 'bob'], schema: { properties: { go: { type: 'boolean', required: true, description: 'Carry out this plan? plan is done | more' } } } })
  })

  it.each([
    ['no', { status: 'succeeded', result: { response: { go: false } } }, 'not approved, nothing was written'],
    ['nobody answers', { status: 'timeout', result: {} }, 'nobody answered in time, nothing was written'],
  ] as const)('stops before the first write when the answer is: %s', async (_, answer, reason) => {
    if (missing()) return
    const { ended, output, asked } = await ends({ approve: true }, { approve: answer })
    expect([ended, asked[asked.length - 1]]).toEqual(['failed', 'approve'])
    expect(output).toMatchObject({ stage: 'approve', summary: [reason] })
  })

  it('does not ask again when an apply has begun', async () => {
    if (missing()) return
    const begun = { status: 'succeeded', result: { return_code: 0, stdout: answered(['goes on'], { resumed: true }) } } as const
    expect((await ends({ approve: true }, { plan: begun })).asked).not.toContain('approve')
  })

  it('goes on to the proof when items need a person, and is done: its summary says which', async () => {
    if (missing()) return
    const person = { status: 'failed', result: { return_code: 3, stdout: answered(['2 need a person']) } } as const
    const { ended, output, asked } = await ends({}, { export: person, apply: person, verify: person })
    expect(asked).toEqual(['check', 'export', 'deliver', 'plan', 'publish', 'apply', 'verify'])
    expect([ended, output?.stage, output?.summary]).toEqual(['succeeded', 'done', ['2 need a person']])
    expect((await ends({ activate: true }, { verify: person, activate: person, prove: person })).output).toMatchObject({ stage: 'done', summary: ['2 need a person'] })
  })

  it.each(['check', 'export', 'deliver', 'plan', 'publish', 'apply', 'verify'])('names the stage %s, its reason and the next command when it fails', async (stage) => {
    if (missing()) return
    const { ended, output } = await ends({ run: 'r1' }, { [stage]: { status: 'failed', result: { return_code: 5, stdout: answered(['the target is locked', 'Next: wait']) } } })
    expect(ended).toBe('failed')
    expect(output).toMatchObject({ run: 'r1', stage, summary: ['the target is locked', 'Next: wait'] })
    expect(output?.next).toContain(`st2 execution re-run 5f0000000000000000000001 --tasks ${stage}`)
  })

  it.each([
    ['a time limit', { status: 'timeout', result: { return_code: -9, stdout: '', error: 'Action failed to complete in 60 seconds' } }],
    ['a runner that died', { status: 'failed', result: null }],
    ['text that is no answer', { status: 'failed', result: { return_code: 1, stdout: 'Segmentation fault' } }],
  ] as const)('tells the stage after %s too', async (_, answer) => {
    if (missing()) return
    const { ended, output, errors } = await ends({}, { apply: answer })
    expect([ended, output?.stage]).toEqual(['failed', 'apply'])
    expect(output?.summary[0]).toContain('gave no answer')
    expect(errors.filter(({ message }) => /expression|Unable to resolve/i.test(message))).toEqual([])
  })

  it('goes on from the failed task with the same run', async () => {
    if (missing()) return
    const conductor = await conduct(python, {})
    const first = await conductor.run((task, action, input) => (task === 'apply' ? { status: 'failed', result: { return_code: 75, stdout: answered(['stopped']) } } : fine(task, action, input)))
    expect(first.ended).toBe('failed')
    const asked: [string, unknown][] = []
    const second = await conductor.run((task, action, input) => (asked.push([task, input.run]), fine(task, action, input)), ['apply'])
    conductor.close()
    expect(asked).toEqual([['apply', 'r1'], ['verify', 'r1']])
    expect([second.ended, second.output?.stage]).toEqual(['succeeded', 'done'])
  })
})
