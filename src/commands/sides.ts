/**
 * Which instance is the source and which the target, and whose credentials go to which: decided from what was typed and the
 * environment alone. On the old instance only the target is named, on the new one only the source, elsewhere both. Pure.
 * Credentials go only to the address they were meant for.
 */
import { refusal } from './catalogue'
import { flag, type Args } from './options'
import { inAction, type Credentials, type Environment, type LocalInstance } from './st2-environment'

export type SideName = 'source' | 'target'
export type Need = 'needed' | 'optional' | 'no'

/** How one side is reached. */
export interface Side {
  side: SideName
  url: string
  authUrl?: string
  /** It is the instance that this command runs on, or belongs to the same environment. */
  local: boolean
  login: Credentials | { how: 'ask'; user: string; passwordFile?: string } | { how: 'datastore'; keyName: string } | { how: 'none' }
  /** Root of its files, when one was named. */
  root?: string
}

/** The sides that a command needs. Throws a Refusal (exit 2) when they cannot be told apart. */
export function chooseSides(args: Args, needs: Record<SideName, Need>, env: Environment, local: LocalInstance): Side[] {
  const named = { source: checkedUrl('source_url', args.source_url), target: checkedUrl('target_url', args.target_url) }
  if (needs.source === 'needed' && needs.target === 'needed' && !named.source && !named.target) throw refusal('E_BOTH_LOCAL')
  const sides: Side[] = []
  for (const side of ['source', 'target'] as const) {
    const url = named[side]
    if (needs[side] === 'no') continue
    if (url !== undefined) sides.push(sameAddress(url, local.url) ? here(side, args, env, local, url) : remote(side, url, args, env))
    else if (takesLocal(side, needs, named, local)) sides.push(here(side, args, env, local, local.url))
  }
  return sides
}

/** An unnamed side is the local instance; an optional source only when the environment says that there is one and it is not the target. */
function takesLocal(side: SideName, needs: Record<SideName, Need>, named: Partial<Record<SideName, string>>, local: LocalInstance): boolean {
  if (needs[side] === 'needed') return true
  return local.named && named[side === 'source' ? 'target' : 'source'] !== undefined
}

function here(side: SideName, args: Args, env: Environment, local: LocalInstance, url: string): Side {
  const user = args[`${side}_user`] ?? args.user
  const passwordFile = args[`${side}_password_file`] ?? args.password_file
  const own = ownCredentials(side, env)
  const login = askOr(side, user, passwordFile) ?? own ?? local.credentials ?? { how: 'none' as const }
  return { side, url, authUrl: env[`ST2UPGRADE_${side.toUpperCase()}_AUTH_URL`] || local.authUrl, local: true, login, root: args[`${side}_root`] }
}

function remote(side: SideName, url: string, args: Args, env: Environment): Side {
  const keyName = args[`${side}_api_key_name`] ?? (inAction(env) ? `st2upgrade.${side}_api_key` : undefined)
  const asked = askOr(side, args[`${side}_user`], args[`${side}_password_file`])
  const login = asked ?? ownCredentials(side, env) ?? (keyName !== undefined ? { how: 'datastore' as const, keyName } : { how: 'none' as const })
  return { side, url, authUrl: env[`ST2UPGRADE_${side.toUpperCase()}_AUTH_URL`] || undefined, local: false, login, root: args[`${side}_root`] }
}

function askOr(side: SideName, user: string | undefined, passwordFile: string | undefined): Side['login'] | undefined {
  if (user !== undefined) return { how: 'ask', user, passwordFile }
  if (passwordFile !== undefined) throw refusal('E_SAME_USER', { name: 'a password file', user: flag(`${side}_user`) })
  return undefined
}

function ownCredentials(side: SideName, env: Environment): Credentials | undefined {
  const prefix = `ST2UPGRADE_${side.toUpperCase()}`
  const apiKey = env[`${prefix}_API_KEY`]
  const token = env[`${prefix}_AUTH_TOKEN`]
  if (apiKey) return { how: 'apiKey', apiKey }
  return token ? { how: 'token', token } : undefined
}

/** Throws a Refusal for what is no URL, or holds credentials. */
export function checkedUrl(name: 'source_url' | 'target_url', url: string | undefined): string | undefined {
  if (url === undefined) return undefined
  const parsed = parseUrl(url)
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '') throw refusal('E_BAD_URL', { name: flag(name) })
  return url
}

function sameAddress(a: string, b: string): boolean {
  const [one, other] = [parseUrl(a), parseUrl(b)]
  return one !== undefined && other !== undefined && one.origin === other.origin
}

/** True for an address that only this machine can have meant. */
export function isLoopback(url: string): boolean {
  const host = parseUrl(url)?.hostname ?? ''
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host)
}

/** A bare host means TLS, as it does for the connection itself. */
function parseUrl(url: string): URL | undefined {
  try {
    return new URL(/^[a-z][a-z0-9+.-]*:/i.test(url) && !/^[^/]*:\d+/.test(url) ? url : `https://${url}`)
  } catch {
    return undefined
  }
}
