/*
npm run bench                 measures everything, prints the table and writes bench/results.md (about 15 minutes)
npm run bench -- --quick      a tenth of the size, to see that it works; writes nothing
npm run bench -- --only=NAME  some measures only (writes, export, expert, memory); writes nothing
*/
import esbuild from 'esbuild'
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2upgrade-bench-'))
process.on('exit', () => fs.rmSync(dir, { recursive: true, force: true }))

// What is measured is what the sources give now, in the form in which users run it.
execFileSync(process.execPath, [path.join(here, '../scripts/build.mjs'), '--entry', 'src/main.ts', '--out', path.join(dir, 'st2upgrade.js')], { stdio: 'inherit' })
esbuild.buildSync({
  absWorkingDir: here,
  entryPoints: ['main.ts', 'programs/sandbox.ts', 'programs/plain-client.ts', 'programs/peak-memory.ts'],
  outdir: dir,
  outbase: here,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node18',
  logLevel: 'error',
})
const child = spawn(process.execPath, [path.join(dir, 'main.js'), dir, here, ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))
