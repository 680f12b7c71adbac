/** Audit logs of past days, as logrotate left them: yesterday's as it was, older ones compressed. Pure. */
import * as zlib from 'zlib'
import type { Random } from '../random'

/** Services that write audit lines, the busiest first. */
export const SERVICES = ['st2api', 'st2auth', 'st2actionrunner', 'st2rulesengine', 'st2scheduler', 'st2workflowengine', 'st2notifier', 'st2sensorcontainer', 'st2timersengine', 'st2stream'] as const

const DAY_S = 86_400
const MESSAGES: readonly [short: string, fields: (random: Random) => object][] = [
  ['Token with id "5f0c" is validated.', () => ({})],
  ['Access granted to "%s" with the token set to expire at "%s".', (random) => ({ _user: random.pick(['alice', 'bob', 'monitoring']), _remote_addr: `10.0.0.${random.int(250) + 1}` })],
  ['Rule updated. Rule.id=64a0', (random) => ({ _new_rule_db: { parameters: `{'pw': '${random.text(8)}'}` } })],
  ['Launching action execution.', (random) => ({ _liveaction_db: { action: random.pick(['netops.ping', 'tickets.open']), callback: 'https://old.example.org/done' } })],
]

/** By name: `<service>.audit.log.1`, `.2.gz`, `.3.gz`, each with `lines` lines. `now` in seconds; each file is a day older. */
export function rotatedLogs(services: readonly string[], lines: number, now: number, random: Random): Record<string, Buffer> {
  const files: Record<string, Buffer> = {}
  for (const service of services) {
    for (const age of [1, 2, 3]) {
      const text = Buffer.from(Array.from({ length: lines }, (_, i) => auditLine(service, now - age * DAY_S + i, random)).join(''))
      files[`${service}.audit.log.${age}${age > 1 ? '.gz' : ''}`] = age > 1 ? zlib.gzipSync(text) : text
    }
  }
  return files
}

function auditLine(service: string, seconds: number, random: Random): string {
  const [message, fields] = random.pick(MESSAGES)
  const time = { timestamp: seconds, timestamp_f: seconds + random.int(1000) / 1000 }
  return `${JSON.stringify({ version: '1.1', host: 'old.example.org', short_message: message, full_message: message, ...time, level: 6, _python: { name: `${service}.audit`, process: 4000 + random.int(900) }, ...fields(random) })}\n`
}
