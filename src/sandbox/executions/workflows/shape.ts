/** The shape that a workflow's YAML must have, as a JSON schema. */
import type { Schema } from '../../schema'

const TEXT: Schema = { type: 'string', minLength: 1 }
const ANY: Schema = { anyOf: ['null', 'array', 'boolean', 'integer', 'number', 'object', 'string'].map((type) => ({ type })) }
const ONE_KEY: Schema = { type: 'object', minProperties: 1, maxProperties: 1, patternProperties: { '^\\w+$': ANY } }
const COUNT: Schema = { oneOf: [TEXT, { type: 'integer', minimum: 0 }] }
const list = (items: Schema): Schema => ({ type: 'array', items, uniqueItems: true, minItems: 1 })
const only = (properties: Record<string, Schema>, required?: string[]): Schema => ({ type: 'object', properties, ...(required && { required }), additionalProperties: false })

const TRANSITION = only({ when: TEXT, publish: { oneOf: [TEXT, list(ONE_KEY)] }, do: { oneOf: [TEXT, list(TEXT)] } })

const TASK = only({
  delay: COUNT,
  join: { oneOf: [{ enum: ['all'] }, { type: 'integer', minimum: 0 }] },
  with: only({ items: TEXT, concurrency: COUNT }),
  action: TEXT,
  input: { oneOf: [TEXT, { type: 'object', minProperties: 1, patternProperties: { '^\\w+$': ANY } }] },
  retry: only({ when: TEXT, count: COUNT, delay: COUNT }, ['count']),
  next: { type: 'array', items: TRANSITION },
})

export const WORKFLOW: Schema = only(
  {
    version: { enum: ['1.0', 1] },
    name: TEXT,
    description: TEXT,
    tags: list(TEXT),
    vars: list(ONE_KEY),
    input: list({ oneOf: [TEXT, ONE_KEY] }),
    output: list(ONE_KEY),
    tasks: { type: 'object', minProperties: 1, patternProperties: { '^\\w+$': TASK } },
  },
  ['tasks'],
)
