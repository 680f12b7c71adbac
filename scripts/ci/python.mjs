/** tests/test_pack.py with plain python3; PyYAML comes from a private environment when the machine has none. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { command } from './command.mjs'

const HOME = resolve('node_modules/.cache/ci-python')

/** A python that has PyYAML if one can be had, else the plain one: the checks by text run anyway. */
async function interpreter() {
  if ((await command('python3', ['-c', 'import yaml'])).code === 0) return 'python3'
  const own = resolve(HOME, 'bin/python')
  if (existsSync(own) && (await command(own, ['-c', 'import yaml'])).code === 0) return own
  const made = await command('python3', ['-m', 'venv', HOME])
  const installed = made.code === 0 && (await command(own, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'PyYAML'])).code === 0
  return installed ? own : 'python3'
}

export async function pythonTests() {
  const { code, output } = await command(await interpreter(), ['tests/test_pack.py', '-v'])
  const ran = Number(/^Ran (\d+) tests?/m.exec(output)?.[1] ?? 0)
  const count = (word) => Number(new RegExp(`${word}=(\\d+)`).exec(output)?.[1] ?? 0)
  const [failed, skipped] = [count('failures') + count('errors'), count('skipped')]
  return { passed: ran - failed - skipped, failed: code !== 0 && failed === 0 ? 1 : failed, skipped }
}
