/*
Runs the sandbox from its sources, without the bundle:

  node scripts/sandbox-dev.mjs [sandbox] --st2-version 3.8.1 --api-port N --auth-port N --root DIR [--pack-index URL] [--rbac]
                               [--ttl-sweep MS] [--install-seconds S] [--limit quiet|busy] [--read-ms MS] [--write-ms MS] [--fault SPEC]...
                               [--front nginx] [--front-port N] [--tls-key FILE --tls-cert FILE]
  node scripts/sandbox-dev.mjs faults --root DIR [--limit ...] [--read-ms MS] [--write-ms MS] [--fault SPEC]...
  node scripts/sandbox-dev.mjs set-value --root DIR --name N --value V
  node scripts/sandbox-dev.mjs reset --root DIR

SPEC: see src/sandbox/faults/settings.ts, for example status=503,rate=0.1,retry-after=1,on=write or die,at=17,on=write,after
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
const { runSandbox, sandboxSetValue, sandboxReset, sandboxFaults } = createRequire(import.meta.url)(file)
fs.rmSync(dir, { recursive: true })

const text = { type: 'string' }
const { values: o, positionals: [command = 'sandbox'] } = parseArgs({ allowPositionals: true, options: {
  'st2-version': text, 'api-port': text, 'auth-port': text, root: text, 'pack-index': text, rbac: { type: 'boolean' }, 'ttl-sweep': text,
  'install-seconds': text, name: text, value: text, limit: text, 'read-ms': text, 'write-ms': text, fault: { type: 'string', multiple: true }, front: text,
  'front-port': text, 'tls-key': text, 'tls-cert': text } })
const number = (value) => (value === undefined ? undefined : Number(value))
const faults = { limit: o.limit, readMs: number(o['read-ms']), writeMs: number(o['write-ms']), faults: o.fault }
const tls = o['tls-key'] && { key: fs.readFileSync(o['tls-key'], 'utf8'), cert: fs.readFileSync(o['tls-cert'], 'utf8') }
const stopRequested = new Promise((resolve) => { for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, resolve) })

if (command === 'set-value') await sandboxSetValue(o.root, o.name, o.value)
else if (command === 'reset') await sandboxReset(o.root)
else if (command === 'faults') await sandboxFaults(o.root, faults)
else {
  await runSandbox({ version: o['st2-version'], root: o.root, apiPort: number(o['api-port']), authPort: number(o['auth-port']), packIndexUrl: o['pack-index'],
    rbac: o.rbac, ttlSweepMs: number(o['ttl-sweep']), installSeconds: number(o['install-seconds']), front: o.front, frontPort: number(o['front-port']), tls, ...faults }, { print: (line) => console.log(line), stopRequested })
}
