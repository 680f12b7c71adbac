/**
 * Where the old instance is reached from outside: what its URL, its st2.conf, its chat's environment and its nginx site say.
 * A command on the host itself knows the instance as 127.0.0.1 only.
 */
import { isHostName } from '../../core/host-names'
import type { HostFile } from './side'

export interface Addresses {
  hosts: string[]
  /** As nginx serves it: `https://old.example/api`; with a port of its own where it is asked directly. */
  api: string
  webui?: string
  auth?: string
  /** Which host name was seen where. */
  seen: [name: string, where: string][]
}

const isLocal = (host: string): boolean => host === 'localhost' || host === '::1' || host === '0.0.0.0' || /^127\./.test(host)

export const hostOf = (url: string): string | undefined => {
  try {
    return new URL(url).hostname.replace(/^\[|\]$/g, '').toLowerCase() || undefined
  } catch {
    return undefined
  }
}

/** `url`: the instance's own; `more`: names that a person gave. */
export function addressesOf(url: string, files: readonly HostFile[], more: readonly string[]): Addresses {
  const settings = settingsOf(files)
  const seen = [...more.map((name): [string, string] => [name.toLowerCase(), 'old_names']), ...named(hostOf(url), 'its URL'), ...settings.flatMap(({ value, where }) => named(hostOf(value), where)), ...serverNames(files), ...chatNames(files)]
  const hosts = [...new Set(seen.map(([name]) => name))]
  const outside = (name: string): string | undefined => settings.find((one) => one.name === name && !isLocal(hostOf(one.value) ?? 'localhost'))?.value.replace(/\/+$/, '')
  const webui = outside('webui.webui_base_url')
  const own = url.replace(/\/+$/, '')
  const api = isLocal(hostOf(url) ?? 'localhost') ? (outside('auth.api_url') ?? (webui === undefined ? own : `${webui}/api`)) : own
  return { hosts, api, webui: webui ?? siblingOf(api, ''), auth: siblingOf(api, '/auth'), seen: unique(seen) }
}

/** Behind nginx everything hangs on one address; an API on a port of its own says nothing of the rest. */
export const siblingOf = (api: string, part: string): string | undefined => (/\/api$/.test(api) ? api.replace(/\/api$/, part) : undefined)

const named = (host: string | undefined, where: string): [string, string][] => (host !== undefined && isHostName(host) && /[a-z0-9]/i.test(host) && !isLocal(host) ? [[host, where]] : [])
const unique = (seen: [string, string][]): [string, string][] => [...new Map(seen.map((one) => [one.join('\n'), one])).values()]

interface Setting {
  name: string
  value: string
  where: string
}

/** Settings of st2.conf that are addresses of the instance itself. */
function settingsOf(files: readonly HostFile[]): Setting[] {
  return files.filter(({ place }) => place.endsWith('st2/st2.conf')).flatMap(({ place, text }) => {
    let section = ''
    return text.split('\n').flatMap((line): Setting[] => {
      section = /^\s*\[([^\]]+)\]/.exec(line)?.[1] ?? section
      const [, key, value] = /^\s*(webui_base_url|api_url)\s*[=:]\s*(\S+)/.exec(line) ?? []
      return key === undefined ? [] : [{ name: `${section}.${key}`, value: value!, where: `${place} [${section}] ${key}` }]
    })
  })
}

function serverNames(files: readonly HostFile[]): [string, string][] {
  return files.filter(({ place, text }) => /(^|\/)nginx\//.test(place) && /st2|9101/.test(place + text)).flatMap(({ place, text }) =>
    [...text.matchAll(/^\s*server_name\s+([^;]+);/gm)].flatMap(([, names]) => names!.trim().split(/\s+/).flatMap((name) => named(name.toLowerCase(), `${place} server_name`))),
  )
}

function chatNames(files: readonly HostFile[]): [string, string][] {
  return environment(files).filter(({ name }) => name === 'ST2_HOSTNAME').flatMap(({ value, place }) => named(value.toLowerCase(), `${place} ST2_HOSTNAME`))
}

export interface Variable {
  name: string
  value: string
  place: string
}

/** The variables of the chat's environment file; commented ones do not count. */
export function environment(files: readonly HostFile[]): Variable[] {
  return files.filter(({ place }) => /st2chatops\.env$/.test(place)).flatMap(({ place, text }) =>
    [...text.matchAll(/^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name, value]) => ({ name: name!, value: value!.trim().replace(/^(["'])(.*)\1.*$/, '$2'), place })),
  )
}
