/**
 * What the port must know of single StackStorm versions, as a table keyed by ranges. Seen on live 3.4.1, 3.8.1 and 3.9.0;
 * where the change lies between two of them, the change log of StackStorm says since when.
 */
import * as semver from 'semver'

export interface Quirks {
  /** Names are kept as the characters U+0000..U+00FF of their UTF-8 bytes, and take any script. */
  namesAsBytes: boolean
  /** Names outside Latin-1 get a 400. */
  latin1NamesOnly: boolean
  /** `GET /keys` tells X-Total-Count. */
  keysTotal: boolean
  /** Members of free objects (metadata of API keys) may have no dot in their names: its database library refuses them. */
  dotlessMembers: boolean
}

const TABLE: { range: string; quirks: Quirks }[] = [
  { range: '<3.5.0', quirks: { namesAsBytes: true, latin1NamesOnly: false, keysTotal: true, dotlessMembers: true } },
  { range: '>=3.5.0', quirks: { namesAsBytes: false, latin1NamesOnly: true, keysTotal: false, dotlessMembers: false } },
]

/** `3.9dev` counts as 3.9.0; what cannot be read counts as the newest. */
export function quirksOf(version: string): Quirks {
  const known = semver.coerce(version)
  const row = known && TABLE.find(({ range }) => semver.satisfies(known, range))
  return (row ?? TABLE[TABLE.length - 1]!).quirks
}
