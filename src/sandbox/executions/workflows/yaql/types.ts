/** How YAQL's functions are called. */

/** Arguments given as `name => value`. */
export type Named = Record<string, unknown>
export type Eager = (args: unknown[], named: Named) => unknown

/** An argument that is worked out when needed, for a given `$`; `key` is what stood before `=>`. */
export interface Lambda {
  value: (current?: unknown) => unknown
  key?: (current?: unknown) => unknown
}
export type Lazy = (args: Lambda[]) => unknown
