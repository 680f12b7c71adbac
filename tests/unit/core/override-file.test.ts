import * as fc from 'fast-check'
import { BrokenOverrides, enabledBy, ownBody, ownedFile, parseOverrides, switchedOff, withExceptions, type Overrides } from '../../../src/core/override-file'

const read = (text: string): Overrides => parseOverrides(Buffer.from(text))
const file = (before: Buffer | undefined, overrides: Overrides): Buffer => Buffer.from(`# a marker\n${ownBody('quiet', 'r1', before, overrides)}`)

test.each([
  ['', 'it is empty'],
  ['---\n', 'it is empty'],
  ['- rules\n', 'it is no mapping'],
  ['rules:\n', 'its section rules is no mapping'],
  ['rules: {defaults: {enabled: no, priority: 1}}\n', 'rules.defaults holds priority'],
  ['rules: {exceptions: {x: {enabld: no}}}\n', 'rules.exceptions.x holds enabld'],
  ['rules: {exceptions: [x]}\n', 'rules.exceptions is no mapping'],
  ['rules: {defaults\n', ''],
])('%j breaks a registration: %s', (text, why) => {
  expect(() => read(text)).toThrow(BrokenOverrides)
  expect(() => read(text)).toThrow(why)
})

test('a pack wins over the global file, an exception over defaults, and exceptions of the global file count for nothing', () => {
  const all = read('rules: {defaults: {enabled: no}, exceptions: {a: {enabled: yes}}}\n')
  const pack = read('rules: {exceptions: {b: {enabled: yes}}}\n')
  expect(enabledBy(all, undefined, 'rules', 'a', true)).toBe(false)
  expect(enabledBy(all, pack, 'rules', 'b', true)).toBe(true)
  expect(enabledBy(all, pack, 'rules', 'c', true)).toBe(false)
  expect(enabledBy(all, pack, 'sensors', 'S', true)).toBe(true)
  expect(enabledBy(all, read('rules: {defaults: {enabled: on}}\n'), 'rules', 'c', false)).toBe(true)
  expect(enabledBy(undefined, pack, 'rules', 'constructor', false)).toBe(false)
})

test('switched off keeps everything else that a file says', () => {
  const own = read('actions: {defaults: {enabled: no}}\nrules: {defaults: {enabled: yes}}\nnotes: kept\n')
  expect(switchedOff(own)).toEqual({ actions: { defaults: { enabled: false } }, rules: { defaults: { enabled: false } }, sensors: { defaults: { enabled: false } }, aliases: { defaults: { enabled: false } }, notes: 'kept' })
})

test('a file of ours says so, reads as YAML 1.1 reads it, and holds what stood there', () => {
  const before = Buffer.from('# mine\nrules:\n  defaults: {enabled: yes}\n')
  const bytes = file(before, withExceptions(read(before.toString()), [{ type: 'rules', name: 'yes', enabled: false }]))
  expect(bytes.toString()).toContain('#| # mine\n#| rules:\n')
  expect(ownedFile(bytes)).toEqual({ purpose: 'quiet', run: 'r1', before })
  expect(parseOverrides(bytes)).toEqual({ rules: { defaults: { enabled: true }, exceptions: { yes: { enabled: false } } } })
  expect(ownedFile(before)).toBeUndefined()
  expect(ownedFile(file(undefined, {}))).toEqual({ purpose: 'quiet', run: 'r1' })
  expect(ownedFile(file(Buffer.alloc(0), { rules: {} }))?.before).toEqual(Buffer.alloc(0))
})

test('whatever stood there, and whatever things are called, comes back', () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all)), fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)), fc.constantFrom('#| a\n---\n', 'a\r\nb', 'a\u2028b', '\n\n', 'no line end').map((text) => Buffer.from(text)))
  const name = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1 }), fc.constantFrom('1:30', '010', 'null', '- x', 'a: b', '1_000', '.5', '__proto__', 'constructor'))
  fc.assert(
    fc.property(bytes, name, fc.boolean(), (before, called, enabled) => {
      const ours = file(before, withExceptions({}, [{ type: 'rules', name: called, enabled }]))
      expect(ownedFile(ours)?.before).toEqual(before)
      expect(enabledBy(undefined, parseOverrides(ours), 'rules', called, !enabled)).toBe(enabled)
    }),
  )
})
