/** What a rule is as an item: the same whether the API or a file tells it, whatever may be left out. */
import * as fc from 'fast-check'
import { rules, type RuleItem } from '../../../../src/kinds/rules'
import { contentOf, packsOfRule, sentOf, toItem } from '../../../../src/kinds/rules/item'
import { editedMembers } from '../../../../src/kinds/rules/list'
import { compareRules } from '../../../../src/kinds/rules/weigh'

const text = () => fc.string({ minLength: 1 })
const members = () => fc.dictionary(text(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 })
/** A rule with everything in it, as the API shows one. */
const whole = () =>
  fc.record({
    id: text(),
    uid: text(),
    ref: text(),
    pack: text(),
    name: text(),
    metadata_file: fc.constantFrom('', 'rules/a.yaml'),
    description: text(),
    tags: fc.array(fc.record({ name: text(), value: text() }), { maxLength: 2 }),
    type: fc.record({ ref: fc.constantFrom('standard', 'backstop'), parameters: fc.constant({}) }),
    trigger: fc.record({ type: text(), parameters: members(), ref: text() }),
    criteria: members(),
    action: fc.record({ ref: text(), parameters: members() }),
    context: fc.constant({ user: 'st2admin' }),
    enabled: fc.boolean(),
  })

test('what is empty may be left out, and ids, owner and the name of the trigger do not count', () => {
  fc.assert(
    fc.property(whole(), text(), (rule, other) => {
      const sparse: Record<string, unknown> = { ...rule, id: other, uid: other, context: {}, trigger: { type: rule.trigger.type, parameters: rule.trigger.parameters } }
      for (const name of ['tags', 'criteria']) if (Object.keys(sparse[name] as object).length === 0) delete sparse[name]
      if (rule.type.ref === 'standard') delete sparse.type
      expect(editedMembers(rule, sparse)).toEqual([])
      const [a, b] = [toItem(rule, 'source'), toItem(sparse as never, 'target')]
      expect(rules.schema.safeParse(a).success).toBe(true)
      expect(compareRules(a, b, { activity: 'active' })).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('an empty description is sent as one, and none as none', () => {
  const rule = { trigger: { type: 'a.b' }, action: { ref: 'a.c' } }
  for (const description of ['', 'x', undefined]) expect(sentOf({ ...rule, description }).description).toBe(description)
  expect(contentOf({ ...rule, description: '' })).toEqual(contentOf(rule))
})

test('whatever else is changed is seen, and told without its value', () => {
  const names = ['description', 'tags', 'type', 'trigger', 'criteria', 'action'] as const
  fc.assert(
    fc.property(whole(), fc.constantFrom(...names), (rule, name) => {
      const changes = { description: 'changed-hush', tags: [{ name: 'changed-hush', value: '' }, ...rule.tags], type: { ref: 'changed-hush' }, trigger: { type: 'changed-hush', parameters: rule.trigger.parameters }, criteria: { 'changed.x': 'hush' }, action: { ref: rule.action.ref, parameters: { ...rule.action.parameters, changed: 'hush' } } }
      const differences = compareRules(toItem({ ...rule, [name]: changes[name] }, 'source'), toItem(rule, 'target'), { activity: 'active' })
      expect(differences.length).toBeGreaterThan(0)
      expect(differences.every(({ path }) => path.startsWith(name))).toBe(true)
      expect(differences.map(({ source, target }) => `${source} ${target}`).join()).not.toContain('hush')
    }),
    { numRuns: 60 },
  )
})

const RULE: RuleItem = toItem({ id: '1', ref: 'default.a', pack: 'default', name: 'a', trigger: { type: 'x.y', parameters: {} }, criteria: {}, action: { ref: 'z.w', parameters: {} }, enabled: true }, 'source')
const off = { ...RULE, enabled: false }

test.each<['quiet' | 'active', RuleItem, RuleItem, string[]]>([
  ['quiet', RULE, off, []],
  ['active', RULE, off, ['enabled']],
  ['quiet', off, RULE, ['enabled']],
  ['active', { ...RULE, state_of_pack: true }, off, []],
])('while %s, source and target differ in what may not be', (activity, source, target, paths) => {
  expect(compareRules(source, target, { activity }).map(({ path }) => path)).toEqual(paths)
})

test('the fingerprint tells states apart, but for rules that a pack ships', () => {
  expect(rules.fingerprint(RULE)).not.toBe(rules.fingerprint(off))
  expect(rules.fingerprint({ ...RULE, state_of_pack: true })).toBe(rules.fingerprint({ ...off, state_of_pack: true }))
  expect(rules.fingerprint({ ...RULE, id: '2', trigger_file: 'x' })).toBe(rules.fingerprint(RULE))
})

test('a rule that lost its trigger keeps the name of it, and a newer member survives in the archive', () => {
  const item = toItem({ id: '1', ref: 'default.a', pack: 'default', name: 'a', trigger: 'core.1234', action: { ref: 'z.w' }, future: [1] }, 'source')
  expect(item).toMatchObject({ trigger: 'core.1234', enabled: false, future: [1] })
  expect(contentOf(item)).not.toHaveProperty('future')
})

test('packs that a rule is of no use without', () => {
  expect(packsOfRule({ ...RULE, trigger: { type: 'core.st2.webhook', parameters: {} } })).toEqual(['z'])
  expect(packsOfRule(RULE)).toEqual(['x', 'z'])
})
