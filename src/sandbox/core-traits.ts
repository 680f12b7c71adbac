/** What the versions do differently for all rooms, and with tokens and keys. */
import type { JsonDialect } from './http/json'
import type { StackStormVersion } from './versions'

export interface CoreTraits {
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
  /** Names of keys in paths: each UTF-8 byte becomes one character (3.4.1), or the text is taken as it is. */
  keyNames: 'bytes' | 'text'
  /** Which library parses request bodies: its messages, its idea of big numbers and of lone surrogates. */
  jsonParser: JsonDialect
  /** Form bodies arrive as text, or with names that are bytes and fit no schema. */
  formBodies: 'text' | 'bytes'
  /** Lists of keys tell their total and limit. */
  keyListsAreCounted: boolean
  /** `GET /v1/keys/{name}?scope=all` means the system scope; else it is refused. */
  allScopeMeansSystem: boolean
  /** `?name=` is compared with the bare name in user scope; else with the stored one, which is found never. */
  nameFilterFindsUserKeys: boolean
  /** An unknown scope of a list is answered in the words that a single key uses. */
  unknownListScopeNamesAll: boolean
  /** With RBAC: system keys need a permission each, and `scope=all` is for everybody (his own user keys). Else: all read system keys, and `scope=all` is for admins, who see all users' keys. */
  keysHavePermissions: boolean
  /** How the database library calls a bad id. */
  badIdWord: string
  /** Which names in a dictionary the database library refuses. */
  refusedDictNames: { pattern: RegExp; text: string }
  /** Errors about duplicate keys go on with the database's own report. */
  duplicateErrorsAreFull: boolean
  /** Of several schema errors the most relevant one is told (jsonschema 3), else the first. */
  bestSchemaError: boolean
}

const NEWER: CoreTraits = {
  docsUrl: 'http://docs.stackstorm.com/3.9',
  jsonIndent: 0,
  emptyReplyHasLength: false,
  cookieFlags: '; secure; HttpOnly; SameSite=lax',
  undecodablePath: 'fault',
  keyNames: 'text',
  jsonParser: 'orjson',
  formBodies: 'text',
  keyListsAreCounted: false,
  allScopeMeansSystem: true,
  nameFilterFindsUserKeys: true,
  unknownListScopeNamesAll: false,
  keysHavePermissions: true,
  badIdWord: 'ObjectID',
  refusedDictNames: { pattern: /^\$/, text: 'keys may not startswith "$" characters' },
  duplicateErrorsAreFull: true,
  bestSchemaError: true,
}

export const CORE_TRAITS: Record<StackStormVersion, CoreTraits> = {
  '3.9.0': NEWER,
  '3.8.1': { ...NEWER, docsUrl: 'http://docs.stackstorm.com/3.8', emptyReplyHasLength: true, bestSchemaError: false },
  '3.4.1': {
    docsUrl: 'http://docs.stackstorm.com/3.4',
    jsonIndent: 4,
    emptyReplyHasLength: true,
    cookieFlags: '; HttpOnly',
    undecodablePath: 'traceback',
    keyNames: 'bytes',
    jsonParser: 'python',
    formBodies: 'bytes',
    keyListsAreCounted: true,
    allScopeMeansSystem: false,
    nameFilterFindsUserKeys: false,
    unknownListScopeNamesAll: true,
    keysHavePermissions: false,
    badIdWord: 'Object ID',
    refusedDictNames: { pattern: /^\$|\./, text: 'keys may not contain "." or startswith "$" characters' },
    duplicateErrorsAreFull: false,
    bestSchemaError: false,
  },
}
