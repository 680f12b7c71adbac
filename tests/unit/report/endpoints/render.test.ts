import * as fc from 'fast-check'
import { cell, plain, render } from '../../../../src/report/endpoints/render'
import type { Entry } from '../../../../src/report/endpoints/types'

const entry = (text: string): Entry => ({ section: 'callers', old: text, new: text, evidence: text, todo: text })
const report = (text: string) => ({ title: text, hints: [text], entries: [entry(text)], missed: [text] })
const anything = fc.string({ unit: fc.oneof(fc.constantFrom('=', '+', '-', '@', '|', '%', '"', ',', ';', '\r', '\n', '\t', '\\', '`', '<', '[', '\u001b', '\u202e', ' '), fc.string({ minLength: 1, maxLength: 1 })), maxLength: 12 })

it.each(['=1+1', '+1', '-1', '@SUM(A1)', ' =1', '\t=1', '\r=1', '|cmd', '＝1'])('a spreadsheet takes %j for text', (text) => expect(cell(text)).toMatch(/^"('|\\u)/))

it('property: a row stays a row of six cells, whatever stands in them, and no cell begins like a formula', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const rows = render(report(text), 'csv').split('\r\n')
      expect(rows).toHaveLength(4)
      for (const row of rows.slice(0, 3)) {
        expect(row).toMatch(/^("([^"]|"")*",){5}"([^"]|"")*"$/)
        expect(row).not.toMatch(/(^|",)"\s*[=+\-@|%]/)
      }
    }),
  )
})

it('property: a table of Markdown stays a table, and nothing in it is HTML', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const document = render(report(text), 'markdown')
      expect(document.split('\n')).toHaveLength(render(report('x'), 'markdown').split('\n').length)
      expect(document).not.toMatch(/<(?!\/?x)/)
      const row = document.split('\n').find((line) => line.startsWith('| [ ]'))!
      expect(row.replace(/\\./g, '').match(/\|/g)).toHaveLength(6)
    }),
  )
})

it('property: text holds nothing that steers a terminal, and no more lines than are meant', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const document = render(report(text), 'text')
      expect(document).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
      expect(document.split('\n')).toHaveLength(render(report('x'), 'text').split('\n').length)
    }),
  )
})

it('ordinary text is shown as it is', () => expect(plain('Ünï – 名前 https://old.example/api?')).toBe('Ünï – 名前 https://old.example/api?'))
