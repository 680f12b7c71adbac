/** Which rules of a target writing keys sets off, and what a plan says of them. */
import type { Archive } from '../../../../src/archive/types'
import { keys } from '../../../../src/kinds/keys'
import type { Landing, Weighing } from '../../../../src/kinds/kind'
import { SETTINGS } from '../../../support/packs'

const rule = (ref: string, type: string, enabled = true) => ({ ref, enabled, trigger: { type } })
const RULES = [rule('b.own', 'core.st2.key_value_pair.create'), rule('a.own', 'core.st2.key_value_pair.delete'), rule('a.off', 'core.st2.key_value_pair.update', false), rule('a.hook', 'core.st2.webhook'), rule('a.made', 'core.st2.key_value_pair.value_change'), rule('a.shipped', 'core.st2.key_value_pair.update'), { ref: 'a.lost', enabled: true }]
const ITEMS: Record<string, string[]> = { rules: ['a.made'], states: ['rule:a.shipped', 'sensor:a.own'] }

const told = (landing: Landing, kinds: string[], rows: unknown[] = RULES): Promise<string[]> =>
  keys.caveats!({
    settings: { ...SETTINGS, landing },
    kinds,
    archive: { items: async function* (kind: string) { yield* (ITEMS[kind] ?? []).map((identity) => ({ identity })) } } as unknown as Archive,
    target: { api: { list: async function* () { yield* rows } } },
  } as unknown as Weighing)

test("the target's own are held, those that the archive has too are named; landing active, all stay on", async () => {
  expect(await told('quiet', ['keys', 'rules', 'states'])).toEqual([expect.stringMatching(/switched off until activate or undo: a\.own, b\.own$/), expect.stringContaining('stay on: a.made, a.shipped (')])
  expect(await told('api', ['keys'])).toEqual([expect.stringMatching(/undo: a\.made, a\.own, a\.shipped, b\.own$/)])
  expect(await told('active', ['keys', 'rules'])).toEqual([expect.stringContaining('stay on: a.made, a.own, a.shipped, b.own (')])
  expect(await told('quiet', ['keys'], [])).toEqual([])
})
