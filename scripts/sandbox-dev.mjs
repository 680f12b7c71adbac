/*
Runs the sandbox from its sources, without the bundle:

  node scripts/sandbox-dev.mjs [sandbox] --st2-version 3.8.1 --api-port N --auth-port N --root DIR [--pack-index URL] [--rbac]
                               [--ttl-sweep MS] [--install-seconds S]
  node scripts/sandbox-dev.mjs set-value --root DIR --name N --value V
  node scripts/sandbox-dev.mjs reset --root DIR

Ready, it prints one JSON line {"version","api_url","auth_url","root"} and runs until TERM or INT.
*/
import esbuild from 'esbuild'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'

const here = path.dirname(new URL(import.meta.url).pathname)
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sandbox-dev-'))
const file = path.join(dir, 'sandbox.cjs')
esbuild.buildSync({ entryPoints: [path.join(here, '../src/sandbox/run.ts')], bundle: true, platform: 'node', target: 'node14', format: 'cjs', outfile: file, sourcemap: 'inline', logLevel: 'error' })
const { runSandbox, sandboxSetValue, sandboxReset } = createRequire(import.meta.url)(file)
fs.rmSync(dir, { recursive: true })

const text = { type: 'string' }
const { values: o, positionals: [command = 'sandbox'] } = parseArgs({ allowPositionals: true, options: {
  'st2-version': text, 'api-port': text, 'auth-port': text, root: text, 'pack-index': text, rbac: { type: 'boolean' }, 'ttl-sweep': text,
  'install-seconds': text, name: text, value: text } })
const number = (value) => (value === undefined ? undefined : Number(value))
const stopRequested = new Promise((resolve) => { for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, resolve) })

if (command === 'set-value') await sandboxSetValue(o.root, o.name, o.value)
else if (command === 'reset') await sandboxReset(o.root)
else {
  await runSandbox({ version: o['st2-version'], root: o.root, apiPort: number(o['api-port']), authPort: number(o['auth-port']), packIndexUrl: o['pack-index'],
    rbac: o.rbac, ttlSweepMs: number(o['ttl-sweep']), installSeconds: number(o['install-seconds']) }, { print: (line) => console.log(line), stopRequested })
}
