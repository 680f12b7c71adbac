/**
 * Who called, as the logs tell: the access logs of nginx (addresses, programs, paths), StackStorm's audit logs (which API keys
 * and users) and its API log. Counted line by line in bounded memory. Query strings are never kept: they may hold keys.
 * Facts: StackStorm's own log messages, and nginx's format `combined`.
 */
import * as fs from 'fs'
import { pipeline } from 'stream'
import { StringDecoder } from 'string_decoder'
import * as zlib from 'zlib'
import type { CarriedSide } from './side'

export interface Count {
  count: number
  /** Day of the last one, or the time as the log has it. */
  last: string
}

export interface Caller extends Count {
  agents: Map<string, number>
  paths: Map<string, number>
  logs: Set<string>
}

export interface Usage {
  /** Lines that were read. */
  read: number
  files: string[]
  /** By database id. */
  apiKeys: Map<string, Count>
  users: Map<string, Count>
  /** By the path behind `/v1/webhooks/`. */
  webhooks: Map<string, Count>
  /** By address. */
  callers: Map<string, Caller>
  /** Addresses that no longer found room. */
  overflow: number
}

/** Different ones that are kept. */
const MOST = { callers: 20_000, names: 20_000, perCaller: 12 }
/** Characters of a line that matter; an audit line can hold whole results. */
const LINE = 65_536

const ST2_LOGS = /^st2\w+(\.audit)?\.log([.-]\d+)?(\.gz)?$/
const ACCESS_LOGS = /access.*\.log([.-]\d+)?(\.gz)?$|access[._-]log/

export async function usageOf(side: CarriedSide, missed: (text: string) => void): Promise<Usage> {
  const usage: Usage = { read: 0, files: [], apiKeys: new Map(), users: new Map(), webhooks: new Map(), callers: new Map(), overflow: 0 }
  const st2 = (await side.logs('st2', ST2_LOGS)).filter(({ name }) => /^st2(api|auth|stream)\b/.test(name))
  const nginx = await side.logs('nginx', ACCESS_LOGS)
  for (const [logs, take] of [[st2, takeSt2Line], [nginx, takeAccessLine]] as const) {
    for (const { name, file } of logs) {
      side.system.progress.stage(`read ${name}`)
      try {
        await eachLine(file, (line) => {
          usage.read++
          if (usage.read % 10_000 === 0) side.system.stop.check()
          take(line, name, usage)
        })
        usage.files.push(name)
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        if (code === undefined && !/zlib|header|unexpected end/i.test(message)) throw error
        missed(`the log ${name} could not be read to its end (${code ?? message})`)
      }
    }
  }
  if (nginx.length === 0) missed('no access log of nginx was at hand: behind nginx, callers show only there')
  if (st2.length === 0) missed('no logs of st2api and st2auth were at hand: which API keys and users are in use is not known')
  return usage
}

/** Rejects where the file ends in the middle of its compression, or cannot be read. */
async function eachLine(file: string, take: (line: string) => void): Promise<void> {
  const raw = fs.createReadStream(file)
  const input = file.endsWith('.gz') ? pipeline(raw, zlib.createGunzip(), () => undefined) : raw
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const piece of input as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.write(piece)).split('\n')
    // A line that never ends must not fill the memory.
    rest = lines.pop()!.slice(0, LINE)
    for (const line of lines) take(line.slice(0, LINE))
  }
  if (rest !== '') take(rest)
}

/** Audit lines are JSON, the API log is text with `name='value'` at the end: what matters is found in either without parsing it. */
function takeSt2Line(line: string, log: string, usage: Usage): void {
  const time = timeOf(line)
  const key = /API key with id \\?"([^"\\]+)\\?" is validated/.exec(line)?.[1]
  if (key !== undefined) bump(usage.apiKeys, key, time)
  const user = /Access granted to \\?"([^"\\]+)\\?" with the token/.exec(line)?.[1]
  if (user !== undefined && user !== '%s') bump(usage.users, user, time)
  else if (user === '%s') bumpNamed(line, usage, time)
  const address = /"_?remote_addr": ?"([^"\\]+)"|remote_addr='([^']+)'/.exec(line)
  if (address && !/ - \d{3} \d+ /.test(line)) call(usage, (address[1] ?? address[2])!, log, time, /(?:^|[ ,(])path='([^']+)'/.exec(line)?.[1])
}

/** Lines whose text was not filled in carry the user beside it. */
function bumpNamed(line: string, usage: Usage, time: string): void {
  const user = /"_?(?:user|username)": ?"([^"\\]+)"/.exec(line)?.[1]
  if (user !== undefined) bump(usage.users, user, time)
}

const COMBINED = /^(\S+) \S+ .*?\[([^\]]+)\] "([A-Z]+) ([^" ]+)[^"]*" \d{3} \S+(?: "[^"]*" "([^"]*)")?/

function takeAccessLine(line: string, log: string, usage: Usage): void {
  const [, address, time, , target, agent] = COMBINED.exec(line) ?? []
  if (address === undefined) return
  const path = target!.split(/[?#]/)[0]!
  call(usage, address, log, dayOf(time!), path, agent)
  const hook = /\/v1\/webhooks\/(.+?)\/?$/.exec(path)?.[1]
  if (hook !== undefined) bump(usage.webhooks, decoded(hook), dayOf(time!))
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function call(usage: Usage, address: string, log: string, time: string, path?: string, agent?: string): void {
  const known = usage.callers.get(address)
  if (!known && usage.callers.size >= MOST.callers) {
    usage.overflow++
    return
  }
  const caller = known ?? { count: 0, last: '', agents: new Map<string, number>(), paths: new Map<string, number>(), logs: new Set<string>() }
  usage.callers.set(address, caller)
  caller.count++
  if (time > caller.last) caller.last = time
  caller.logs.add(log.replace(/[.-]\d+(\.gz)?$|\.gz$/, ''))
  if (path !== undefined) more(caller.paths, shortPath(path))
  if (agent !== undefined && agent !== '-' && agent !== '') more(caller.agents, agent)
}

/** What is asked for, not which one: `/api/v1/executions`; identities in paths would be as many as there are calls. */
const shortPath = (path: string): string => path.split('/').slice(0, path.startsWith('/api/') ? 4 : 3).join('/').slice(0, 60)

function more(counts: Map<string, number>, name: string): void {
  if (counts.has(name) || counts.size < MOST.perCaller) counts.set(name, (counts.get(name) ?? 0) + 1)
}

function bump(counts: Map<string, Count>, name: string, time: string): void {
  const known = counts.get(name)
  if (!known && counts.size >= MOST.names) return
  counts.set(name, { count: (known?.count ?? 0) + 1, last: time > (known?.last ?? '') ? time : known!.last })
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `12/Mar/2024:10:11:12 +0000` as `2024-03-12`. */
function dayOf(time: string): string {
  const [, day, month, year] = /^(\d\d)\/(\w{3})\/(\d{4})/.exec(time) ?? []
  const number = MONTHS.indexOf(month ?? '') + 1
  return number === 0 ? '' : `${year}-${String(number).padStart(2, '0')}-${day}`
}

function timeOf(line: string): string {
  const stamp = /"timestamp": ?(\d{9,11})\b/.exec(line)?.[1]
  if (stamp !== undefined) return new Date(Number(stamp) * 1000).toISOString().slice(0, 10)
  return /^(\d{4}-\d\d-\d\d)/.exec(line)?.[1] ?? ''
}
