/** The steps of CI, in order. Each returns {passed, failed, skipped?, note?} of what really ran. */
import { command, verdict } from './command.mjs'
import { judge } from './judge.mjs'
import { pythonTests } from './python.mjs'

const npm = (...args) => command('npm', ['--no-audit', '--no-fund', ...args])
const script = (name) => async () => verdict((await npm('run', '--silent', name)).code === 0)

/** Clean install and all jest tests, counted by jest's own closing lines. A run that ends badly without a failed test has failed. */
async function tests() {
  const { code, output } = await npm('cit')
  const line = /^Tests:\s+(.*)$/m.exec(output)?.[1] ?? ''
  const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0)
  const failed = count('failed')
  return { passed: count('passed'), failed: code !== 0 && failed === 0 ? 1 : failed, skipped: count('skipped') }
}

/** The committed bundle and notices are what the sources give, byte for byte. */
async function build() {
  const built = await npm('run', '--silent', 'build')
  const { output } = await command('git', ['status', '--porcelain'])
  return verdict(built.code === 0 && output === '', 'npm run build changes the tree: commit actions/st2upgrade.js and NOTICE.md')
}

/** The demo with the committed bundle, on every Node.js that is promised: one check each. */
async function nodes() {
  const { code, output } = await command(process.execPath, ['scripts/try-nodes.mjs', 'actions/st2upgrade.js', 'demo'])
  const outcomes = [...output.matchAll(/^node (\d\S*): (passed)?/gm)]
  const passed = outcomes.filter(([, , good]) => good).length
  return { passed, failed: Math.max(outcomes.length - passed, code === 0 && passed > 0 ? 0 : 1) }
}

export const STEPS = [
  { name: 'tests', what: 'clean install, all jest tests', run: tests },
  { name: 'build', what: 'the committed bundle is what the sources give', run: build },
  { name: 'types', what: 'TypeScript, strict', run: script('types') },
  { name: 'lint', what: 'eslint with types', run: script('lint') },
  { name: 'layers', what: 'the arrows between rooms go one way', run: script('layers') },
  { name: 'dead', what: 'no dead code, no unused dependency', run: script('dead') },
  { name: 'docs', what: 'the tables in the docs are fresh', run: async () => verdict((await command(process.execPath, ['scripts/docs.mjs', '--check'])).code === 0, 'run npm run docs') },
  { name: 'python', what: 'the metadata checks that StackStorm-Exchange asks for', run: pythonTests },
  { name: 'nodes', what: 'the demo on every Node.js that is promised', run: nodes },
  { name: 'judge', what: 'the sandbox against recordings of the real StackStorm', run: judge },
]
