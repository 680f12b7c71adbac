/**
 * How files that this tool wrote into the overrides directory are told from people's. Both are comment lines, which StackStorm
 * skips: the `_global.yaml` that keeps a target quiet, and a `<pack>.yaml` that activate merged with captured states.
 */
import { sha256 } from '../../core/canonical'
import { ownedFile, type OwnedFile } from '../../core/override-file'

/** First line of the `_global.yaml` that keeps a target quiet. A file that begins with it is never listed, compared or carried. */
export const QUIET_MARKER = '# st2upgrade: quiet until activated; activate and undo take this file away'

export const isQuietFile = (bytes: Buffer): boolean => firstLine(bytes) === QUIET_MARKER

const MERGED = /^# st2upgrade: overrides sha256:([0-9a-f]{64}) with the states of the old instance; below sha256:([0-9a-f]{64})$/

/**
 * A file of the old instance merged with captured states: `body` is YAML, `source` the SHA-256 of the file that went into it.
 * Such a file stands for its source as long as nobody changes it.
 */
export function mergedFile(source: string, body: string): Buffer {
  return Buffer.from(`# st2upgrade: overrides sha256:${source} with the states of the old instance; below sha256:${sha256(body)}\n${body}`)
}

/** A file of this tool's own, as it was written; undefined for any other, and for a merged one that somebody changed since. */
export function ownAsWritten(bytes: Buffer): OwnedFile | undefined {
  const [, , body] = MERGED.exec(firstLine(bytes)) ?? []
  const edited = body !== undefined && sha256(bytes.subarray(bytes.indexOf('\n') + 1)) !== body
  return edited ? undefined : ownedFile(bytes)
}

function firstLine(bytes: Buffer): string {
  const end = bytes.indexOf('\n')
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end)
}
