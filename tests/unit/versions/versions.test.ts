import { CHATOPS_RULES, FILE_RULES, holdsBetween, NGINX_RULES, OPTION_RULES } from '../../../src/versions/config-options'
import { can, sinceWhen } from '../../../src/versions/features'

test.each([
  ['3.4.1', false],
  ['3.6.0', false],
  ['3.7.0', true],
  ['3.10dev', true],
  ['unknown', true],
])('overrides on %s: %s', (version, expected) => {
  expect(can(version, 'overrides')).toBe(expected)
  expect(sinceWhen('overrides')).toBe('3.7')
})

test('a rule counts where it begins to hold on the way', () => {
  const rule = { since: '3.8.0' }
  expect([holdsBetween(rule, '3.4.1', '3.9.0'), holdsBetween(rule, '3.7.0', '3.8.0'), holdsBetween(rule, '3.8.0', '3.9.0'), holdsBetween(rule, '3.4.1', '3.7.0'), holdsBetween(rule, 'odd', '3.9.0')]).toEqual([true, true, false, false, false])
})

test('rules are of releases from 3.5 on, and no option has two', () => {
  for (const { since } of [...OPTION_RULES, ...CHATOPS_RULES, ...FILE_RULES, ...NGINX_RULES]) expect(since).toMatch(/^3\.[5-9]\.\d+$/)
  const names = OPTION_RULES.map(({ section, option }) => `${section} ${option ?? ''}`)
  expect(new Set(names).size).toBe(names.length)
})
