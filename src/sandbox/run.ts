/** The sandbox as a command: prints its ready line, runs until it is told to stop; and the two commands for a running one. */
import { control } from './control/client'
import { faultSettings, type FaultOptions } from './faults/settings'
import { startSandbox, type SandboxOptions } from './start'

export interface RunPorts {
  /** Takes the one ready line, without its end. */
  print: (line: string) => void
  /** Resolves when the sandbox shall stop (TERM, INT). */
  stopRequested: Promise<unknown>
}

/** Runs a sandbox; ready, it prints one JSON line `{"version","api_url","auth_url","root"}`. */
export async function runSandbox(options: SandboxOptions, { print, stopRequested }: RunPorts): Promise<void> {
  const { sandbox, apiUrl, authUrl, stop } = await startSandbox(options)
  print(JSON.stringify({ version: sandbox.version, api_url: apiUrl, auth_url: authUrl, root: sandbox.paths.root }))
  await stopRequested
  await stop()
}

/** Writes a raw stored value of a system key on the sandbox that runs with this root. */
export async function sandboxSetValue(root: string, name: string, value: string): Promise<void> {
  await control(root, 'set-value', { name, value })
}

/** Removes what clients made on the sandbox that runs with this root. */
export async function sandboxReset(root: string): Promise<void> {
  await control(root, 'reset')
}

/** Puts these faults in the place of those that are set on the sandbox that runs with this root. */
export async function sandboxFaults(root: string, faults: FaultOptions): Promise<void> {
  faultSettings(faults)
  await control(root, 'faults', { ...faults })
}
