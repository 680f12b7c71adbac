import * as fs from 'fs'
import * as path from 'path'
import { actions, aliases, configSchemas, configs, packs, policies, rules, sensors, triggerTypes, triggers } from '../../../../src/sandbox/content/documents'
import { registerBuiltIn } from '../../../../src/sandbox/content/builtin'
import { registerContent, registerPack, unregisterPack } from '../../../../src/sandbox/content/registrar'
import { Fault, type Sandbox, type StackStormVersion } from '../../../../src/sandbox/types'
import { closedSandbox } from '../../../support/open-sandbox'

const PACK = 'name: demo\ndescription: d\nversion: 1.0.0\nauthor: a\nemail: a@example.org\n'
const RULE = 'name: tick\nenabled: true\ntrigger: {type: core.st2.IntervalTimer, parameters: {unit: hours, delta: 1}}\naction: {ref: core.noop}\n'
const FILES = {
  'pack.yaml': PACK,
  'actions/run.yaml': 'name: run\nrunner_type: local-shell-cmd\nparameters: {cmd: {immutable: true, default: id}}\n',
  'rules/tick.yaml': RULE,
  'aliases/go.yaml': 'name: go\naction_ref: demo.run\nformats: [go]\n',
  'policies/one.yaml': 'name: one\nresource_ref: demo.run\npolicy_type: action.concurrency\nparameters: {threshold: 1}\n',
  'sensors/s.yaml': 'class_name: S\nentry_point: s.py\ntrigger_types: [{name: ev}]\n',
  'triggers/t.yaml': 'name: manual\n',
  'config.schema.yaml': 'host: {type: string, required: true}\nport: {type: integer, default: 80}\n',
}

interface Setup {
  sandbox: Sandbox
  write: (file: string, text: string) => void
  register: (types?: string[], failOnFailure?: boolean) => Record<string, number>
  /** The text of the fault that a registration ends with. */
  refusal: (types?: string[]) => string
}

function setUp(files: Record<string, string> = FILES, version: StackStormVersion = '3.9.0'): Setup {
  const sandbox = closedSandbox(version)
  registerBuiltIn(sandbox)
  const write: Setup['write'] = (file, text) => {
    const target = path.join(sandbox.paths.packs, 'demo', file)
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.writeFileSync(target, text)
  }
  for (const [file, text] of Object.entries(files)) write(file, text)
  const register: Setup['register'] = (types = ['all'], failOnFailure = true) => registerPack(sandbox, 'demo', types, { failOnFailure })
  const refusal: Setup['refusal'] = (types) => {
    try {
      register(types)
    } catch (error) {
      expect(error).toBeInstanceOf(Fault)
      return (error as Fault).message.split(`${sandbox.paths.packs}/`).join('')
    }
    throw new Error('was accepted')
  }
  return { sandbox, write, register, refusal }
}

const ALL = { runners: 14, rule_types: 2, policy_types: 3, triggers: 1, sensors: 1, actions: 1, rules: 1, aliases: 1, policies: 1, configs: 0 }

test('takes in every kind and counts it', () => {
  const { sandbox, register } = setUp()
  expect(register()).toEqual(ALL)
  expect(packs(sandbox).by('ref_1', 'demo')).toMatchObject({ version: '1.0.0', email: 'a@example.org', path: path.join(sandbox.paths.packs, 'demo') })
  expect(new Set(packs(sandbox).by('ref_1', 'demo')?.files)).toEqual(new Set(Object.keys(FILES)))
  expect(configSchemas(sandbox).by('pack_1', 'demo')?.attributes).toMatchObject({ port: { type: 'integer', default: 80 } })
  expect(sensors(sandbox).all().find(({ pack }) => pack === 'demo')).toMatchObject({ ref: 'demo.S', entry_point: 'sensors.s.S', trigger_types: ['demo.ev'], enabled: true })
  expect(triggers(sandbox).by('ref_1', 'demo.manual')).toMatchObject({ type: 'demo.manual', parameters: {} })
})

test('types may be singular or plural, and bring along what they depend on', () => {
  const { register } = setUp()
  expect(register(['actions'])).toEqual({ runners: 14, actions: 1 })
  expect(register(['rule'])).toEqual({ rule_types: 2, rules: 1 })
  expect(register([])).toEqual({})
})

test('ids stay and enabled becomes what the file says again; API-made resources stay', () => {
  const { sandbox, register } = setUp()
  register()
  const rule = rules(sandbox).by('uid_1', 'rule:demo:tick')!
  rules(sandbox).put({ ...rule, enabled: false, context: { user: 'alice' } })
  rules(sandbox).put({ ...rule, id: sandbox.store.newId(), uid: 'rule:demo:own', name: 'own', ref: 'demo.own', metadata_file: '' })
  register()
  expect(rules(sandbox).by('uid_1', 'rule:demo:tick')).toMatchObject({ id: rule.id, enabled: true, context: {}, trigger: rule.trigger })
  expect(rules(sandbox).by('uid_1', 'rule:demo:own')).toBeDefined()
})

