/** The checks of config.schema.yaml; the first table is what live instances answered (recordings configs). */
import { refusedConfig, type ConfigSchema } from '../../../src/core/config-schema'

const SEEN: ConfigSchema = {
  host: { type: 'string', required: true },
  port: { type: 'integer', default: 8080 },
  token: { type: 'string', secret: true },
  nested: { type: 'object', properties: { user: { type: 'string' }, pass: { type: 'string', secret: true, required: true } } },
}

test.each<[unknown, string | undefined]>([
  [{ port: 1 }, 'attribute "host": is a required property'],
  [{ host: 'h', port: 'x' }, `attribute "port": is not of type 'integer'`],
  [{ host: 'h', zzz: 1 }, undefined],
  [{}, 'attribute "host": is a required property'],
  [null, 'attribute "host": is a required property'],
  [[], "the configuration is not of type 'object'"],
  [{ host: 'h', token: 't', nested: { user: 'u', pass: 'p' } }, undefined],
  [{ host: 'h', nested: { user: 'u' } }, 'attribute "nested.pass": is a required property'],
  [{ host: '{{st2kv.system.demo_host}}', token: '{{st2kv.system.demo_token}}' }, undefined],
  [{ host: 'h', port: '{{st2kv.system.demo_port}}' }, `attribute "port": is not of type 'integer'`],
  [{ host: 'h', token: '{{st2kv.system.x | decrypt_kv}}' }, expect.stringContaining('decrypt_kv')],
  [{ host: 'h', token: null }, undefined],
  [{ host: 'h', port: null }, undefined],
  [{ host: null }, `attribute "host": is not of type 'string'`],
  [{ host: 7 }, `attribute "host": is not of type 'string'`],
  [{ host: 'h', port: true }, `attribute "port": is not of type 'integer'`],
])('%j', (values, refused) => expect(refusedConfig(SEEN, values)).toEqual(refused))

test.each<[ConfigSchema, unknown, string | undefined]>([
  [{ a: { type: 'string', required: true, default: 'd' } }, {}, undefined],
  [{ a: { type: ['string', 'integer'] } }, { a: 1 }, undefined],
  [{ a: { type: ['string', 'integer'] } }, { a: [] }, `attribute "a": is not of type 'string', 'integer'`],
  [{ a: { enum: ['x', 'y'] } }, { a: 'z' }, 'attribute "a": is not one of ["x","y"]'],
  [{ a: { type: 'string', pattern: '^x' } }, { a: 'y' }, `attribute "a": does not match '^x'`],
  [{ a: { type: 'string', pattern: '(?i)^x' } }, { a: 'X' }, undefined],
  [{ a: { type: 'string', pattern: '\\Ax\\Z' } }, { a: 'x' }, undefined],
  [{ a: { type: 'string', pattern: '(?P<first>x)(?P=first)' } }, { a: 'xx' }, undefined],
  [{ a: { type: 'string', pattern: '*' } }, { a: 'x' }, undefined],
  [{ a: { type: 'object', additionalProperties: false, patternProperties: { '(?i)^x': { type: 'integer' } } } }, { a: { X: 'no' } }, undefined],
  [{ a: { type: 'integer', minimum: 3 } }, { a: 2 }, 'attribute "a": is less than the minimum of 3'],
  [{ a: { type: 'array', items: { type: 'integer' } } }, { a: [1, 'b'] }, `attribute "a.1": is not of type 'integer'`],
  [{ a: { type: 'array', items: { type: 'object', properties: { k: { type: 'string', required: true } } } } }, { a: [{}] }, 'attribute "a.0.k": is a required property'],
  [{ a: { type: 'object', additionalProperties: false, properties: {} } }, { a: { b: 1 } }, `attribute "a": additional properties are not allowed ('b' was unexpected)`],
  [{ a: { type: 'object', additionalProperties: { type: 'string' } } }, { a: { b: 1 } }, `attribute "a.b": is not of type 'string'`],
  [{ a: { type: 'object', patternProperties: { '^x': { type: 'integer' } } } }, { a: { xb: 's' } }, `attribute "a.xb": is not of type 'integer'`],
  [{ a: { anyOf: [{ type: 'string' }, { type: 'null' }] } }, { a: 1 }, 'attribute "a": is not valid under any of the given schemas'],
  [{ a: { oneOf: [{ type: 'string' }, { type: 'integer' }] } }, { a: 1 }, undefined],
])('%j with %j', (schema, values, refused) => expect(refusedConfig(schema, values)).toBe(refused))

test('a refusal never holds a value', () => {
  for (const token of [7, ['s3cret'], { a: 's3cret' }]) expect(refusedConfig(SEEN, { host: 's3cret', token })).not.toContain('s3cret')
})
