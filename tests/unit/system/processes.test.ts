import { tmpdir } from 'os'
import { createProcesses } from '../../../src/system/processes'

const node = process.execPath
const processes = createProcesses({ PATH: process.env.PATH, LANG: 'de_DE.UTF-8', KEEP: 'base' })
const run = (script: string, options = {}, ...args: string[]) => processes.run(node, ['-e', script, '--', ...args], options)

describe('run', () => {
  test('gives code, stdout as bytes and stderr', async () => {
    const result = await run('process.stdout.write(Buffer.from([0, 255])); process.stderr.write("oops"); process.exitCode = 3')
    expect(result).toEqual({ code: 3, stdout: Buffer.from([0, 255]), stderr: 'oops' })
  })

  test('arguments arrive as they are: no shell', async () => {
    const odd = ['a b', '$HOME', '`id`', "'", '"', '*', 'x;y', '\n', '']
    const { stdout } = await run('console.log(JSON.stringify(process.argv.slice(1)))', {}, ...odd)
    expect(JSON.parse(stdout.toString())).toEqual(odd)
  })

  test('input, directory and environment', async () => {
    const script = 'process.stdin.pipe(process.stdout); console.log(process.cwd(), process.env.LC_ALL, process.env.KEEP, process.env.MORE)'
    const { stdout } = await run(script, { input: Buffer.from('in'), cwd: tmpdir(), env: { MORE: 'more' } })
    expect(stdout.toString()).toBe(`${tmpdir()} C base more\nin`)
  })

  test('a program that does not read its input', async () => {
    expect(await run('process.exit(0)', { input: Buffer.alloc(1e6) })).toMatchObject({ code: 0 })
  })

  test('the end of a long stderr is kept', async () => {
    const { stderr } = await run('process.stderr.write("x".repeat(200000) + "the reason")')
    expect(stderr.length).toBeLessThanOrEqual(65536)
    expect(stderr).toMatch(/the reason$/)
  })

  test('a signal counts as shells count it', async () => {
    expect(await run('process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 1e6)')).toMatchObject({ code: 137 })
  })

  test('a program that is missing is named, with advice', async () => {
    await expect(processes.run('no-such-program-here', [])).rejects.toMatchObject({ message: expect.stringContaining('no-such-program-here'), advice: expect.stringContaining('Install') })
  })

  test('one that runs too long is stopped', async () => {
    await expect(run('setTimeout(() => {}, 1e6)', { timeoutMs: 50 })).rejects.toThrow(/did not end within/)
  })

  test('one that writes too much is stopped', async () => {
    await expect(run('setInterval(() => process.stdout.write("x".repeat(1000)), 0)', { maxOutput: 5000 })).rejects.toThrow(/more than 5000 bytes/)
  })
})
