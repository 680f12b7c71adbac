/** Audit logs: GELF lines, as StackStorm's services write them. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'

/** What Python's level AUDIT becomes. */
const LEVEL = 6
const HOST = os.hostname()

/** Appends one line to `<logs>/<service>.audit.log`. Fields get the underscore that GELF asks for. */
export function writeAuditLine(logs: string, service: string, message: string, fields: Record<string, unknown> = {}): void {
  const now = Date.now()
  const extra = Object.fromEntries(Object.entries(fields).map(([name, value]) => [`_${name}`, value]))
  const python = { name: `${service}.audit`, process: process.pid, processName: 'MainProcess' }
  const line = { version: '1.1', host: HOST, short_message: message, full_message: message, timestamp: Math.floor(now / 1000), timestamp_f: now / 1000, level: LEVEL, _python: python, ...extra }
  appendLine(path.join(logs, `${service}.audit.log`), JSON.stringify(line))
}

/** Appends to a log. Its folder is made again when it was removed while the sandbox runs; with the whole root gone there is no log. */
export function appendLine(file: string, line: string): void {
  try {
    fs.appendFileSync(file, `${line}\n`)
  } catch {
    if (!fs.existsSync(path.dirname(path.dirname(file)))) return
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.appendFileSync(file, `${line}\n`)
  }
}
