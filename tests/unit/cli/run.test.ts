import { runIn } from '../../support/cli'
import { refusal } from '../../../src/commands/catalogue'
import type { Command } from '../../../src/commands/command'
import type { StageResult } from '../../../src/engine/types'

const done = (more: Partial<StageResult> = {}): StageResult => ({ stage: 'plan', exit: 0, summary: ['all is well', 'next: st2upgrade apply --run r1'], data: { run: 'r1' }, ...more })
const plan = (run: Command['run'], more: Partial<Command> = {}): Command => ({ name: 'plan', describe: 'Tell what must change', options: ['run', 'insecure', 'format'], run, ...more })
const fine = plan(async () => done())

describe('what is printed', () => {
  it('is one JSON document where stdout is no terminal', async () => {
    const { exit, out, err } = await runIn({}, [fine], '--run=r1', '--command=plan')
    expect(exit).toBe(0)
    expect(JSON.parse(out)).toEqual({ summary: done().summary, stage: 'plan', exit: 0, run: 'r1' })
    expect(out.split('\n')).toHaveLength(2)
    expect(err).toBe('')
  })

  it('is text on a terminal, or when asked for', async () => {
    expect((await runIn({ terminal: true }, [fine], 'plan')).out).toBe('all is well\nnext: st2upgrade apply --run r1\n')
    expect((await runIn({}, [fine], 'plan', '--format', 'text')).out).toBe('all is well\nnext: st2upgrade apply --run r1\n')
    expect((await runIn({ terminal: true }, [fine], 'plan', '--format=json')).out).toMatch(/^\{/)
  })

  it('is text for a command that says so, unless JSON is asked for', async () => {
    const demo = plan(async () => done(), { output: 'text' })
    expect((await runIn({}, [demo], 'plan')).out).toMatch(/^all is well/)
    expect((await runIn({}, [demo], 'plan', '--format=json')).out).toMatch(/^\{/)
  })

  it('is nothing at the end of a command that has printed its line', async () => {
    const sandbox = plan(async (_, machine) => (machine.print('{"ready":true}'), done()), { output: 'line' })
    expect((await runIn({}, [sandbox], 'plan')).out).toBe('{"ready":true}\n')
  })

  it('keeps each line of the summary one line, whatever a name holds', async () => {
    const odd = plan(async () => done({ summary: ['keys li\nne\u001b[31m: differs'] }))
    expect((await runIn({ terminal: true }, [odd], 'plan')).out).toBe('keys li\\u000ane\\u001b[31m: differs\n')
  })

  it('names the next command as StackStorm types it, inside an action', async () => {
    const env = { ST2_ACTION_EXECUTION_ID: '5f0000000000000000000001', ST2_ACTION_API_URL: 'http://127.0.0.1:9101/v1' }
    const { out } = await runIn({ env }, [fine], 'plan')
    expect((JSON.parse(out) as { summary: string[] }).summary[1]).toBe('next: st2 run st2upgrade.apply run=r1')
  })
})

describe('failures', () => {
  const refused = plan(() => Promise.reject(refusal('E_BOTH_LOCAL')))

  it('are the same one document, with the exit code of the refusal', async () => {
    const { exit, out, err } = await runIn({}, [refused], 'plan')
    expect(exit).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ summary: [expect.stringContaining('plan: neither a target'), expect.stringMatching(/^Next: /)], exit: 2, error: { code: 'E_BOTH_LOCAL' } })
    expect(err).toBe('')
  })

  it('go to stderr as text on a terminal', async () => {
    const { exit, out, err } = await runIn({ terminal: true }, [refused], 'plan')
    expect([exit, out]).toEqual([2, ''])
    expect(err).toMatch(/^plan: neither a target.*\nNext: /)
  })

  it('of the tool itself are logged with their trace and end with 1', async () => {
    const broken = plan(() => Promise.reject(new TypeError('undefined is not a function')))
    const { exit, out, faults } = await runIn({}, [broken], 'plan')
    expect(exit).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'E_UNEXPECTED' } })
    expect(faults).toEqual([expect.any(TypeError)])
  })

  it('after Ctrl-C end with 130 and the command to go on', async () => {
    const slow = plan(() => Promise.reject(new Error('socket hang up')))
    const { exit, out } = await runIn({ stoppedWith: 130 }, [slow], 'plan', '--run=r 1')
    expect(exit).toBe(130)
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'E_INTERRUPTED', next: "Run the same again to go on: st2upgrade plan '--run=r 1'" } })
  })

  it('inside an action name the execution to run again', async () => {
    const slow = plan(() => Promise.reject(new Error('x')))
    const env = { ST2_ACTION_EXECUTION_ID: 'abc', ST2_ACTION_API_URL: 'http://127.0.0.1:9101/v1' }
    expect((await runIn({ stoppedWith: 75, env }, [slow], 'plan')).out).toContain('st2 execution re-run abc')
  })

  it.each([
    [[], 'E_NO_COMMAND'],
    [['pln'], 'E_UNKNOWN_COMMAND'],
    [['--command=nothing'], 'E_UNKNOWN_COMMAND'],
    [['plan', '--rn=1'], 'E_UNKNOWN_OPTION'],
    [['plan', '--password=hunter2'], 'E_SECRET_IN_ARGV'],
    [['plan', '--format=xml'], 'E_NOT_A_CHOICE'],
  ])('%j is wrong usage: %s', async (argv, code) => {
    const { exit, out } = await runIn({}, [fine], ...argv)
    expect(exit).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ error: { code } })
    expect(out).not.toContain('hunter2')
  })

  it('suggest the command that was probably meant', async () => {
    expect((await runIn({}, [fine], 'pln')).out).toContain('did you mean plan?')
  })

  it('carry the exit code of a stage that ended without throwing', async () => {
    expect((await runIn({}, [plan(async () => done({ exit: 4 }))], 'plan')).exit).toBe(4)
  })
})

describe('help', () => {
  it('lists the commands', async () => {
    const { exit, out } = await runIn({}, [fine], '--help')
    expect(exit).toBe(0)
    expect(out).toMatch(/^ {2}plan {2}Tell what must change/m)
  })

  it('of a command shows its options by group, with dashes', async () => {
    const { exit, out } = await runIn({}, [fine], 'plan', '--help')
    expect(exit).toBe(0)
    expect(out).toMatch(/Usage: st2upgrade plan/)
    expect(out).toMatch(/Run:\n {2}--run=TEXT +Name of the run/)
    expect(out).toContain('--insecure')
    expect(out).not.toContain('--target-url')
  })

  it('tells the version', async () => {
    expect((await runIn({}, [fine], '--version')).out).toBe('0.0.0-test\n')
  })
})
