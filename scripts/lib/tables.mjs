/** The tables that docs are generated from, read out of the source itself: commands, options, exit codes, catalogue. */
import { build } from 'esbuild'
import { createRequire } from 'node:module'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'

const ENTRY = `
export { COMMANDS } from './src/commands'
export { OPTION_SPECS, flag, variable } from './src/commands/options'
export { CATALOGUE } from './src/commands/catalogue'
export { EXIT_MEANING } from './src/core/exit-codes'
export { KINDS } from './src/kinds'
`

/** Bundles the tables beside node_modules, loads them, removes the bundle. */
export async function loadTables(root) {
  const directory = await mkdtemp(join(root, 'node_modules', '.tables-'))
  try {
    const outfile = join(directory, 'tables.cjs')
    await build({ stdin: { contents: ENTRY, resolveDir: root }, outfile, bundle: true, platform: 'node', format: 'cjs', target: 'node18', conditions: ['require', 'node'], mainFields: ['main', 'module'], logLevel: 'error', define: { 'import.meta.url': '"file:///tables.cjs"' } })
    return createRequire(outfile)(outfile)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
