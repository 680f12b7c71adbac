/**
 * The instance that `st2` itself would talk to from here: inside an action the one that runs it, else what the user's
 * environment and ~/.st2/config say. Pure; the names are those of StackStorm's action runner and of the st2 client.
 */

export type Environment = Record<string, string | undefined>

/** How to prove who we are. A password comes later, from a file or a person. */
export type Credentials =
  | { how: 'token'; token: string }
  | { how: 'apiKey'; apiKey: string }
  | { how: 'password'; user: string; password: string }

export interface LocalInstance {
  url: string
  authUrl?: string
  credentials?: Credentials
  caFile?: string
  /** False when nothing says that there is one: the st2 client's own default address. */
  named: boolean
}

const DEFAULT_API = 'http://127.0.0.1:9101'

export const inAction = (env: Environment): boolean => Boolean(env.ST2_ACTION_EXECUTION_ID && env.ST2_ACTION_API_URL)

/** `configText`: what stands in the user's ~/.st2/config, if there is one. */
export function localInstance(env: Environment, configText = ''): LocalInstance {
  if (inAction(env)) return { url: env.ST2_ACTION_API_URL ?? '', credentials: env.ST2_ACTION_AUTH_TOKEN ? { how: 'token', token: env.ST2_ACTION_AUTH_TOKEN } : undefined, named: true }
  const config = readIni(configText)
  const base = env.ST2_BASE_URL || config['general.base_url']
  const url = env.ST2_API_URL || config['api.url'] || (base && `${base}:9101`)
  return {
    url: url || DEFAULT_API,
    authUrl: env.ST2_AUTH_URL || config['auth.url'] || (base && `${base}:9100`) || undefined,
    credentials: userCredentials(env, config),
    caFile: env.ST2_CACERT || config['general.cacert'] || undefined,
    named: Boolean(url),
  }
}

/** Credentials of the environment belong together with its address; those of the file only count where the environment has none. */
function userCredentials(env: Environment, config: Record<string, string>): Credentials | undefined {
  if (env.ST2_API_KEY) return { how: 'apiKey', apiKey: env.ST2_API_KEY }
  if (env.ST2_AUTH_TOKEN) return { how: 'token', token: env.ST2_AUTH_TOKEN }
  if (env.ST2_API_URL && env.ST2_API_URL !== config['api.url']) return undefined
  if (config['credentials.api_key']) return { how: 'apiKey', apiKey: config['credentials.api_key'] }
  const { 'credentials.username': user, 'credentials.password': password } = config
  return user && password ? { how: 'password', user, password } : undefined
}

/** `[section]` and `key = value` lines as `section.key`; comments begin with # or ;. */
function readIni(text: string): Record<string, string> {
  const found: Record<string, string> = {}
  let section = ''
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[([^\]]+)\]/.exec(line)?.[1]
    const [, key, value] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (heading !== undefined) section = heading.trim()
    else if (key !== undefined && value !== undefined) found[`${section}.${key}`] = value
  }
  return found
}
