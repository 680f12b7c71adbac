import * as fc from 'fast-check'
import { asJson, asText } from '../../../src/cli/output'
import type { StageResult } from '../../../src/engine/types'

const result = (more: Partial<StageResult> = {}): StageResult => ({ stage: 'plan', exit: 0, summary: ['done'], data: {}, ...more })

describe('the JSON answer', () => {
  it('is one line with summary first', () => {
    const line = asJson(result({ data: { run: 'r1', counts: { keys: 3 } } }))
    expect(line).toBe('{"summary":["done"],"stage":"plan","exit":0,"run":"r1","counts":{"keys":3}}')
  })

  it('is ASCII whatever it tells, and means the same (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 50 }), { maxLength: 5 }), (summary) => {
        const line = asJson(result({ summary }))
        expect(line).toMatch(/^[\x20-\x7e]*$/)
        expect((JSON.parse(line) as { summary: string[] }).summary).toEqual(summary)
      }),
    )
  })

  it('stays some kB, and says how much more there is', () => {
    const line = asJson(result({ data: { run: 'r1', failed: Array.from({ length: 5000 }, (_, i) => `item number ${i}`) } }))
    expect(line.length).toBeLessThanOrEqual(12_000)
    const { failed, run } = JSON.parse(line) as { failed: string[]; run: string }
    expect(run).toBe('r1')
    expect(failed[0]).toBe('item number 0')
    expect(failed[failed.length - 1]).toMatch(/^\.\.\. and \d+ more$/)
  })

  it('stays some kB even when a single text is huge', () => {
    const line = asJson(result({ summary: ['x'.repeat(100_000)], data: { text: 'y'.repeat(100_000) } }))
    expect(line.length).toBeLessThanOrEqual(12_000)
    expect(JSON.parse(line)).toMatchObject({ stage: 'plan', exit: 0, shortened: true })
  })
})

test('the text answer is the summary, a line each', () => {
  expect(asText(result({ summary: ['one', 'two'] }))).toBe('one\ntwo\n')
})
