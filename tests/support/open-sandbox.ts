/** A sandbox without a server, in a directory of its own: for tests of its parts. */
import { openSandbox } from '../../src/sandbox/sandbox'
import type { Sandbox, StackStormVersion } from '../../src/sandbox/types'
import { tempDir } from './archives'

export function closedSandbox(version: StackStormVersion = '3.9.0'): Sandbox {
  return openSandbox({ version, root: tempDir(), rbac: false, installSeconds: 0, ttlSweepMs: 60_000 })
}
