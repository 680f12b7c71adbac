/** sandbox: the embedded StackStorm, for rehearsals and tests; and the two commands that act on a running one. */
import { runSandbox, sandboxReset, sandboxSetValue } from '../sandbox/run'
import type { StackStormVersion } from '../sandbox/types'
import { EXIT } from '../core/exit-codes'
import type { StageResult } from '../engine'
import type { System } from '../system/ports'
import type { Command } from './command'

export const sandbox: Command = {
  name: 'sandbox',
  describe: 'Run the embedded StackStorm on loopback, until it is told to stop; prints one line of JSON when it is ready',
  options: ['st2_version', 'api_port', 'auth_port', 'root', 'pack_index', 'rbac', 'ttl_sweep', 'minutes', 'format'],
  required: ['root'],
  output: 'line',
  examples: ['st2upgrade sandbox --st2-version 3.8.1 --api-port 9101 --auth-port 9100 --root /tmp/old'],
  run: async (args, { system, print }) => {
    const options = {
      version: args.st2_version as StackStormVersion,
      root: args.root ?? '',
      apiPort: args.api_port,
      authPort: args.auth_port,
      packIndexUrl: args.pack_index,
      rbac: args.rbac,
      ttlSweepMs: args.ttl_sweep,
    }
    await runSandbox(options, { print, stopRequested: endOf(system, args.minutes) })
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

/** When the sandbox shall stop: told so by a signal, or after its time. */
function endOf({ stop, clock }: System, minutes: number | undefined): Promise<void> {
  const told = new Promise<void>((resolve) => stop.onStop(resolve))
  return minutes === undefined ? told : Promise.race([told, clock.sleep(minutes * 60_000)])
}

const ended = (stage: string, line: string): StageResult => ({ stage, exit: EXIT.done, summary: [line], data: {} })
