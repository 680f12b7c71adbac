/** Starts a sandbox in this process: opens its root, starts its rooms, listens on its ports. */
import * as fs from 'fs'
import * as path from 'path'
import { startControl } from './control/server'
import { listen, type Listening } from './http/listen'
import { serviceListener } from './http/service'
import { ownDirectory } from './paths'
import { ROOMS } from './rooms'
import { openSandbox } from './sandbox'
import type { Route, Sandbox, StackStormVersion } from './types'

export interface SandboxOptions {
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
}

export interface RunningSandbox {
  sandbox: Sandbox
  apiUrl: string
  authUrl: string
  stop(): Promise<void>
}

/** Starts a sandbox; rejects when a port is taken. `stop` ends it and leaves its state on disk. */
export async function startSandbox(options: SandboxOptions): Promise<RunningSandbox> {
  const root = path.resolve(options.root)
  fs.mkdirSync(root, { recursive: true })
  const sandbox = openSandbox({
    version: options.version ?? '3.9.0',
    root: fs.realpathSync(root),
    rbac: options.rbac ?? false,
    installSeconds: options.installSeconds ?? 0,
    ...(options.packIndexUrl !== undefined && { packIndexUrl: options.packIndexUrl }),
  })
  const logError = (error: unknown): void => fs.appendFileSync(path.join(sandbox.paths.logs, 'st2api.log'), `${new Date().toISOString()} ${error instanceof Error ? error.stack : String(error)}\n`)
  const serve = (service: 'api' | 'auth', port = 0): Promise<Listening> => listen(serviceListener(sandbox, routesOf(service), logError), port)
  const api = await serve('api', options.apiPort)
  const auth = await serve('auth', options.authPort)
  sandbox.apiUrl = api.url
  sandbox.authUrl = auth.url
  for (const room of ROOMS) await room.start?.(sandbox)
  if (!sandbox.store.sealed) sandbox.store.seal()
  const control = await startControl(sandbox, ownDirectory(sandbox.paths.root))
  const stop = async (): Promise<void> => {
    await Promise.all([api.close(), auth.close(), control.close()])
    for (const room of [...ROOMS].reverse()) await room.stop?.(sandbox)
    sandbox.store.close()
  }
  return { sandbox, apiUrl: api.url, authUrl: auth.url, stop }
}

function routesOf(service: 'api' | 'auth'): Route[] {
  return ROOMS.flatMap((room) => room.routes).filter((route) => (route.service ?? 'api') === service)
}
