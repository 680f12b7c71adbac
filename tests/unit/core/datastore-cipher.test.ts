import * as fc from 'fast-check'
import * as fs from 'fs'
import * as path from 'path'
import { CipherError, decrypt, encrypt, fingerprint, generateKeyFile, parseKeyFile } from '../../../src/core/datastore-cipher'

interface Vectors {
  sets: { key: unknown; vectors: { plain: string; cipher: string }[] }[]
}

const vectors = JSON.parse(fs.readFileSync(path.join(__dirname, '../../fixtures/recordings/crypto-vectors.json'), 'utf8')) as Vectors
const keys = vectors.sets.map(({ key }) => parseKeyFile(JSON.stringify(key)))
const [wide, narrow] = keys as [(typeof keys)[0], (typeof keys)[0]]

const reasonOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return error instanceof CipherError ? error.reason : String(error)
  }
  return 'none'
}

describe('the cipher of the datastore', () => {
  it.each(vectors.sets.map((set, i) => [i, set] as const))('reads what StackStorm wrote, set %i', (i, { vectors: all }) => {
    const key = keys[i] as (typeof keys)[0]
    for (const { plain, cipher } of all) {
      expect(decrypt(cipher, key)).toBe(plain)
      expect(decrypt(cipher.toLowerCase(), key)).toBe(plain)
    }
  })

  it('writes ciphertexts of the length and form that StackStorm writes', () => {
    for (const { plain, cipher } of vectors.sets[0]?.vectors ?? []) {
      const own = encrypt(plain, wide)
      expect(own).toMatch(/^3030303030[0-9A-F]+$/)
      expect(own).toHaveLength(cipher.length)
    }
  })

  it('gives every text back, with both widths of key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom(wide, narrow), (text, key) => {
        expect(decrypt(encrypt(text, key), key)).toBe(text)
      }),
    )
  })

  it('tells why a text cannot be decrypted', () => {
    const good = encrypt('x', wide)
    expect(reasonOf(() => decrypt('ABC', wide))).toBe('odd-length')
    expect(reasonOf(() => decrypt('not hexa', wide))).toBe('not-hex')
    expect(reasonOf(() => decrypt('', wide))).toBe('too-short')
    expect(reasonOf(() => decrypt('3030', wide))).toBe('too-short')
    expect(reasonOf(() => decrypt(good, narrow))).toBe('wrong-key')
  })

  it('notices a change of any digit', () => {
    const good = encrypt('sixteen bytes ok', wide)
    fc.assert(
      fc.property(fc.nat(good.length - 1), (at) => {
        const other = good[at] === '0' ? '1' : '0'
        expect(reasonOf(() => decrypt(good.slice(0, at) + other + good.slice(at + 1), wide))).toBe('wrong-key')
      }),
    )
  })

  it('makes key files that it reads, each another key', () => {
    const [a, b] = [generateKeyFile(), generateKeyFile()]
    expect(JSON.parse(a)).toMatchObject({ mode: 'CBC', size: 256, hmacKey: { size: 256 } })
    expect(parseKeyFile(a).aes).toHaveLength(32)
    expect(fingerprint(parseKeyFile(a))).not.toBe(fingerprint(parseKeyFile(b)))
    expect(fingerprint(parseKeyFile(a))).toBe(fingerprint(parseKeyFile(a)))
  })

  it('has a fingerprint that holds no part of the key', () => {
    const print = fingerprint(wide)
    expect(print).toMatch(/^[0-9a-f]{64}$/)
    expect(print).not.toContain(wide.aes.toString('hex').slice(0, 8))
  })

  it.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['no AES key', '{"hmacKey":{"hmacKeyString":"AAAA"}}'],
    ['no HMAC key', '{"aesKeyString":"AAAAAAAAAAAAAAAAAAAAAA"}'],
    ['another mode', '{"aesKeyString":"AAAAAAAAAAAAAAAAAAAAAA","hmacKey":{"hmacKeyString":"AAAA"},"mode":"ECB"}'],
    ['a short AES key', '{"aesKeyString":"QUJD","hmacKey":{"hmacKeyString":"AAAA"},"mode":"CBC"}'],
  ])('refuses a key file with %s and quotes nothing of it', (_what, text) => {
    expect(() => parseKeyFile(text)).toThrow(/datastore crypto key/)
    expect(() => parseKeyFile(text)).not.toThrow(/QUJD|AAAA/)
  })
})
