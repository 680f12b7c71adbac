/** Where things lie below a sandbox's root, as StackStorm lays them out. */
import * as path from 'path'
import type { SandboxPaths } from './types'

export function pathsBelow(root: string): SandboxPaths {
  const below = (...parts: string[]): string => path.join(root, ...parts)
  return {
    root,
    stackstorm: below('opt/stackstorm'),
    packs: below('opt/stackstorm/packs'),
    configs: below('opt/stackstorm/configs'),
    overrides: below('opt/stackstorm/overrides'),
    virtualenvs: below('opt/stackstorm/virtualenvs'),
    etc: below('etc/st2'),
    cryptoKey: below('etc/st2/keys/datastore_key.json'),
    htpasswd: below('etc/st2/htpasswd'),
    logs: below('var/log/st2'),
  }
}

/** What the sandbox itself keeps: its store and the way to its control port. */
export function ownDirectory(root: string): string {
  return path.join(root, 'sandbox')
}
