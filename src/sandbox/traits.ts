/**
 * What the StackStorm versions do differently, as data: code asks for a trait, never for a version. Each trait was seen on live
 * instances of these versions; the recordings hold the exchanges.
 */
export type StackStormVersion = '3.4.1' | '3.8.1' | '3.9.0'

export interface VersionTraits {
  /** Where the version's documentation lives, as `GET /v1` tells. */
  docsUrl: string
  /** Blanks by which JSON replies are indented (3.4.1); 0 = compact. Indented replies are pure ASCII, as Python's own encoder writes. */
  jsonIndent: number
  /** A reply 204 carries `content-length: 0`. */
  emptyReplyHasLength: boolean
  /** What follows in a Set-Cookie after the expiry. */
  cookieFlags: string
  /** A path that is not UTF-8: a JSON error, or a Python traceback as plain text with status 500. */
  undecodablePath: 'fault' | 'traceback'
  /** Names in paths: each UTF-8 byte becomes one character (3.4.1), or names outside Latin-1 are refused. */
  pathNames: 'bytes' | 'latin1'
  /** Which library parses request bodies: its messages and its idea of big numbers and surrogates. */
  jsonParser: 'python' | 'orjson'
}

const NEWER: VersionTraits = {
  docsUrl: 'http://docs.stackstorm.com/3.9',
  jsonIndent: 0,
  emptyReplyHasLength: false,
  cookieFlags: '; secure; HttpOnly; SameSite=lax',
  undecodablePath: 'fault',
  pathNames: 'latin1',
  jsonParser: 'orjson',
}

export const TRAITS: Record<StackStormVersion, VersionTraits> = {
  '3.9.0': NEWER,
  '3.8.1': { ...NEWER, docsUrl: 'http://docs.stackstorm.com/3.8', emptyReplyHasLength: true },
  '3.4.1': {
    docsUrl: 'http://docs.stackstorm.com/3.4',
    jsonIndent: 4,
    emptyReplyHasLength: true,
    cookieFlags: '; HttpOnly',
    undecodablePath: 'traceback',
    pathNames: 'bytes',
    jsonParser: 'python',
  },
}
