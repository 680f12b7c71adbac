import * as fs from 'fs'
import * as path from 'path'
import { checkVersions, packRef, packWarning, readMetadata, tryReadMetadata } from '../../../../src/sandbox/packs/metadata'
import { meetsRequirement } from '../../../../src/sandbox/packs/versions'
import { TRAITS } from '../../../../src/sandbox/traits'
import { tempDir } from '../../../support/archives'

const SANDBOX = { version: '3.9.0' as const, traits: TRAITS['3.9.0'] }

describe('a pack says of itself', () => {
  test('its ref, or else its name where that can be one', () => {
    expect(packRef({ ref: 'demo', name: 'Demo Pack' }, [])).toBe('demo')
    expect(packRef({ name: 'demo' }, [])).toBe('demo')
    expect(() => packRef({ name: 'Demo Pack' }, [])).toThrow('Pack name "Demo Pack" contains invalid characters')
    expect(() => packRef({ ref: '_global' }, ['_global'])).toThrow('_global is a reserved name, and cannot be used as a pack name')
  })

  test('what it cannot be read from', () => {
    const dir = tempDir()
    expect(() => readMetadata(dir)).toThrow(`Pack "${dir}" is missing pack.yaml file`)
    fs.writeFileSync(path.join(dir, 'pack.yaml'), '---\n')
    expect(() => readMetadata(dir)).toThrow(`Pack "${dir}" metadata file is empty`)
    expect(tryReadMetadata(dir)).toBeUndefined()
    fs.writeFileSync(path.join(dir, 'pack.yaml'), 'name: a\ndependencies: [b]\n')
    expect(tryReadMetadata(dir)).toEqual({ name: 'a', dependencies: ['b'] })
  })
})

describe('versions', () => {
  test.each([
    ['>=3.4.0', true],
    ['>=3.4.0, <4.0.0', true],
    ['>=4.0.0', false],
    ['<3.9.0', false],
    ['==3.9.0', true],
    ['!=3.9.0', false],
    ['all', true],
  ])('3.9.0 meets %s: %s', (requirement, expected) => expect(meetsRequirement('3.9.0', requirement)).toBe(expected))

  test('a requirement that cannot be read fails the install', () => {
    expect(() => meetsRequirement('3.9.0', '>=3.4')).toThrow('3.4 is not valid SemVer string')
    expect(() => meetsRequirement('3.9.0', '=3.9.0')).toThrow('match_expr parameter should be in format')
  })

  test('a pack for another StackStorm or for Python 2 is refused', () => {
    expect(() => checkVersions({ name: 'a', stackstorm_version: '>=4.0.0' }, SANDBOX)).toThrow('Pack "a" requires StackStorm ">=4.0.0", but current version is "3.9.0".')
    expect(() => checkVersions({ name: 'a', python_versions: ['2'] }, SANDBOX)).toThrow('Pack "a" requires Python 2.x')
    expect(() => checkVersions({ name: 'a', python_versions: ['2', '3'] }, SANDBOX)).not.toThrow()
    expect(packWarning({ name: 'a', python_versions: ['2'] })).toContain('Pack a only supports Python 2.x')
    expect(packWarning({ name: 'a', python_versions: ['3'] })).toBeUndefined()
  })
})
