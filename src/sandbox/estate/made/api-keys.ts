/** Which API keys the sample estate holds: those of programs that talk to the old instance, and of its people. Pure. */

export interface EstateApiKey {
  user: string
  enabled: boolean
  metadata: Record<string, unknown>
}

/** Three people who can log in, and four programs that never do: they have their user from their API key. */
export const API_KEY_USERS = ['st2admin', 'alice', 'bob', 'ci', 'monitoring', 'portal', 'backup'] as const

/** Metadata is any JSON object: what people wrote there in the course of years. */
const ODD_METADATA: readonly Record<string, unknown>[] = [
  {},
  { used_by: 'build server', contact: 'operations@example.org' },
  { note: 'two\nlines, a "quote", a \\ and {{ braces }}' },
  { 'naïve name': 'žluťoučký kůň 名前', '': 'no name at all' },
  { nested: { list: [1, 2.5, '3', null, true, { deep: [] }], empty: {} } },
  { number: 9007199254740991, fraction: 0.1, yes: true, nothing: null, text: 'null' },
  { id: 'not the id', user: 'not the user', key_hash: '********' },
  { long: 'x'.repeat(5000) },
]

/** StackStorm 3.4 refuses member names with a dot; later ones take them. */
const DOTTED = { 'example.org/owner': 'a name with a dot' }

/** `count` keys, spread over all users; every fifth is disabled. `dots` false: without what 3.4 refuses. */
export function estateApiKeys(count: number, dots: boolean): EstateApiKey[] {
  return Array.from({ length: count }, (_, i) => ({
    user: API_KEY_USERS[i % API_KEY_USERS.length] as string,
    enabled: i % 5 !== 3,
    metadata: { ...(ODD_METADATA[i % ODD_METADATA.length] as object), ...(i % 8 === 1 ? { number: i } : {}), ...(dots && i % 16 === 1 ? DOTTED : {}) },
  }))
}
