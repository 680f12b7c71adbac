/** Query parameters and pages of the lists of executions and inquiries. */
import { checkedLimit, checkedOffset, countHeaders, page } from '../http/paging'
import { booleanParameter, integerParameter, textParameter } from '../http/parameters'
import type { SandboxRequest } from '../types'

export const parameter = ({ query }: SandboxRequest, name: string): string | undefined => textParameter(query, name)

/** Only an admin who asks for it sees secrets. */
export const showsSecrets = ({ query, caller }: SandboxRequest): boolean => booleanParameter(query, 'show_secrets') === true && caller.isAdmin

/** The page that a request asks for, cut out when all items are known; checked at once, so that a bad limit is told first. */
export function pager(request: SandboxRequest, defaultLimit: number): <T>(items: readonly T[]) => { items: T[]; headers: Record<string, string> } {
  const offset = checkedOffset(integerParameter(request.query, 'offset', 0))
  const limit = checkedLimit(integerParameter(request.query, 'limit', defaultLimit), request.caller)
  return (items) => ({ items: page(items, offset, limit), headers: countHeaders(items.length, limit) })
}

/** Sorts by keys, `-` for descending. Stable. */
export function sortBy<T>(items: readonly T[], keys: readonly string[], valueOf: (item: T, key: string) => unknown): T[] {
  return [...items].sort((a, b) => {
    for (const key of keys) {
      const order = compare(valueOf(a, key.replace(/^[-+ ]/, '')), valueOf(b, key.replace(/^[-+ ]/, '')))
      if (order !== 0) return key.startsWith('-') ? -order : order
    }
    return 0
  })
}

function compare(a: unknown, b: unknown): number {
  const [left, right] = [String((a as string | null) ?? ''), String((b as string | null) ?? '')]
  return left < right ? -1 : left > right ? 1 : 0
}
