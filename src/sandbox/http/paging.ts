/** Limits and offsets of lists, with the rules and errors that all of StackStorm's list endpoints share. */
import { Fault, serverError, type Caller } from '../types'

const MAX_PAGE = 100
const INT32 = 2 ** 31

/**
 * What a `limit` means: how many, 0 for all. Throws 400 for 0 and below -1; with RBAC, a caller without a system role gets 403 for -1
 * and for more than a page.
 */
export function checkedLimit(limit: number | undefined, caller: Caller): number {
  if (limit === undefined) return 0
  if (limit === 0) throw new Fault(400, 'Limit, "0" specified, must be a positive number or -1 for full result set.')
  if (limit <= -2) throw new Fault(400, `Limit, "${limit}" specified, must be a positive number.`)
  if (limit === -1) {
    if (!caller.isAdmin) throw new Fault(403, 'Administrator access required to be able to specify limit=-1 and retrieve all the records')
    return 0
  }
  if (limit > MAX_PAGE && !caller.isAdmin) throw new Fault(403, `Limit "${limit}" specified, maximum value is "${MAX_PAGE}"`)
  return limit
}

/** Cuts the page out of a list; `limit` as {@link checkedLimit} gives it. A negative offset is an error nobody foresaw: 500. */
export function page<T>(items: readonly T[], offset: number, limit: number): T[] {
  if (offset < 0) throw serverError()
  return items.slice(offset, limit ? offset + limit : undefined)
}

export function checkedOffset(offset: number): number {
  if (offset >= INT32) throw new Fault(400, `Offset "${BigInt(offset)}" specified is more than 32-bit int`)
  return offset
}

/** `X-Total-Count` and `X-Limit`; the latter is missing when all was asked for. */
export function countHeaders(total: number, limit: number): Record<string, string> {
  return { 'X-Total-Count': String(total), ...(limit ? { 'X-Limit': String(limit) } : {}) }
}
