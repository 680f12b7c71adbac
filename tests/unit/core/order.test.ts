import fc from 'fast-check'
import { compareIdentity } from '../../../src/core/order'

describe('the order of identities', () => {
  it('is the order of UTF-8 bytes, where JavaScript would have another', () => {
    const sorted = ['', 'A', 'a', 'a\u0000', 'aa', 'b', 'é', '名', '\ue000', '\uffff', '🎉', '🎉a']
    expect([...sorted].reverse().sort(compareIdentity)).toEqual(sorted)
    expect([...sorted].sort()).not.toEqual(sorted)
  })

  it('agrees with the bytes for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => Math.sign(compareIdentity(a, b)) === Buffer.compare(Buffer.from(a), Buffer.from(b))))
  })

  it('orders lone surrogates too, all different', () => {
    const odd = ['\ud800', '\ud801', '\udc00', '\ud7ff', '\ue000', '\ud800\udc00']
    expect([...odd].sort(compareIdentity)).toEqual(['\ud7ff', '\ue000', '\ud800', '\ud800\udc00', '\ud801', '\udc00'])
    fc.assert(fc.property(fc.array(fc.string({ unit: fc.constantFrom(...odd) })), (texts) => {
      const sorted = [...texts].sort(compareIdentity)
      return sorted.every((text, n) => n === 0 || compareIdentity(sorted[n - 1] as string, text) <= 0) && texts.every((a) => texts.every((b) => compareIdentity(a, b) === -compareIdentity(b, a) && (compareIdentity(a, b) === 0) === (a === b)))
    }))
  })
})
