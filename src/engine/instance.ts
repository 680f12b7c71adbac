/**
 * Opens an instance: who it is, who we are on it, whether its files and its crypto key are at hand. Temporary API keys for
 * other users are made here, written down first, and deleted by `close`, or by the next command after a crash.
 */
import * as path from 'path'
import { parseKeyFile, type DatastoreKey as CryptoKey } from '../core/datastore-cipher'
import { EXIT, Refusal } from '../core/exit-codes'
import type { Instance, InstanceFiles } from '../kinds/kind'
import type { StackStorm } from '../st2/port'
import type { System } from '../system/ports'
import { readTextIfThere } from '../system/text-files'
import { Borrowings } from './borrowings'

export interface OpenInstance extends Instance {
  close(): Promise<void>
}

export interface OpenOptions {
  side: 'source' | 'target'
  api: StackStorm
  system: System
  stateDir: string
  run: string
  /** Root of the instance's files, when this command runs on its host: `/`, or a sandbox's root. */
  root?: string
  /** Temporary API keys for other users may be made. */
  otherUsers: boolean
}

/** Where StackStorm keeps things below `root`. */
export function filesBelow(root: string): InstanceFiles {
  const at = (...parts: string[]): string => path.join(root, ...parts)
  return {
    root,
    packs: at('opt/stackstorm/packs'),
    configs: at('opt/stackstorm/configs'),
    overrides: at('opt/stackstorm/overrides'),
    cryptoKey: at('etc/st2/keys/datastore_key.json'),
    htpasswd: at('etc/st2/htpasswd'),
    rbac: at('opt/stackstorm/rbac'),
    etc: at('etc/st2'),
    logs: at('var/log/st2'),
    chatops: at('opt/stackstorm/chatops'),
    nginx: at('etc/nginx'),
  }
}

/** Asks the instance who it is. Refuses a user whom RBAC shows an empty instance. */
export async function openInstance(options: OpenOptions): Promise<OpenInstance> {
  const { side, api } = options
  const me = await api.whoAmI()
  if (me.rbacEnabled && !me.isAdmin) throw blindUser(side, api.url, me.username)
  const [version, id] = [await api.version(), await api.instanceId()]
  const files = options.root === undefined ? undefined : filesBelow(options.root)
  const borrowings = new Borrowings({ ...options, instanceId: id, own: me })
  const swept = await borrowings.cleanUp()
  return {
    side,
    api,
    url: api.url,
    id,
    version,
    user: me.username,
    isAdmin: me.isAdmin,
    rbac: me.rbacEnabled,
    files,
    crypto: files && (await readCryptoKey(files.cryptoKey)),
    swept,
    asUser: (user) => borrowings.asUser(user),
    close: async () => {
      await borrowings.close().finally(() => api.close())
    },
  }
}

/** With RBAC on, lists of a user without rights are empty and answered with 200: an export would look like an empty instance. */
function blindUser(side: string, url: string, user: string): Refusal {
  return new Refusal(
    `the ${side} ${url} has RBAC on and shows user ${user} only what this user may see: its lists would come back empty`,
    'use the credentials of a user with the role admin or system_admin',
    EXIT.blocked,
  )
}

/** The crypto key from its file; undefined when the file is not there or may not be read. A broken file is refused by name. */
export async function readCryptoKey(file: string): Promise<CryptoKey | undefined> {
  const text = await readTextIfThere(file)
  if (text === undefined) return undefined
  try {
    return parseKeyFile(text)
  } catch (error) {
    throw new Refusal(`${file} is no datastore crypto key: ${(error as Error).message}`, 'give the right file, or move this one away so that it is not used', EXIT.usage)
  }
}
