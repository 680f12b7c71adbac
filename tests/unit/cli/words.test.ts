import * as fc from 'fast-check'
import * as path from 'path'
import { readOptions, sortWords } from '../../../src/cli/words'
import { decodeArgs } from '../../../src/commands/args'
import type { Command } from '../../../src/commands/command'

const command: Command = {
  name: 'plan',
  describe: 'test',
  options: ['run', 'target_url', 'insecure', 'concurrency', 'only', 'on_conflict', 'quiet', 'users', 'file', 'format', 'source_root', 'target_root', 'state_dir', 'archive', 'plan'],
  positional: ['file'],
  run: () => Promise.reject(new Error('not run')),
}

const decode = (argv: string[], env: Record<string, string> = {}) => decodeArgs(command, readOptions(command, sortWords(argv).rest), env)
const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'nothing was thrown'
}

describe('the command', () => {
  it.each([
    [['plan', '--run=a']],
    [['--command=plan', '--run=a']],
    [['--run=a', '--command=plan']],
    [['--run=a', '--command', 'plan']],
  ])('is found wherever it stands: %j', (argv) => {
    expect(sortWords(argv)).toMatchObject({ command: 'plan', rest: ['--run=a'] })
  })

  it('given twice is refused', () => {
    expect(codeOf(() => sortWords(['--command=plan', '--command=apply']))).toBe('E_TWICE')
  })

  it('is not looked for behind an option, whose value it may be', () => {
    expect(sortWords(['--run', 'plan']).command).toBeUndefined()
  })
})

describe('options', () => {
  it('mean the same in any order, with dashes or underscores, joined or apart', () => {
    const expected = decode(['--target-url=https://new.example/api', '--run=x', '--concurrency=4', '--insecure'])
    expect(decode(['--insecure=true', '--concurrency', '4', '--run', 'x', '--target_url=https://new.example/api'])).toEqual(expected)
    expect(expected).toMatchObject({ target_url: 'https://new.example/api', run: 'x', concurrency: 4, insecure: true })
  })

  it('come as StackStorm 3.4 hands them over: reversed, the command among them', () => {
    const { rest } = sortWords(['--only=keys,packs', '--insecure', '--command=plan', '--run=r1'])
    expect(decodeArgs(command, readOptions(command, rest), {})).toMatchObject({ run: 'r1', insecure: true, only: ['keys', 'packs'] })
  })

  it.each(['--insecure=true', '--insecure=True', '--insecure=1', '--insecure=yes', '--insecure'])('%s is true', (word) => {
    expect(decode([word]).insecure).toBe(true)
  })

  it.each(['--insecure=false', '--insecure=False', '--insecure=0', '--insecure=None', '--insecure='])('%s is false', (word) => {
    expect(decode([word]).insecure).toBe(false)
  })

  it('that are empty are absent', () => {
    expect(decode(['--run=', '--target-url', '', '--concurrency=', '--only='])).toMatchObject({ run: undefined, target_url: undefined, concurrency: undefined, only: [] })
  })

  it('keep the text of a value as it is', () => {
    expect(decode(['--run=007']).run).toBe('007')
    expect(decode(['--run=true']).run).toBe('true')
    expect(decode(['--run=a=b--c d']).run).toBe('a=b--c d')
    expect(decode(['--users= alice , bob,,']).users).toEqual(['alice', 'bob'])
  })

  it('take any text that a value can be (property)', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        expect(decode([`--run=${value}`]).run).toBe(value)
      }),
    )
  })

  it('can be given in any order (property)', () => {
    const words = ['--run=r', '--target_url=https://a.example', '--insecure', '--concurrency=3', '--only=keys', '--command=plan', '--on-conflict=skip']
    const expected = decode(words)
    fc.assert(fc.property(fc.shuffledSubarray(words, { minLength: words.length }), (shuffled) => expect(decode(shuffled)).toEqual(expected)))
  })

  it('fall back to the configuration, then to the default', () => {
    const env = { ST2UPGRADE_TARGET_URL: 'https://configured.example', ST2UPGRADE_CONCURRENCY: '8', ST2UPGRADE_USERS: 'None', ST2UPGRADE_RUN: 'not a setting' }
    expect(decode([], env)).toMatchObject({ target_url: 'https://configured.example', concurrency: 8, users: [], run: undefined, on_conflict: 'fail' })
    expect(decode(['--target-url=https://typed.example'], env).target_url).toBe('https://typed.example')
  })

  it('must have their values: a variable that holds nothing is no wish for the latest run', () => {
    expect(codeOf(() => decode(['--run', '--target-url=https://a.example']))).toBe('E_NO_VALUE')
    expect(codeOf(() => decode(['--insecure', '--run']))).toBe('E_NO_VALUE')
    expect(decode(['--run=', '--insecure', '--target-url', ''])).toMatchObject({ run: undefined, insecure: true, target_url: undefined })
    expect(decode(['--insecure', '--run', 'r1']).run).toBe('r1')
  })

  it('may name the file without a name', () => {
    expect(decode(['plan', '/a.gz']).file).toBe('/a.gz')
    expect(codeOf(() => decode(['plan', 'a.gz', 'b.gz']))).toBe('E_EXTRA_WORD')
    expect(codeOf(() => decode(['plan', 'a.gz', '--file=b.gz']))).toBe('E_EXTRA_WORD')
  })

  it('make places whole that are given relative to the working directory, and nothing else', () => {
    const places = { source_root: path.resolve('old/root'), target_root: '/new', state_dir: path.resolve('state'), archive: path.resolve('..') }
    expect(decode(['--source-root=old/root', '--target-root=/new', '--archive=..', '--run=r1'], { ST2UPGRADE_STATE_DIR: 'state' })).toMatchObject({ ...places, run: 'r1', plan: undefined })
  })
})

