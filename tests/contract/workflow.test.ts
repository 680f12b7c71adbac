/** A check of the workflow of its own, so that it stands without orquesta: tasks, transitions, actions, inputs, names of the context. */
import { actions, workflow, type Transition } from '../support/pack'

const flow = workflow()
const ALL = actions()
const tasks = Object.entries(flow.tasks)
const COMMANDS_OF_THE_ENGINE = ['noop', 'fail']

const names = (entries: (string | Record<string, unknown>)[]): string[] => entries.flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.keys(entry)))
const published = tasks.flatMap(([, { next = [] }]) => next.flatMap(({ publish = [] }) => names(publish)))
const known = new Set([...names(flow.input), ...names(flow.vars), ...published, 'st2'])

/** Every text anywhere below. */
const texts = (value: unknown): string[] => (typeof value === 'string' ? [value] : value !== null && typeof value === 'object' ? Object.values(value).flatMap(texts) : [])
const expressions = texts(flow).flatMap((text) => text.match(/<%.*?%>/gs) ?? [])

it('takes what the action migrate takes, with the same defaults', () => {
  const inputs = Object.assign({}, ...flow.input.map((entry) => (typeof entry === 'string' ? { [entry]: null } : entry))) as Record<string, unknown>
  const parameters = Object.fromEntries(Object.entries(ALL.migrate!.parameters).map(([name, parameter]) => [name, parameter.default ?? null]))
  expect(inputs).toEqual(parameters)
})

it('begins with one task and reaches all', () => {
  const led = new Set(tasks.flatMap(([, { next = [] }]) => next.map((transition) => transition.do)))
  expect(tasks.map(([name]) => name).filter((name) => !led.has(name))).toEqual(['check'])
})

describe.each(tasks)('task %s', (name, task) => {
  const next: Transition[] = task.next ?? []

  it('runs an action that exists, with parameters that it has', () => {
    if (task.action === 'core.ask') return expect(Object.keys(task.input).sort()).toEqual(['route', 'schema', 'ttl', 'users'])
    const action = ALL[task.action.replace('st2upgrade.', '')]
    expect(action).toBeDefined()
    for (const input of Object.keys(task.input)) {
      expect(Object.keys(action!.parameters)).toContain(input)
      expect(action!.parameters[input]?.immutable).not.toBe(true)
    }
  })

  it('hands on every input that its action knows', () => {
    if (task.action === 'core.ask') return
    const parameters = Object.keys(ALL[task.action.replace('st2upgrade.', '')]!.parameters)
    const missing = names(flow.input).filter((input) => parameters.includes(input) && !(input in task.input))
    expect(missing).toEqual([])
  })

  it('leads to tasks that exist, and names the stage that comes, or that failed', () => {
    for (const transition of next) {
      const leads = transition.do
      if (leads !== undefined) expect([...Object.keys(flow.tasks), ...COMMANDS_OF_THE_ENGINE]).toContain(leads)
      const stage = transition.publish?.find((entry) => 'stage' in entry)?.stage
      // The end of a quiet landing is told apart by what still waits for activation.
      if (leads === 'noop') expect(stage).toMatch(/\bdone\b/)
      else expect(stage).toBe(leads === 'fail' ? name : leads)
    }
  })

  it('does something whatever becomes of it', () => {
    expect(next.some(({ when }) => when?.includes('succeeded()'))).toBe(true)
    expect(next.some(({ when, do: leads }) => when?.includes('failed()') && leads === 'fail')).toBe(true)
  })

  it('tells the reason when it stops', () => {
    for (const transition of next.filter(({ do: leads }) => leads === 'fail')) expect(names(transition.publish ?? [])).toContain('report')
  })
})

describe('expressions', () => {
  it.each([...new Set(expressions)])('%s uses only names of the context that are there', (expression) => {
    for (const [, name] of expression.matchAll(/ctx\(\)\.(\w+)/g)) expect([...known]).toContain(name)
    expect(expression).not.toMatch(/ctx\((?!\))/)
  })

  it('never take the answer of a stage for granted where it may have failed', () => {
    const unguarded = tasks.flatMap(([, { next = [] }]) => next.filter(({ when }) => when?.includes('failed()'))).flatMap(({ when, publish }) => texts([when, publish]))
    for (const text of unguarded.filter((one) => one.includes('result()'))) expect(text).toContain('isDict(result())')
  })

  it('mix no Jinja with YAQL', () => {
    expect(texts(flow).filter((text) => text.includes('{{') || text.includes('{%'))).toEqual([])
  })
})
