/** Starts a sandbox in this process: opens its root, starts its rooms, listens on its ports. */
import * as fs from 'fs'
import * as path from 'path'
import { Refusal } from '../core/exit-codes'
import { makeDirectories } from '../system/directories'
import { fileError } from '../system/file-errors'
import { appendLine } from './audit'
import { isControlled } from './control/client'
import { startControl } from './control/server'
import { Faults, type Counts } from './faults'
import { faultSettings, type FaultOptions } from './faults/settings'
import { listen, type Listening, type TlsOptions } from './http/listen'
import { nginxFront } from './http/nginx'
import { serviceListener } from './http/service'
import { ownDirectory } from './paths'
import { ROOMS } from './rooms'
import { openSandbox } from './sandbox'
import type { Route, Sandbox, StackStormVersion } from './types'

export interface SandboxOptions extends FaultOptions {
  /** Default 3.9.0. */
  version?: StackStormVersion
  /** Everything the sandbox keeps lies below; started again with the same root it goes on where it was. */
  root: string
  /** 0 or absent: a free port. */
  apiPort?: number
  authPort?: number
  packIndexUrl?: string
  rbac?: boolean
  /** How often expired keys are removed, in milliseconds; default 60000. */
  ttlSweepMs?: number
  /** Seconds that a pack install takes beyond the real work. */
  installSeconds?: number
  /** Timers of rules fire as the clock goes. Default off: what acts by itself makes tests depend on the hour. */
  timers?: boolean
  /** A port like that of StackStorm's nginx, beside the others: {@link RunningSandbox.apiUrl} and authUrl lead through it. */
  front?: 'nginx'
  frontPort?: number
  /** TLS on the front, or without one on the API and auth ports. */
  tls?: TlsOptions
}

export interface RunningSandbox {
  sandbox: Sandbox
  apiUrl: string
  authUrl: string
  /** Requests to the API since the start. */
  counts: Readonly<Counts>
  /** Puts these faults in the place of those that are set. */
  setFaults: (options: FaultOptions) => void
  stop: () => Promise<void>
}

const SWEEP_MS = 60_000

/** Starts a sandbox; rejects when a port is taken or a sandbox runs with this root. `stop` ends it and leaves its state on disk. */
export async function startSandbox(options: SandboxOptions): Promise<RunningSandbox> {
  const faults = new Faults(faultSettings(options))
  const root = await realRoot(options.root)
  if (await isControlled(root)) throw new Refusal(`a sandbox runs already with the root ${root}`, 'Stop that one, or give another root')
  const { version = '3.9.0', rbac = false, installSeconds = 0, ttlSweepMs = SWEEP_MS, timers = false, packIndexUrl } = options
  const sandbox = openSandbox({ version, root, rbac, installSeconds, ttlSweepMs, timers, ...(packIndexUrl !== undefined && { packIndexUrl }) })
  try {
    const ports = await openPorts(sandbox, faults, options)
    for (const room of ROOMS) await room.start?.(sandbox)
    if (!sandbox.store.sealed) sandbox.store.seal()
    const control = await startControl(sandbox, faults, ownDirectory(root))
    ports.open()
    const stop = (): Promise<void> => stopSandbox(sandbox, [ports, control])
    return { sandbox, apiUrl: ports.apiUrl, authUrl: ports.authUrl, counts: faults.counts, setFaults: (next) => faults.set(faultSettings(next)), stop }
  } catch (error) {
    sandbox.store.close()
    throw error
  }
}

async function realRoot(root: string): Promise<string> {
  try {
    await makeDirectories(path.resolve(root))
    return fs.realpathSync(path.resolve(root))
  } catch (error) {
    throw fileError(error, 'make the directory', root)
  }
}

async function stopSandbox(sandbox: Sandbox, closing: { close(): Promise<unknown> }[]): Promise<void> {
  await Promise.all(closing.map((one) => one.close()))
  for (const room of [...ROOMS].reverse()) await room.stop?.(sandbox)
  sandbox.store.close()
}

interface Ports {
  apiUrl: string
  authUrl: string
  /** Requests wait until this is called. */
  open: () => void
  close: () => Promise<unknown>
}

async function openPorts(sandbox: Sandbox, faults: Faults, { apiPort, authPort, front, frontPort, tls }: SandboxOptions): Promise<Ports> {
  let open = (): void => undefined
  const ready = new Promise<void>((resolve) => (open = resolve))
  const onError = (error: unknown): void => logError(sandbox, error)
  const api = serviceListener(sandbox, { routes: routesOf('api'), ready, faults, onError })
  const auth = serviceListener(sandbox, { routes: routesOf('auth'), ready, onError })
  const listening: Listening[] = []
  const close = (): Promise<unknown> => Promise.all(listening.map((one) => one.close()))
  const on = async (...args: Parameters<typeof listen>): Promise<string> => {
    const one = await listen(...args)
    listening.push(one)
    return one.url
  }
  try {
    sandbox.apiUrl = await on(api, apiPort, front ? undefined : tls)
    sandbox.authUrl = await on(auth, authPort, front ? undefined : tls)
    if (!front) return { apiUrl: sandbox.apiUrl, authUrl: sandbox.authUrl, open, close }
    const url = await on(nginxFront({ api, auth }), frontPort, tls)
    return { apiUrl: `${url}/api`, authUrl: `${url}/auth`, open, close }
  } catch (error) {
    await close()
    throw error
  }
}

function routesOf(service: 'api' | 'auth'): Route[] {
  return ROOMS.flatMap((room) => room.routes).filter((route) => (route.service ?? 'api') === service)
}

/** What no handler foresaw is answered 500; here a developer finds why. */
function logError({ paths }: Sandbox, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  appendLine(path.join(paths.logs, 'st2api.log'), `${new Date().toISOString()} ERROR ${text}`)
}