describe('wrong usage', () => {
  it('names an unknown option and the likely one, never its value', () => {
    const wrong = () => decode(['--targt-url=https://secret.example'])
    expect(codeOf(wrong)).toBe('E_UNKNOWN_OPTION')
    expect(wrong).toThrow('plan has no option --targt-url; did you mean --target-url?')
  })

  it.each(['--no-insecure', '--out=x', '-x', '--insecure-x'])('refuses %s', (word) => {
    expect(codeOf(() => decode([word]))).toBe('E_UNKNOWN_OPTION')
  })

  it.each([
    [['--concurrency=0'], 'E_NOT_A_NUMBER'],
    [['--concurrency=65'], 'E_NOT_A_NUMBER'],
    [['--concurrency=4.5'], 'E_NOT_A_NUMBER'],
    [['--concurrency=many'], 'E_NOT_A_NUMBER'],
    [['--insecure=perhaps'], 'E_NOT_A_BOOLEAN'],
    [['--quiet=maybe'], 'E_NOT_A_CHOICE'],
    [['--run=a', '--run=b'], 'E_TWICE'],
  ])('%j ends with %s', (argv, code) => {
    expect(codeOf(() => decode(argv))).toBe(code)
  })

  it.each(['--password=hunter2', '--password', '--target_password=hunter2', '--api-key=hunter2', '--target-api-key=hunter2', '--passphrase=hunter2', '--token=hunter2'])(
    'refuses the secret in %s with the reason, without repeating it',
    (word) => {
      const refused = () => sortWords(['plan', word])
      expect(codeOf(refused)).toBe('E_SECRET_IN_ARGV')
      expect(refused).toThrow('arguments are seen by every user of the machine')
      expect(refused).not.toThrow('hunter2')
    },
  )

  it('does not take the name of a datastore key or a file for a secret', () => {
    expect(() => sortWords(['--target_api_key_name=a', '--password-file=b', '--passphrase-key-name=c'])).not.toThrow()
  })
})

describe('several words without names', () => {
  const two: Command = { ...command, positional: ['run', 'archive'], options: ['run', 'archive'] }

  it('go to their options in order, and what is named already is not given twice', () => {
    expect(readOptions(two, ['x', 'y'])).toEqual({ run: 'x', archive: 'y' })
    expect(readOptions(two, ['--archive=y', 'x'])).toEqual({ run: 'x', archive: 'y' })
    for (const words of [['x', 'y', 'z'], ['--run=x', 'y'], ['--archive=a', 'x', 'y']]) expect(() => readOptions(two, words)).toThrow(expect.objectContaining({ code: 'E_EXTRA_WORD' }))
  })
})
