/** The limits of a quiet live StackStorm 3.9.0 as it was measured: 18 ms a write, about 100 writes a second from 4 at once on. */
import type { SandboxOptions } from '../src/sandbox/start'

export const QUIET: Partial<SandboxOptions> = { limit: 'quiet', installSeconds: 10 }
