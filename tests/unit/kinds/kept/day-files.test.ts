/** Days of history as members. */
import * as fc from 'fast-check'
import * as fs from 'fs'
import * as path from 'path'
import { gunzipSync } from 'zlib'
import { realDisk } from '../../../../src/archive/disk'
import { sha256 } from '../../../../src/core/canonical'
import { shifted } from '../../../../src/core/moments'
import { DayFiles } from '../../../../src/kinds/kept/day-files'
import { EXECUTIONS, type HistoryRecord } from '../../../../src/kinds/kept/record-kind'
import { tempDir } from '../../../support/archives'

const at = (seconds: number): string => shifted('2026-11-20T00:00:00.000000Z', seconds * 1e6)

async function filed(records: HistoryRecord[], disk = realDisk) {
  const dir = tempDir()
  const stage = async (member: string): Promise<string> => {
    const file = path.join(dir, member)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    return file
  }
  const files = new DayFiles(EXECUTIONS, { stage, scratch: path.join(dir, 'scratch'), disk })
  try {
    for (const record of records) await files.add(record)
    const members = await files.close()
    const text = (member: string): string => gunzipSync(fs.readFileSync(path.join(dir, member))).toString()
    return { dir, members, text, lines: (member: string) => text(member).split('\n').filter(Boolean).map((line) => JSON.parse(line) as HistoryRecord) }
  } finally {
    await files.abandon()
  }
}

test('one member a day, sorted by time and id, under the hash of its bytes', async () => {
  const records = [
    { id: 'c', start_timestamp: at(90_000), result: { b: 1, a: 'é' } },
    { id: 'b', start_timestamp: at(86_400) },
    { id: 'a', start_timestamp: at(86_400) },
    { id: 'z', start_timestamp: at(3) },
  ]
  const { dir, members, lines, text } = await filed(records)
  expect(members).toEqual([
    { member: 'history/executions/2026-11-20.jsonl.gz', count: 1, sha256: expect.any(String), from: at(3), to: at(3) },
    { member: 'history/executions/2026-11-21.jsonl.gz', count: 3, sha256: expect.any(String), from: at(86_400), to: at(90_000) },
  ])
  expect(lines(members[1]!.member).map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  expect(text(members[1]!.member)).toContain(`{"id":"c","result":{"a":"é","b":1},"start_timestamp":"${at(90_000)}"}\n`)
  for (const { member, sha256: hash } of members) expect(sha256(fs.readFileSync(path.join(dir, member)))).toBe(hash)
  expect(fs.existsSync(path.join(dir, 'scratch', 'runs'))).toBe(false)
})

test('whatever the order and the days, every record is in exactly one member, within its bounds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 40 }), async (seconds) => {
      const records = seconds.map((second, n) => ({ id: `id${n}`, start_timestamp: at(second) }))
      const { members, lines } = await filed(records)
      const found = members.flatMap(({ member, from, to, count }) => {
        const inside = lines(member)
        expect(inside).toHaveLength(count)
        expect(inside.map((one) => one.start_timestamp)).toEqual(inside.map((one) => one.start_timestamp).sort())
        for (const { start_timestamp: time } of inside) {
          expect(member).toContain(String(time).slice(0, 10))
          expect([String(time) >= from!, String(time) <= to!]).toEqual([true, true])
        }
        return inside.map(({ id }) => id)
      })
      expect(found.sort()).toEqual(records.map(({ id }) => id).sort())
    }),
    { numRuns: 25 },
  )
})

test('a record without a time has that of its database id, else none', async () => {
  const { members } = await filed([{ id: '6b0319f23a341c19f9816e24' }, { id: 'odd' }])
  expect(members.map(({ member }) => member)).toEqual(['history/executions/2026-11-22.jsonl.gz', 'history/executions/undated.jsonl.gz'])
})

test('a full disk is told, and nothing stays open', async () => {
  const create = async () => ({ write: async () => { throw new Error('full') }, sync: async () => undefined, close: async () => undefined })
  await expect(filed([{ id: 'a', start_timestamp: at(0) }], { ...realDisk, create })).rejects.toThrow('full')
})
