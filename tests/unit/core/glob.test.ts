import * as fc from 'fast-check'
import { globFits } from '../../../src/core/glob'

it.each([
  ['deploy.*', 'deploy.host', true],
  ['deploy.*', 'deploy', false],
  ['*.host', 'deploy.host', true],
  ['a?c', 'abc', true],
  ['a?c', 'a😀c', true],
  ['a?c', 'ac', false],
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['Deploy', 'deploy', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['a.b', 'axb', false],
  ['*\n*', 'two\nlines', true],
])('%j on %j: %s', (pattern, text, fits) => expect(globFits(pattern, text)).toBe(fits))

const literal = fc.string({ unit: fc.constantFrom('a', 'b', '.', ':', '(', '[', '+', '😀') })

it('property: a pattern made of a text by putting stars and question marks for parts of it fits that text', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(literal, fc.constantFrom('keep', 'star', 'marks')), { maxLength: 6 }), (parts) => {
      const text = parts.map(([part]) => part).join('')
      const pattern = parts.map(([part, how]) => (how === 'keep' ? part : how === 'star' ? '*' : '?'.repeat([...part].length))).join('')
      expect(globFits(pattern, text)).toBe(true)
    }),
  )
})

it('property: it says what a regular expression of the same meaning says', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 8 })
  fc.assert(
    fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 }), (glob, text) => {
      const regex = new RegExp(`^${[...glob].map((char) => (char === '*' ? '[^]*' : char === '?' ? '[^]' : char.replace('.', '\\.'))).join('')}$`, 'u')
      expect(globFits(glob, text)).toBe(regex.test(text))
    }),
  )
})

it('a pattern of many stars is no trap', () => {
  expect(globFits(`${'*a'.repeat(40)}*`, 'a'.repeat(39) + 'b'.repeat(4000))).toBe(false)
})
