/** The sandbox that rooms see: store, cipher, tokens, audit log. */
import * as fs from 'fs'
import * as path from 'path'
import { decrypt, encrypt, generateKeyFile, parseKeyFile } from '../core/datastore-cipher'
import { mintToken, revokeToken } from './auth/token-store'
import { writeAuditLine } from './audit'
import { ownDirectory, pathsBelow } from './paths'
import { openStore } from './store'
import { TRAITS } from './traits'
import type { Sandbox, SandboxPaths, StackStormVersion } from './types'

export interface SandboxSettings {
  version: StackStormVersion
  root: string
  rbac: boolean
  packIndexUrl?: string
  installSeconds: number
  ttlSweepMs: number
  timers?: boolean
}

/** Opens what lies below a root, or lays out a new one. The URLs are filled in once the ports are known. */
export function openSandbox({ version, root, rbac, packIndexUrl, installSeconds, ttlSweepMs, timers = false }: SandboxSettings): Sandbox {
  if (!TRAITS[version]) throw new Error(`the sandbox cannot be StackStorm ${version}, only ${Object.keys(TRAITS).join(', ')}`)
  const paths = pathsBelow(root)
  layOut(paths)
  const key = parseKeyFile(fs.readFileSync(paths.cryptoKey, 'utf8'))
  const store = openStore(ownDirectory(root))
  return {
    version,
    traits: TRAITS[version],
    paths,
    store,
    rbac,
    ...(packIndexUrl !== undefined && { packIndexUrl }),
    installSeconds,
    ttlSweepMs,
    timers,
    apiUrl: '',
    authUrl: '',
    encrypt: (plain) => encrypt(plain, key),
    decrypt: (cipher) => decrypt(cipher, key),
    mintToken: (user, ttl) => {
      const { token, expiry } = mintToken(store, user, ttl)
      return { token, expiry: new Date(expiry) }
    },
    revokeToken: (token) => revokeToken(store, token),
    audit: (service, message, fields) => writeAuditLine(paths.logs, service, message, fields),
  }
}

function layOut(paths: SandboxPaths): void {
  for (const directory of [paths.packs, paths.configs, paths.overrides, paths.virtualenvs, paths.logs]) fs.mkdirSync(directory, { recursive: true })
  if (fs.existsSync(paths.cryptoKey)) return
  fs.mkdirSync(path.dirname(paths.cryptoKey), { recursive: true, mode: 0o700 })
  fs.writeFileSync(paths.cryptoKey, generateKeyFile(), { mode: 0o600 })
}