test('what vanished from the disk stays; what was deleted comes back under a new id', () => {
  const { sandbox, register } = setUp()
  register()
  fs.rmSync(path.join(sandbox.paths.packs, 'demo/aliases/go.yaml'))
  const policy = policies(sandbox).by('uid_1', 'policy:demo:one')!
  policies(sandbox).delete(policy.id)
  expect(register()).toEqual({ ...ALL, aliases: 0 })
  expect(aliases(sandbox).by('uid_1', 'action_alias:demo:go')).toBeDefined()
  expect(policies(sandbox).by('uid_1', 'policy:demo:one')?.id).not.toBe(policy.id)
})

test('a policy of another pack with the same bare name is replaced', () => {
  const { sandbox, register, write } = setUp()
  register()
  write('../other/pack.yaml', PACK.replace('demo', 'other'))
  write('../other/policies/one.yaml', FILES['policies/one.yaml'].replace('demo.run', 'other.run'))
  registerPack(sandbox, 'other', ['policy'], { failOnFailure: true })
  expect(policies(sandbox).all().map(({ ref }) => ref)).toEqual(['other.one'])
})

describe('refusals name the file', () => {
  const cases: [string, Record<string, string>, string][] = [
    ['a YAML word as a name', { 'actions/off.yaml': 'name: off\nrunner_type: noop\n' }, 'Failed to register action "demo/actions/off.yaml" from pack "demo": False is not of type \'string\'\n\nFailed validating'],
    ['an unknown runner', { 'actions/x.yaml': 'name: x\nrunner_type: nope\n' }, 'Failed to register action "demo/actions/x.yaml" from pack "demo": RunnerType nope is not found.'],
    ['a bad parameter name', { 'actions/x.yaml': 'name: x\nrunner_type: noop\nparameters: {a-b: {type: string}}\n' }, 'Failed to register action "demo/actions/x.yaml" from pack "demo": Parameter name "a-b" is invalid. Valid characters for parameter name are [a-zA-Z0-0_].\n\n'],
    ['a runner parameter of another type', { 'actions/x.yaml': 'name: x\nrunner_type: local-shell-cmd\nparameters: {cmd: {type: integer}}\n' }, 'Failed to register action "demo/actions/x.yaml" from pack "demo": The attribute "type" for the runner parameter "cmd" in action "demo.x" cannot be overridden.'],
    ['an immutable parameter without default', { 'actions/x.yaml': 'name: x\nrunner_type: noop\nparameters: {a: {immutable: true}}\n' }, 'Failed to register action "demo/actions/x.yaml" from pack "demo": Immutable param a requires a default value.'],
    ['positions with a gap', { 'actions/x.yaml': 'name: x\nrunner_type: noop\nparameters: {a: {position: 0}, b: {position: 2}}\n' }, 'Failed to register action "demo/actions/x.yaml" from pack "demo": Positions supplied [0, 2] for parameters are not contiguous.'],
    ['one position twice', { 'actions/x.yaml': 'name: x\nrunner_type: noop\nparameters: {a: {position: 0}, b: {position: 0}}\n' }, 'Failed to register action "demo/actions/x.yaml" from pack "demo": Parameters b and a have same position 0. Position values have to be unique.'],
    ['another pack in the file', { 'rules/tick.yaml': `${RULE}pack: other\n` }, 'Failed to register rule "demo/rules/tick.yaml" from pack "demo": Model is in pack "demo" but field "pack" is different: other'],
    ['a trigger that is not there', { 'rules/tick.yaml': 'name: t\ntrigger: {type: demo.no}\naction: {ref: core.noop}\n' }, 'Failed to register rule "demo/rules/tick.yaml" from pack "demo": A simple trigger should have been created when registering triggertype. Cannot create trigger: {\'pack\': \'demo\', \'type\': \'demo.no\', \'parameters\': {}}.'],
    ['an unknown policy type', { 'policies/one.yaml': 'name: one\nresource_ref: a.b\npolicy_type: action.no\n' }, 'Failed to register policy "demo/policies/one.yaml" from pack "demo": Referenced policy_type "action.no" doesnt exist'],
    ['an empty file', { 'aliases/go.yaml': '' }, "Failed to register alias \"demo/aliases/go.yaml\" from pack \"demo\": 'NoneType' object has no attribute 'get'"],
    ['broken YAML', { 'rules/tick.yaml': 'name: [\n' }, 'Failed to register rule "demo/rules/tick.yaml" from pack "demo": while parsing a flow node\ndid not find expected node content\n  in "demo/rules/tick.yaml", line 2, column 1'],
    ['a version that is a float', { 'pack.yaml': PACK.replace('1.0.0', '1.0') }, 'Failed to register pack "demo": Pack version "1.0" doesn\'t follow a valid semver format. Valid versions and formats include: 0.1.0, 0.2.1, 1.1.0, etc.\n\n\'1.0\' does not match'],
    ['no e-mail', { 'pack.yaml': PACK.replace(/email.*\n/, '') }, "Failed to register pack \"demo\": 'PackAPI' object has no attribute 'email'"],
    ['no author', { 'pack.yaml': PACK.replace(/author.*\n/, '') }, "Failed to register pack \"demo\": 'author' is a required property"],
    ['an empty config schema', { 'config.schema.yaml': '---\n' }, 'Failed to register pack "demo": Config schema "demo/config.schema.yaml" is empty and invalid.'],
    ['a sensor without entry point', { 'sensors/s.yaml': 'class_name: S\n' }, 'Failed to register sensor "demo/sensors/s.yaml" from pack "demo": Sensor definition missing entry_point'],
  ]
  test.each(cases)('%s', (_name, files, expected) => {
    const { refusal } = setUp({ ...FILES, ...files })
    expect(refusal().slice(0, expected.length)).toBe(expected)
  })
})

