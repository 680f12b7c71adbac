/**
 * The schemas of StackStorm's own resources, as far as they decide what is accepted and which error comes first: the order of
 * keywords and properties is theirs. Descriptions are left out.
 */
import type { Schema } from '../schema'
import { metaschema, NESTED, parameters, simpleType } from './metaschema'

const text = { type: 'string' }
const requiredText = { type: 'string', required: true }
const object = { type: 'object' }
const nameless = { type: 'string', default: null }
const tags = { type: 'array', items: object }
const metadata_file = { type: 'string', default: '' }

/** The schema of an output: the same, with unknown members allowed. */
const OUTPUT_SCHEMA = metaschema({ anyOf: [simpleType] })
const notification = {
  type: 'object',
  properties: { message: text, data: object, routes: { type: 'array' }, channels: { type: 'array' } },
  additionalProperties: false,
}

export const ACTION: Schema = {
  type: 'object',
  properties: {
    id: text,
    ref: text,
    uid: text,
    name: requiredText,
    description: text,
    enabled: { type: 'boolean', default: true },
    runner_type: requiredText,
    entry_point: { type: 'string', default: '' },
    pack: { type: 'string', default: 'default' },
    parameters: { ...parameters, default: {} },
    output_schema: OUTPUT_SCHEMA,
    tags,
    notify: { type: 'object', properties: { 'on-complete': notification, 'on-failure': notification, 'on-success': notification }, additionalProperties: false },
    metadata_file,
  },
  additionalProperties: false,
  metaschema: NESTED,
}

const data_files = {
  type: 'array',
  items: { type: 'object', properties: { file_path: requiredText, content: requiredText }, additionalProperties: false },
  default: [],
}

/** An action as a client sends it: with files to write. */
export const ACTION_REQUEST: Schema = { ...ACTION, properties: { ...(ACTION.properties as object), data_files } }

export const RULE: Schema = {
  type: 'object',
  properties: {
    id: nameless,
    ref: text,
    uid: text,
    name: requiredText,
    pack: { type: 'string', default: 'default' },
    description: text,
    type: { type: 'object', properties: { ref: requiredText, parameters: object }, additionalProperties: false },
    trigger: {
      type: 'object',
      required: true,
      properties: { type: requiredText, description: text, parameters: { type: 'object', default: {} }, ref: text },
      additionalProperties: true,
    },
    criteria: { type: 'object', default: {} },
    action: {
      type: 'object',
      required: true,
      properties: { ref: requiredText, description: text, parameters: object },
      additionalProperties: false,
    },
    enabled: { type: 'boolean', default: false },
    context: object,
    tags,
    metadata_file,
  },
  additionalProperties: false,
}

export const ALIAS: Schema = {
  type: 'object',
  properties: {
    id: text,
    ref: text,
    uid: text,
    name: requiredText,
    pack: requiredText,
    description: nameless,
    enabled: { type: 'boolean', default: true },
    action_ref: requiredText,
    formats: {
      type: 'array',
      items: { anyOf: [text, { type: 'object', properties: { display: text, representation: { type: 'array', items: text } } }] },
    },
    ack: { type: 'object', properties: { enabled: { type: 'boolean' }, format: text, extra: object, append_url: { type: 'boolean' } } },
    result: { type: 'object', properties: { enabled: { type: 'boolean' }, format: text, extra: object } },
    extra: object,
    immutable_parameters: object,
    metadata_file,
  },
  additionalProperties: false,
}

export const ALIAS_MATCH: Schema = { type: 'object', properties: { command: requiredText }, additionalProperties: false }

export const POLICY: Schema = {
  type: 'object',
  properties: {
    id: nameless,
    uid: text,
    name: requiredText,
    pack: text,
    ref: text,
    description: text,
    enabled: { type: 'boolean', default: true },
    resource_ref: requiredText,
    policy_type: requiredText,
    parameters: {
      type: 'object',
      patternProperties: { '^\\w+$': { anyOf: ['array', 'boolean', 'integer', 'number', 'object', 'string'].map((type) => ({ type })) } },
      additionalProperties: false,
    },
    metadata_file,
  },
  additionalProperties: false,
}

export const TRIGGER_TYPE: Schema = {
  type: 'object',
  properties: {
    id: nameless,
    ref: text,
    uid: text,
    name: requiredText,
    pack: text,
    description: text,
    payload_schema: { type: 'object', default: {} },
    parameters_schema: { type: 'object', default: {} },
    tags,
    metadata_file,
  },
  additionalProperties: false,
}

const PACK_REF = '^[a-z0-9_]+$'
const SEMVER = '^(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)(?:-[\\da-z\\-]+(?:\\.[\\da-z\\-]+)*)?(?:\\+[\\da-z\\-]+(?:\\.[\\da-z\\-]+)*)?$'
const REQUIRED_VERSION = '^((>?>|>=|=|<=|<?<)\\s*[0-9]+\\.[0-9]+\\.[0-9]+?(\\s*,)?\\s*)+$'
const texts = { type: 'array', items: text, default: [] }

export const PACK: Schema = {
  type: 'object',
  properties: {
    id: nameless,
    name: requiredText,
    ref: { type: 'string', default: null, pattern: PACK_REF },
    uid: text,
    description: requiredText,
    keywords: texts,
    version: { type: 'string', pattern: SEMVER, required: true },
    stackstorm_version: { type: 'string', pattern: REQUIRED_VERSION },
    python_versions: { type: 'array', items: { type: 'string', enum: ['2', '3'] }, minItems: 1, maxItems: 2, uniqueItems: true, additionalItems: true },
    author: requiredText,
    email: { type: 'string', format: 'email' },
    contributors: { type: 'array', items: { type: 'string', maxLength: 100 } },
    files: texts,
    dependencies: texts,
    system: { type: 'object', default: {} },
    path: text,
  },
  additionalProperties: true,
}

export const CONFIG_SCHEMA: Schema = {
  type: 'object',
  properties: { id: text, pack: text, attributes: { ...parameters, default: {} } },
  additionalProperties: false,
  metaschema: NESTED,
}

/** What a client sends to have files of packs registered. */
export const REGISTER_REQUEST: Schema = {
  type: 'object',
  properties: {
    packs: { type: 'array', items: text },
    types: {
      type: 'array',
      items: {
        type: 'string',
        enum: ['all', 'runner', 'action', 'actions', 'trigger', 'triggers', 'sensor', 'sensors', 'rule', 'rules', 'rule_type', 'rule_types', 'alias', 'aliases', 'policy_type', 'policy_types', 'policy', 'policies', 'config', 'configs'],
      },
    },
    fail_on_failure: { type: 'boolean', default: true },
  },
}
