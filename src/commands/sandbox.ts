/** sandbox: the embedded StackStorm, for rehearsals and tests; and the commands that act on a running one. */
import { EXIT } from '../core/exit-codes'
import type { StageResult } from '../engine/types'
import { runSandbox, sandboxFaults, sandboxReset, sandboxSetValue } from '../sandbox/run'
import type { SandboxOptions } from '../sandbox/start'
import type { System } from '../system/ports'
import { refusal } from './catalogue'
import type { Command } from './command'
import { fileText } from './instances'
import { flag, type Args, type OptionName } from './options'

const FAULTS = ['limit', 'read_ms', 'write_ms', 'faults'] as const satisfies readonly OptionName[]

export const sandbox: Command = {
  name: 'sandbox',
  describe: 'Run the embedded StackStorm on loopback, until it is told to stop; prints one line of JSON when it is ready',
  options: ['st2_version', 'api_port', 'auth_port', 'root', 'pack_index', 'rbac', 'ttl_sweep', 'install_seconds', 'timers', 'minutes', ...FAULTS, 'front', 'front_port', 'tls_key', 'tls_cert', 'format'],
  required: ['root'],
  output: 'line',
  examples: ['st2upgrade sandbox --st2-version 3.8.1 --api-port 9101 --auth-port 9100 --root /tmp/old'],
  run: async (args, { system, print }) => {
    await runSandbox(await optionsOf(args), { print, stopRequested: endOf(system, args.minutes) })
    return ended('sandbox', 'the sandbox has stopped')
  },
}

export const sandboxSetValueCommand: Command = {
  name: 'sandbox-set-value',
  describe: 'Write the raw stored value of a system key of a running sandbox, past its API',
  options: ['root', 'name', 'value', 'format'],
  required: ['root', 'name'],
  run: async (args) => {
    await sandboxSetValue(args.root ?? '', args.name ?? '', args.value ?? '')
    return ended('sandbox-set-value', 'the value is stored')
  },
}

export const sandboxResetCommand: Command = {
  name: 'sandbox-reset',
  describe: 'Remove everything that clients made on a running sandbox',
  options: ['root', 'format'],
  required: ['root'],
  run: async (args) => {
    await sandboxReset(args.root ?? '')
    return ended('sandbox-reset', 'the sandbox is as it was when it was first started')
  },
}

export const sandboxFaultsCommand: Command = {
  name: 'sandbox-faults',
  describe: 'Make a running sandbox slow or faulty, in the place of what was set before; nothing given: sound again',
  options: ['root', ...FAULTS, 'format'],
  required: ['root'],
  examples: ['st2upgrade sandbox-faults --root /tmp/old --limit quiet --faults "drop,rate=0.01"'],
  run: async (args) => {
    await sandboxFaults(args.root ?? '', faultsOf(args))
    return ended('sandbox-faults', 'the sandbox behaves so from now on')
  },
}

async function optionsOf(args: Args): Promise<SandboxOptions> {
  return {
    version: args.st2_version as SandboxOptions['version'],
    root: args.root ?? '',
    apiPort: args.api_port,
    authPort: args.auth_port,
    packIndexUrl: args.pack_index,
    rbac: args.rbac,
    ttlSweepMs: args.ttl_sweep,
    installSeconds: args.install_seconds,
    timers: args.timers,
    front: args.front as SandboxOptions['front'],
    frontPort: args.front_port,
    tls: await tlsOf(args),
    ...faultsOf(args),
  }
}

function faultsOf(args: Args): Pick<SandboxOptions, 'limit' | 'readMs' | 'writeMs' | 'faults'> {
  const faults = args.faults?.split(';').map((fault) => fault.trim()).filter((fault) => fault !== '')
  return { limit: args.limit, readMs: args.read_ms, writeMs: args.write_ms, faults }
}

async function tlsOf(args: Args): Promise<SandboxOptions['tls']> {
  if (args.tls_key === undefined && args.tls_cert === undefined) return undefined
  for (const name of ['tls_key', 'tls_cert'] as const) if (args[name] === undefined) throw refusal('E_MISSING', { command: 'sandbox', name: flag(name), describe: 'TLS needs both a key and a certificate' })
  return { key: await fileText('--tls-key', args.tls_key ?? ''), cert: await fileText('--tls-cert', args.tls_cert ?? '') }
}

/** When the sandbox shall stop: told so by a signal, or after its time. */
function endOf({ stop, clock }: System, minutes: number | undefined): Promise<void> {
  const told = new Promise<void>((resolve) => stop.onStop(resolve))
  return minutes === undefined ? told : Promise.race([told, clock.sleep(minutes * 60_000)])
}

const ended = (stage: string, line: string): StageResult => ({ stage, exit: EXIT.done, summary: [line], data: {} })
