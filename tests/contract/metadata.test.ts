/** Every action's metadata says what its command's options table says, and keeps to what StackStorm was seen to do with it. */
import * as fs from 'fs'
import * as path from 'path'
import { COMMANDS } from '../../src/commands'
import { flag, OPTION_SPECS, variable, type OptionName, type OptionSpec } from '../../src/commands/options'
import { TOLD_THERE } from '../../src/engine/handover/or-there'
import { actions, readYaml, ROOT, type ActionMetadata, type Parameter } from '../support/pack'

const ALL = actions()
/** What the runner itself takes; everything else is the program's. */
const RUNNER = ['sudo', 'timeout', 'env']
const ROOT_ONLY = ['check', 'export', 'plan', 'publish', 'apply', 'verify', 'activate', 'quiesce', 'undo', 'inspect', 'history', 'diff', 'endpoints', 'seed', 'deliver', 'receive']
const scripts = Object.entries(ALL).filter(([, action]) => action.runner_type === 'local-shell-script')

const commandOf = (name: string) => COMMANDS.find((command) => command.name === name)
const own = (action: ActionMetadata): [string, Parameter][] => Object.entries(action.parameters).filter(([name, { immutable }]) => !RUNNER.includes(name) && !immutable)

/** How an option looks as a parameter. Comma lists are strings; a setting of the pack has no default, or the parameter would always win. */
function parameterOf(spec: OptionSpec, required: boolean): Parameter {
  return {
    type: spec.type === 'list' ? 'string' : spec.type,
    description: spec.describe,
    ...(required && { required: true }),
    ...(spec.choices && { enum: [...spec.choices] }),
    ...(spec.type === 'boolean' ? { default: false } : spec.default !== undefined && { default: spec.default }),
    ...(spec.type === 'integer' && spec.min !== undefined && { minimum: spec.min }),
    ...(spec.type === 'integer' && spec.max !== undefined && { maximum: spec.max }),
  }
}

it('there is an action for every command that can be one', () => {
  const shellOnly = ['sandbox-set-value', 'sandbox-reset', 'sandbox-faults']
  expect(Object.keys(ALL).sort()).toEqual(COMMANDS.map(({ name }) => name).filter((name) => !shellOnly.includes(name)).sort())
})

it.each(Object.entries(TOLD_THERE))('%s of a run that was handed over is asked for with parameters that its action has', (name, told) => {
  expect(Object.keys(ALL[name]!.parameters)).toEqual(expect.arrayContaining(['run', ...told]))
})

describe.each(scripts)('%s', (name, action) => {
  const command = commandOf(name)!

  it('runs the bundle with its command, given by an immutable parameter', () => {
    expect(action).toMatchObject({ name, pack: 'st2upgrade', enabled: true, entry_point: 'st2upgrade.js', parameters: { command: { type: 'string', default: name, immutable: true } } })
  })

  it('has the options of its command as parameters, no more, no less', () => {
    const fixed = Object.entries(action.parameters).filter(([, { immutable }]) => immutable).map(([parameter]) => parameter)
    const expected = command.options.filter((option) => !OPTION_SPECS[option].shellOnly && !fixed.includes(option))
    expect(Object.fromEntries(own(action))).toEqual(Object.fromEntries(expected.map((option) => [option, parameterOf(OPTION_SPECS[option], command.required?.includes(option) ?? false)])))
  })

  it('has no position, no secret, no array and no object, and names that StackStorm takes', () => {
    for (const [parameter, { type, position, secret }] of Object.entries(action.parameters)) {
      expect(parameter).toMatch(/^[a-z][a-z0-9_]*$/)
      expect([position, secret]).toEqual([undefined, undefined])
      if (parameter !== 'env') expect(['string', 'boolean', 'integer']).toContain(type)
    }
  })

  it('has a time limit of its own, and root only where it reads the files of StackStorm or of a run', () => {
    expect(action.parameters.timeout?.default).toBeGreaterThan(60)
    expect(action.parameters.sudo).toEqual(ROOT_ONLY.includes(name) ? expect.objectContaining({ default: true, immutable: true }) : undefined)
  })

  it('hands the settings of the pack over in its environment, and nothing else', () => {
    const settings = command.options.filter((option) => OPTION_SPECS[option].config)
    const env = action.parameters.env
    expect(env?.default ?? {}).toEqual(Object.fromEntries(settings.map((option) => [variable(option), `{{ config_context.${option} | default('') }}`])))
    if (env) expect(env.immutable).toBe(true)
  })

  it('reads well in the list of actions', () => {
    expect(action.description).toMatch(/^[A-Z].*\.$/)
    expect(action.description.length).toBeLessThan(180)
  })
})

describe('migrate', () => {
  const action = ALL.migrate!
  /** Only a workflow can ask somebody who is not at this terminal. */
  const workflowOnly = ['approvers']

  it('is a workflow whose definition lies in workflows/', () => {
    expect(action).toMatchObject({ runner_type: 'orquesta', entry_point: 'workflows/migrate.yaml' })
    expect(fs.realpathSync(path.join(ROOT, 'actions', action.entry_point))).toBe(path.join(ROOT, 'workflows', 'migrate.yaml'))
  })

  it('means by its parameters what the command means by its options', () => {
    const options = commandOf('migrate')!.options as readonly string[]
    for (const [name, parameter] of Object.entries(action.parameters)) {
      if (workflowOnly.includes(name)) continue
      expect(options).toContain(name)
      const { description, ...rest } = parameterOf(OPTION_SPECS[name as OptionName], false)
      expect(parameter).toMatchObject(rest)
      if (!['approve', 'run'].includes(name)) expect(parameter.description).toBe(description)
    }
  })
})

it('config.schema.yaml describes every setting as its option does, none of them secret', () => {
  const schema = readYaml<Record<string, Parameter>>('config.schema.yaml')
  const settings = (Object.entries(OPTION_SPECS) as [OptionName, OptionSpec][]).filter(([, spec]) => spec.config)
  expect(schema).toEqual(Object.fromEntries(settings.map(([name, spec]) => [name, { ...parameterOf(spec, false), required: false }])))
})

it('the example configuration fits the schema, and there is exactly one', () => {
  expect(fs.readdirSync(ROOT).filter((name) => name.endsWith('.yaml.example'))).toEqual(['st2upgrade.yaml.example'])
  const schema = readYaml<Record<string, Parameter>>('config.schema.yaml')
  for (const [name, value] of Object.entries(readYaml<Record<string, unknown>>('st2upgrade.yaml.example'))) {
    expect(schema[name]).toBeDefined()
    expect(typeof value).toBe(schema[name]?.type === 'integer' ? 'number' : 'string')
  }
})

describe('the options table', () => {
  const used = new Set(COMMANDS.flatMap(({ options }) => options))

  it.each(Object.keys(OPTION_SPECS) as OptionName[])('%s is used, described, and no secret', (name) => {
    const { describe: text } = OPTION_SPECS[name]
    expect(used.has(name)).toBe(true)
    expect(text).toMatch(/^[A-Z]/)
    expect(text).not.toMatch(/\{\{|<%/)
    expect(flag(name)).not.toMatch(/^--(\w+-)?(password|passphrase|token|api-key)$/)
  })
})

it('pack.yaml is what StackStorm and its Exchange ask for', () => {
  const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string }
  expect(readYaml('pack.yaml')).toMatchObject({ ref: 'st2upgrade', version, python_versions: ['3'], stackstorm_version: '>=3.4.0, <4.0.0', email: 'maintainers@example.org' })
})
