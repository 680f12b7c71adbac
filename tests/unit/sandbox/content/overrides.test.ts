import * as fs from 'fs'
import * as path from 'path'
import { overridden } from '../../../../src/sandbox/content/overrides'
import type { Sandbox, StackStormVersion } from '../../../../src/sandbox/types'
import { closedSandbox } from '../../../support/open-sandbox'

function withOverrides(files: Record<string, string>, version: StackStormVersion = '3.9.0'): Sandbox {
  const sandbox = closedSandbox(version)
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(sandbox.paths.overrides, name), text)
  return sandbox
}

const OFF = 'rules:\n  defaults: {enabled: false}\n'
const on = { name: 'r', enabled: true }

describe('what a rule named r of the pack demo comes to', () => {
  const cases: [string, Record<string, string>, Record<string, unknown>, boolean | undefined, boolean][] = [
    ['no files', {}, on, true, false],
    ['all packs off', { '_global.yaml': OFF }, on, false, true],
    ['another pack off', { 'other.yaml': OFF }, on, true, false],
    ['the pack wins over all packs', { '_global.yaml': OFF, 'demo.yaml': OFF.replace('false', 'true') }, on, true, false],
    ['an exception wins over the pack', { 'demo.yaml': `${OFF}  exceptions:\n    r: {enabled: true}\n` }, on, true, false],
    ['an exception for another one', { 'demo.yaml': `${OFF}  exceptions:\n    x: {enabled: true}\n` }, on, false, true],
    ['exceptions for all packs count for nothing', { '_global.yaml': 'rules:\n  exceptions:\n    r: {enabled: false}\n' }, on, true, false],
    ['another kind', { '_global.yaml': OFF.replace('rules', 'aliases') }, on, true, false],
    ['off already', { '_global.yaml': OFF }, { name: 'r', enabled: false }, false, false],
    ['what says nothing is on', { '_global.yaml': OFF.replace('false', 'true') }, { name: 'r' }, true, false],
    ['what says nothing is changed by off', { '_global.yaml': OFF }, { name: 'r' }, false, true],
  ]
  test.each(cases)('%s', (_name, files, content, enabled, changed) => {
    const result = overridden(withOverrides(files), 'demo', 'rules', content)
    expect(result.content.enabled).toBe(enabled)
    expect(result.changed).toBe(changed)
  })
})

test('sensors are named by their class', () => {
  const sandbox = withOverrides({ 'demo.yaml': 'sensors:\n  exceptions:\n    Tick: {enabled: false}\n' })
  expect(overridden(sandbox, 'demo', 'sensors', { class_name: 'Tick', name: 'other' })).toEqual({ content: { class_name: 'Tick', name: 'other', enabled: false }, changed: true })
})

test('policies and triggers cannot be overridden', () => {
  const sandbox = withOverrides({ '_global.yaml': 'policies:\n  defaults: {enabled: false}\ntriggers:\n  defaults: {enabled: false}\n' })
  for (const kind of ['policies', 'triggers']) expect(overridden(sandbox, 'demo', kind, on)).toEqual({ content: on, changed: false })
})

test('3.4.1 does not look at the files, broken ones either', () => {
  expect(overridden(withOverrides({ '_global.yaml': 'rules: [' }, '3.4.1'), 'demo', 'rules', on)).toEqual({ content: on, changed: false })
})

describe('what StackStorm stumbles over', () => {
  const cases: [string, string, string][] = [
    ['an empty file', '', "argument of type 'NoneType' is not iterable"],
    ['an unknown default', 'rules:\n  defaults: {description: x}\n', 'Override attempted with invalid default key description in pack demo'],
    ['an unknown exception', 'rules:\n  exceptions: {r: {name: x}}\n', 'Override attempted with invalid exceptions key name in pack demo'],
    ['an empty section', 'rules:\n', "argument of type 'NoneType' is not iterable"],
    ['empty defaults', 'rules:\n  defaults:\n', "'NoneType' object is not iterable"],
  ]
  test.each(cases)('%s', (_name, text, message) => {
    expect(() => overridden(withOverrides({ 'demo.yaml': text }), 'demo', 'rules', on)).toThrow(message)
  })
})
