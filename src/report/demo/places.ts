/** The two sandboxes of the demo, each in a process of its own, in a private directory that goes when they go. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { startSandboxChild, type SandboxChild } from '../../sandbox/child'

export interface Places {
  readonly dir: string
  readonly source: SandboxChild
  readonly target: SandboxChild
  /** Ends both and removes the directory. */
  close(): Promise<void>
}

export const OLD_VERSION = '3.8.1'

/** Nothing may be swept away while the demo runs: an expired key that is still listed is part of what it shows. */
const NEVER = String(24 * 3600 * 1000)

/** Starts both; `script` is the bundle. Leaves nothing behind when one of them does not start. */
export async function openPlaces(script: string): Promise<Places> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2upgrade-demo-'))
  const start = (version: string, name: string): Promise<SandboxChild> => startSandboxChild(script, [`--st2-version=${version}`, `--root=${path.join(dir, name)}`, `--ttl-sweep=${NEVER}`])
  const started = await Promise.allSettled([start(OLD_VERSION, 'old'), start('3.9.0', 'new')])
  const close = async (): Promise<void> => {
    for (const one of started) if (one.status === 'fulfilled') await one.value.stop()
    fs.rmSync(dir, { recursive: true, force: true })
  }
  const [source, target] = started
  if (source.status === 'fulfilled' && target.status === 'fulfilled') return { dir, source: source.value, target: target.value, close }
  await close()
  throw (source.status === 'rejected' ? source : (target as PromiseRejectedResult)).reason
}
