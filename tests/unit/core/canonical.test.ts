import fc from 'fast-check'
import { canonicalJson, fingerprint, sha256 } from '../../../src/core/canonical'

describe('canonical JSON', () => {
  it('sorts members by code point, at every depth, without blanks', () => {
    expect(canonicalJson({ b: [{ z: 1, a: null }], a: 'x', '\uffff': 1, '🎉': 2, '10': 1, '9': 1 })).toBe('{"10":1,"9":1,"a":"x","b":[{"a":null,"z":1}],"\uffff":1,"🎉":2}')
  })

  it('leaves undefined members out, as JSON does', () => {
    expect(canonicalJson({ a: undefined, b: [undefined] })).toBe('{"b":[null]}')
    expect(canonicalJson({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}')
  })

  it('writes numbers as JavaScript does, and minus zero as zero', () => {
    expect(canonicalJson([1e21, 1e-7, 0.1, -0, 100])).toBe('[1e+21,1e-7,0.1,0,100]')
  })

  it('keeps lone surrogates readable in valid UTF-8', () => {
    const text = canonicalJson({ '\ud800': 'a\udfff' })
    expect(text).toBe('{"\\ud800":"a\\udfff"}')
    expect(JSON.parse(Buffer.from(text).toString())).toEqual({ '\ud800': 'a\udfff' })
  })

  it.each([NaN, Infinity, 1n, () => 1, Symbol('x')])('refuses what JSON cannot hold: %p', (value) => {
    expect(() => canonicalJson({ a: [value] })).toThrow(TypeError)
  })

  it('reads back equal, and is the same whatever the order of members', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(canonicalJson(reversed(value))).toBe(text)
    }))
  })

  it('has a fingerprint', () => {
    expect(fingerprint({ b: 1, a: 2 })).toBe(sha256('{"a":2,"b":1}'))
    expect(sha256('é')).toBe(sha256(Buffer.from([0xc3, 0xa9])))
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })
})

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (value === null || typeof value !== 'object') return value
  const copy: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value).reverse()) Object.defineProperty(copy, name, { value: reversed(member), enumerable: true, configurable: true, writable: true })
  return copy
}
