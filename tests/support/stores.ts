/** Any datastore, for property tests: names and values that StackStorm takes, secrets, expiries, both scopes. */
import * as fc from 'fast-check'
import { unsendable } from '../../src/st2/names'
import type { KeyToWrite } from '../../src/st2/port'

const name = fc.oneof(fc.constantFrom('a', 'b', 'c#d', 'c?d', 'c', 'p%41', 'pA', 'x y', ' ', '{{ j }}', 'é'), fc.string({ minLength: 1, maxLength: 12, unit: 'binary' })).filter(
  (text) => unsendable(text, '3.8.1') === undefined && !/^null$/i.test(text) && !text.startsWith('st2upgrade.') && text !== '.',
)
export const anyKey: fc.Arbitrary<KeyToWrite> = fc.record(
  {
    name,
    value: fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => Buffer.from(text).toString() === text),
    scope: fc.constantFrom('system' as const, 'user' as const),
    secret: fc.boolean(),
    ttl: fc.integer({ min: 3000, max: 90_000 }),
    description: fc.constantFrom('why', 'because'),
  },
  { requiredKeys: ['name', 'value', 'scope'] },
)

export const anyStore = fc.uniqueArray(anyKey, { maxLength: 12, selector: (k) => `${k.scope}:${k.name}` })
