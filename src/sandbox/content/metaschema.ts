/** What StackStorm makes of JSON schema itself (draft 4): the schema that parameters, config attributes and outputs must fit. */
import type { Schema } from '../schema'

const text = { type: 'string' }

const META = '#/metaschema'
const schemaItself = { $ref: META }
const schemaList = { $ref: `${META}/definitions/schemaArray` }
const count = { $ref: `${META}/definitions/positiveInteger` }
const countOrZero = { $ref: `${META}/definitions/positiveIntegerDefault0` }
const no = { type: 'boolean', default: false }
const schemasByName = { type: 'object', additionalProperties: schemaItself, default: {} }
const booleanOrSchema = { anyOf: [{ type: 'boolean' }, schemaItself], default: {} }
export const simpleType = { $ref: `${META}/definitions/simpleTypes` }
const typeList = { type: 'array', items: simpleType, minItems: 1, uniqueItems: true }

/** JSON schema's own schema (draft 4) with StackStorm's `secret`, `position`, `immutable` and a boolean `required`. */
export const metaschema = (type: Schema): Schema => ({
  definitions: {
    schemaArray: { type: 'array', minItems: 1, items: schemaItself },
    positiveInteger: { type: 'integer', minimum: 0 },
    positiveIntegerDefault0: { allOf: [count, { default: 0 }] },
    simpleTypes: { enum: ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'] },
    stringArray: { type: 'array', items: text, minItems: 1, uniqueItems: true },
  },
  type: 'object',
  properties: {
    id: text,
    $schema: text,
    title: text,
    description: text,
    default: {},
    multipleOf: { type: 'number', minimum: 0, exclusiveMinimum: true },
    maximum: { type: 'number' },
    exclusiveMaximum: no,
    minimum: { type: 'number' },
    exclusiveMinimum: no,
    maxLength: count,
    minLength: countOrZero,
    pattern: text,
    additionalItems: booleanOrSchema,
    items: { anyOf: [schemaItself, schemaList], default: {} },
    maxItems: count,
    minItems: countOrZero,
    uniqueItems: no,
    maxProperties: count,
    minProperties: countOrZero,
    required: no,
    secret: no,
    additionalProperties: booleanOrSchema,
    definitions: schemasByName,
    properties: schemasByName,
    patternProperties: schemasByName,
    dependencies: { type: 'object', additionalProperties: { anyOf: [schemaItself, { $ref: `${META}/definitions/stringArray` }] } },
    enum: { type: 'array', minItems: 1, uniqueItems: true },
    type,
    position: { type: 'number', minimum: 0 },
    immutable: no,
    allOf: schemaList,
    anyOf: schemaList,
    oneOf: schemaList,
    not: schemaItself,
  },
  dependencies: { exclusiveMaximum: ['maximum'], exclusiveMinimum: ['minimum'] },
  default: {},
})

/** What `$ref: #/metaschema` means in the schemas below: nested schemas may name several types and members of their own. */
export const NESTED = metaschema({ anyOf: [simpleType, typeList] })
/** A parameter of an action, or an attribute of a config: one type only, no unknown members. */
const PARAMETER: Schema = { ...metaschema({ anyOf: [simpleType] }), additionalProperties: false }
export const parameters = { type: 'object', patternProperties: { '^\\w+$': PARAMETER }, additionalProperties: false }
