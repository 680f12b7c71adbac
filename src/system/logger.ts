/** The log of a run: lines of JSON to stderr by pino, secrets blotted out. Only main makes one. */
import pino, { type DestinationStream, type Logger } from 'pino'

/** Members that hold secrets wherever they stand, two levels deep. */
const SECRET = ['token', 'apiKey', 'api_key', 'password', 'passphrase', 'key_hash', 'value', 'authorization', 'cookie', 'headers', 'identity_file', 'identities']

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug'

export function createLogger(level: LogLevel, stream: DestinationStream): Logger {
  const paths = SECRET.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  return pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths, censor: '********' } }, stream)
}
