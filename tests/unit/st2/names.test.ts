import fc from 'fast-check'
import { encodeName, isNullName, listedName, realName, unsendable } from '../../../src/st2/names'
import { quirksOf } from '../../../src/st2/quirks'

describe('encodeName', () => {
  test('what arrives, percent-decoded, is the name', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => expect(decodeURIComponent(encodeName(name))).toBe(name)))
  })
  test('nothing in it is a separator, a directory or a query', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', minLength: 1 }), (name) => {
        expect(encodeName(name)).toMatch(/^[A-Za-z0-9\-_.!~*'()%]+$/)
        expect(encodeName(name)).not.toMatch(/^\.+$/)
      }),
    )
  })
  test.each([['.', '%2E'], ['..', '%2E%2E'], ['a.b', 'a.b'], ['a%2Fb', 'a%252Fb'], ['a/b', 'a%2Fb'], ['é', '%C3%A9'], ['\n', '%0A']])('%j goes as %s', (name, encoded) => {
    expect(encodeName(name)).toBe(encoded)
  })
})

describe('names of 3.4.1', () => {
  test('a listed name means what its bytes say: recorded klíč', () => {
    expect(realName('kl\u00c3\u00ad\u00c4\u008d', '3.4.1')).toBe('klíč')
    expect(realName('kl\u00c3\u00ad\u00c4\u008d', '3.9.0')).toBe('kl\u00c3\u00ad\u00c4\u008d')
  })
  test('every name comes back from how it is listed', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (name) => expect(realName(listedName(name, '3.4.1'), '3.4.1')).toBe(name)))
  })
  test('decodes once only, and leaves what is no UTF-8', () => {
    expect(realName('\u00c3\u0083\u00c2\u00a9', '3.4.1')).toBe('\u00c3\u00a9')
    expect(realName('\u00e9', '3.4.1')).toBe('\u00e9')
    expect(realName('plain', '3.4.1')).toBe('plain')
    expect(realName('\u0416\u00c3\u00a9', '3.4.1')).toBe('\u0416\u00c3\u00a9')
  })
})

describe('unsendable', () => {
  test.each(['a b', 'é', 'ÿ', '.', '.hidden', 'null', 'a%2Fb', '\n', '\u0000', 'n'.repeat(4000)])('%j can be sent to 3.9.0', (name) => {
    expect(unsendable(name, '3.9.0')).toBeUndefined()
  })
  test.each(['', 'a/b', '/', 'x/', '..', 'a..b', 'klíč', '名前', '🔑', '\ud800', 'a\u200bb', 'n'.repeat(5000), 'é'.repeat(700)])('%j cannot be sent to 3.9.0', (name) => {
    expect(unsendable(name, '3.9.0')).toEqual(expect.any(String))
  })
  test('3.4.1 takes any script', () => {
    expect(unsendable('名前', '3.4.1')).toBeUndefined()
    expect(unsendable('名前', '3.5.0')).toMatch(/Latin-1/)
    expect(unsendable('\ud83d', '3.4.1')).toMatch(/surrogate/)
  })
  test('nginx cuts at a line feed and reads a dot as a directory', () => {
    expect(unsendable('a\nb', '3.9.0', { proxied: true })).toMatch(/nginx/)
    expect(unsendable('.', '3.9.0', { proxied: true })).toMatch(/nginx/)
  })
})

test('null in any case is no name in the system scope', () => {
  expect(['null', 'NULL', 'Null'].map((name) => isNullName(name, 'system'))).toEqual([true, true, true])
  expect(isNullName('null', 'user')).toBe(false)
  expect(isNullName('none', 'system')).toBe(false)
})

test('a version that cannot be read counts as the newest; a development version as its release', () => {
  expect(quirksOf('unknown')).toEqual(quirksOf('3.9.0'))
  expect(quirksOf('3.4dev')).toEqual(quirksOf('3.4.1'))
  expect(quirksOf('3.5.0')).toEqual(quirksOf('3.9.0'))
})