test('a pack that is not on disk', () => {
  const { sandbox } = setUp()
  const directory = path.join(sandbox.paths.packs, 'nope')
  expect(() => registerPack(sandbox, 'nope', ['all'], { failOnFailure: true })).toThrow(`Pack "nope" not found on disk: Directory "${directory}" doesn't exist`)
})

test('without fail_on_failure the rest is taken in', () => {
  const { register } = setUp({ ...FILES, 'actions/off.yaml': 'name: off\nrunner_type: noop\n', 'rules/bad.yaml': 'name: [' })
  expect(register(['all'], false)).toEqual(ALL)
})

describe('configs', () => {
  const config = (sandbox: Sandbox, text: string): void => fs.writeFileSync(path.join(sandbox.paths.configs, 'demo.yaml'), text)

  test('are read by the rules of YAML 1.1, without the defaults of the schema', () => {
    const { sandbox, register } = setUp()
    config(sandbox, '# host\nhost: here\nextra: yes\nport: 010\n')
    expect(register(['config'])).toEqual({ configs: 1 })
    expect(configs(sandbox).by('pack_1', 'demo')?.values).toEqual({ host: 'here', extra: true, port: 8 })
  })

  test('a bad one is an error nobody foresaw, whatever fail_on_failure says; the old record stays', () => {
    const { sandbox, register } = setUp()
    config(sandbox, 'host: one\n')
    register()
    for (const text of ['host: 7\n', 'host: [\n', '- a\n']) {
      config(sandbox, text)
      for (const failOnFailure of [true, false]) {
        let error: unknown
        try {
          register(['config'], failOnFailure)
        } catch (thrown) {
          error = thrown
        }
        expect(error).toBeInstanceOf(Error)
        expect(error).not.toBeInstanceOf(Fault)
      }
    }
    expect(configs(sandbox).by('pack_1', 'demo')?.values).toEqual({ host: 'one' })
  })

  test('in a run over all packs it is told like any other file', () => {
    const { sandbox } = setUp()
    config(sandbox, 'host: 7\n')
    expect(() => registerContent(sandbox, undefined, ['config'], { failOnFailure: true })).toThrow(/^Failed to register config ".*demo.yaml" for pack "demo": Failed validating attribute "host" in config for pack "demo"/)
    expect(registerContent(sandbox, undefined, ['config'], { failOnFailure: false })).toEqual({ configs: 0 })
  })
})

test('a run over all packs counts the built-in ones', () => {
  const { sandbox } = setUp()
  expect(registerContent(sandbox, [], ['all'], { failOnFailure: true })).toEqual({ ...ALL, triggers: 2, sensors: 5, actions: 156, rules: 9, aliases: 6 })
})

test('unregistering removes all that belongs to the pack, API-made rules and the config record too, and leaves its files', () => {
  const { sandbox, register } = setUp()
  fs.writeFileSync(path.join(sandbox.paths.configs, 'demo.yaml'), 'host: here\n')
  register()
  const rule = rules(sandbox).by('uid_1', 'rule:demo:tick')!
  rules(sandbox).put({ ...rule, id: sandbox.store.newId(), uid: 'rule:demo:own', name: 'own', ref: 'demo.own' })
  unregisterPack(sandbox, 'demo')
  const left = [actions, aliases, policies, rules, sensors, triggerTypes, triggers, configs, configSchemas].flatMap((open) => open(sandbox).all() as { pack: string }[]).filter(({ pack }) => pack === 'demo')
  expect(left).toEqual([])
  expect(packs(sandbox).by('ref_1', 'demo')).toBeUndefined()
  expect(triggers(sandbox).by('ref_1', rule.trigger)).toBeUndefined()
  expect(fs.existsSync(path.join(sandbox.paths.configs, 'demo.yaml'))).toBe(true)
  expect(() => unregisterPack(sandbox, 'demo')).not.toThrow()
})

test('built-in content: as many actions and runners as live instances show', () => {
  for (const [version, count] of [['3.9.0', 155], ['3.8.1', 155], ['3.4.1', 153]] as const) {
    const { sandbox } = setUp({}, version)
    expect(actions(sandbox).size).toBe(count)
    expect(packs(sandbox).all().map(({ ref, version: own }) => [ref, own])).toEqual(['chatops', 'core', 'default', 'examples', 'packs'].map((ref) => [ref, version]))
  }
})
