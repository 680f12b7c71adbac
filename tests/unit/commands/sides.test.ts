import { decodeArgs } from '../../../src/commands/args'
import type { Command } from '../../../src/commands/command'
import { OPTION_SPECS, type OptionName } from '../../../src/commands/options'
import { chooseSides, isLoopback, type Need } from '../../../src/commands/sides'
import { localInstance } from '../../../src/commands/st2-environment'

const all: Command = { name: 'all', describe: '', options: Object.keys(OPTION_SPECS) as OptionName[], run: () => Promise.reject(new Error('not run')) }
const BOTH = { source: 'needed', target: 'needed' } as const
const READS = { source: 'optional', target: 'needed' } as const
const ACTION = { ST2_ACTION_EXECUTION_ID: '1', ST2_ACTION_API_URL: 'http://127.0.0.1:9101/v1', ST2_ACTION_AUTH_TOKEN: 'own' }
const SHELL = { ST2_API_URL: 'https://here.example/api', ST2_API_KEY: 'here' }

function sides(typed: Record<string, string>, env: Record<string, string>, needs: Record<'source' | 'target', Need> = BOTH) {
  const chosen = chooseSides(decodeArgs(all, typed, env), needs, env, localInstance(env))
  return Object.fromEntries(chosen.map((side) => [side.side, side]))
}
const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'nothing was thrown'
}

describe('on the old instance, with target_url', () => {
  it('an action uses its own token here, and a datastore key for the target', () => {
    expect(sides({ target_url: 'https://new.example/api' }, ACTION)).toMatchObject({
      source: { url: 'http://127.0.0.1:9101/v1', local: true, login: { how: 'token', token: 'own' } },
      target: { url: 'https://new.example/api', local: false, login: { how: 'datastore', keyName: 'st2upgrade.target_api_key' } },
    })
  })

  it('the name of that key can be set', () => {
    expect(sides({ target_url: 'https://new.example', target_api_key_name: 'mine' }, ACTION).target?.login).toEqual({ how: 'datastore', keyName: 'mine' })
  })

  it('a shell takes the environment of st2 here, and that of the target there', () => {
    const env = { ...SHELL, ST2UPGRADE_TARGET_API_KEY: 'there', ST2UPGRADE_TARGET_AUTH_URL: 'https://new.example/auth' }
    expect(sides({ target_url: 'https://new.example/api' }, env)).toMatchObject({
      source: { url: 'https://here.example/api', local: true, login: { how: 'apiKey', apiKey: 'here' } },
      target: { authUrl: 'https://new.example/auth', login: { how: 'apiKey', apiKey: 'there' } },
    })
  })
})

describe('on the new instance, with source_url', () => {
  it('the target is the local one', () => {
    expect(sides({ source_url: 'https://old.example/api' }, ACTION)).toMatchObject({
      source: { url: 'https://old.example/api', local: false, login: { how: 'datastore', keyName: 'st2upgrade.source_api_key' } },
      target: { url: 'http://127.0.0.1:9101/v1', local: true },
    })
  })

  it('the source is looked at for a plan too', () => {
    expect(Object.keys(sides({ source_url: 'https://old.example/api' }, ACTION, READS))).toEqual(['source', 'target'])
  })
})

describe('from a third machine', () => {
  const env = { ST2UPGRADE_SOURCE_AUTH_TOKEN: 'a', ST2UPGRADE_TARGET_API_KEY: 'b' }

  it('both are named, each with its own credentials', () => {
    expect(sides({ source_url: 'https://old.example', target_url: 'https://new.example' }, env)).toMatchObject({
      source: { local: false, login: { how: 'token', token: 'a' } },
      target: { local: false, login: { how: 'apiKey', apiKey: 'b' } },
    })
  })

  it('credentials of one address never go to another', () => {
    expect(sides({ source_url: 'https://old.example', target_url: 'https://new.example' }, SHELL)).toMatchObject({ source: { login: { how: 'none' } }, target: { login: { how: 'none' } } })
  })

  it('a named side at the address of the environment is the local one', () => {
    expect(sides({ source_url: 'https://here.example', target_url: 'https://new.example' }, SHELL).source).toMatchObject({ local: true, login: { how: 'apiKey', apiKey: 'here' } })
  })

  it('only an archive and a target: the source is not asked', () => {
    expect(Object.keys(sides({ target_url: 'https://new.example' }, { ST2UPGRADE_TARGET_API_KEY: 'b' }, READS))).toEqual(['target'])
  })
})

it('a user is asked for the password, or a file is read', () => {
  const env = SHELL
  const typed = { target_url: 'https://new.example', target_user: 'bob', target_password_file: '/tmp/p', user: 'alice' }
  expect(sides(typed, env)).toMatchObject({ source: { login: { how: 'ask', user: 'alice' } }, target: { login: { how: 'ask', user: 'bob', passwordFile: '/tmp/p' } } })
  expect(codeOf(() => sides({ target_url: 'https://new.example', target_password_file: '/tmp/p' }, env))).toBe('E_SAME_USER')
})

it('neither a source nor a target is wrong usage', () => {
  expect(codeOf(() => sides({}, ACTION))).toBe('E_BOTH_LOCAL')
})

it('a stage that reads one instance takes the local one', () => {
  expect(sides({}, SHELL, { source: 'needed', target: 'no' })).toMatchObject({ source: { local: true } })
  expect(Object.keys(sides({}, SHELL, { source: 'no', target: 'optional' }))).toEqual([])
})

it.each(['new example', 'ftp://new.example', 'https://admin:pw@new.example', 'https://'])('%s is no URL of a StackStorm', (url) => {
  expect(codeOf(() => sides({ target_url: url }, SHELL))).toBe('E_BAD_URL')
})

it.each(['new.example', 'new.example:8443/api', 'https://new.example/api/v1', 'http://new.example:9101'])('%s is one', (url) => {
  expect(sides({ target_url: url }, SHELL).target?.url).toBe(url)
})

it.each([
  ['http://127.0.0.1:9101', true],
  ['127.0.0.1:9101', true],
  ['http://localhost/api', true],
  ['http://[::1]:9101', true],
  ['https://old.example', false],
  ['not a url', false],
])('%s is loopback: %s', (url, expected) => {
  expect(isLoopback(url)).toBe(expected)
})
