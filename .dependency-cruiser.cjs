// The arrows of the house go one way; docs/architecture.md says why. A room may call what stands below it, never above.
const ROOMS = [
  ['main', '^src/main\\.ts$'],
  ['cli', '^src/cli/'],
  ['commands', '^src/commands/'],
  ['services', '^src/(engine|backup|upgrade|report|sandbox)/'],
  ['knowledge', '^src/(kinds|archive|versions)/'],
  ['ports', '^src/(st2|system)/'],
  ['core', '^src/core/'],
]
const upward = ROOMS.slice(1).map(([name, path], i) => ({
  name: `${name}-never-up`,
  severity: 'error',
  from: { path },
  to: { path: ROOMS.slice(0, i + 1).map(([, p]) => p).join('|') },
}))
const only = (name, pkg, where) => ({ name, severity: 'error', from: { path: '^src/', pathNot: where }, to: { path: `node_modules/${pkg}(/|$)` } })
module.exports = {
  forbidden: [
    ...upward,
    { name: 'no-circles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    { name: 'core-is-pure', severity: 'error', from: { path: '^src/core/' }, to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer|util|stream)$' } },
    { name: 'sandbox-stands-alone', severity: 'error', from: { path: '^src/sandbox/' }, to: { path: '^src/(engine|kinds|archive|backup|upgrade|report)/' } },
    only('axios-only-in-st2', 'axios', '^src/st2/'),
    only('fs-extra-only-in-system-and-archive', 'fs-extra', '^src/(system|archive|sandbox)/'),
    only('yargs-only-in-cli', 'yargs', '^src/cli/'),
  ],
  options: { tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' }, doNotFollow: { path: 'node_modules' } },
}
