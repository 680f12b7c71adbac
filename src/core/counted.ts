/** Numbers with their word, for people. Pure. */

/** `1 item`, `2 items`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

/** `2 keys, 1 pack`: counts by the name of their kind, without those that are zero. */
export const countedKinds = (counts: Record<string, number>): string =>
  Object.entries(counts).filter(([, count]) => count > 0).map(([kind, count]) => counted(count, oneOf(kind), kind)).join(', ')

/** `policy`, `alias`, `key`. */
const oneOf = (kind: string): string => kind.replace(/ies$/, 'y').replace(/(alias)es$|s$/, '$1')
