/** Audit logs: GELF lines, as StackStorm's services write them. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'

const AUDIT_LEVEL = 6

/** Appends one line to `<logs>/<service>.audit.log`. Fields get the underscore that GELF asks for. */
export function writeAuditLine(logs: string, service: string, message: string, fields: Record<string, unknown> = {}): void {
  const now = Date.now()
  const extra = Object.fromEntries(Object.entries(fields).map(([name, value]) => [`_${name}`, value]))
  const line = { version: '1.1', level: AUDIT_LEVEL, timestamp: Math.floor(now / 1000), timestamp_f: now / 1000, host: os.hostname(), short_message: message, full_message: message, ...extra }
  fs.appendFileSync(path.join(logs, `${service}.audit.log`), JSON.stringify(line) + '\n')
}
