import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { JsonLinesFile } from '../../../src/system/json-lines'

let dir: string
beforeEach(() => (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-lines-'))))
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))
const LINE = 'x'.repeat(5000)

test('nothing is seen under its name before it is finished', async () => {
  const file = await JsonLinesFile.create(path.join(dir, 'a'))
  for (let i = 0; i < 50; i++) await file.line(LINE)
  expect(fs.readdirSync(dir)).toEqual(['a.part'])
  await file.finish()
  expect(fs.readdirSync(dir)).toEqual(['a'])
  expect(fs.readFileSync(path.join(dir, 'a'), 'utf8')).toBe(`${LINE}\n`.repeat(50))
})

test('what is abandoned is gone, before and after its first line; the file that was there stays', async () => {
  fs.writeFileSync(path.join(dir, 'a'), 'old')
  for (const lines of [0, 50]) {
    const file = await JsonLinesFile.create(path.join(dir, 'a'))
    for (let i = 0; i < lines; i++) await file.line(LINE)
    await file.abandon()
    expect(fs.readdirSync(dir)).toEqual(['a'])
    expect(fs.readFileSync(path.join(dir, 'a'), 'utf8')).toBe('old')
  }
})

test.each([1, 50])('a place that cannot be written is told, and nobody waits for ever (%i lines)', async (lines) => {
  const file = await JsonLinesFile.create(path.join(dir, 'no', 'where'))
  const write = async (): Promise<void> => {
    for (let i = 0; i < lines; i++) await file.line(LINE)
    await file.finish()
  }
  await expect(write()).rejects.toMatchObject({ name: 'Refusal', message: expect.stringMatching(/Cannot write .*no\/where: no such file/) })
  await file.abandon()
})
