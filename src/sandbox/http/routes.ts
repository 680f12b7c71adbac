/** Which route answers a path. StackStorm decodes the whole path first, cuts one trailing slash and then looks the route up. */
import type { Route } from '../types'

export interface Match {
  route: Route
  params: Record<string, string>
}

interface Compiled {
  route: Route
  expression: RegExp
  names: string[]
  /** Where two patterns fit, the one with a literal segment first wins. */
  rank: string
}

export class RouteTable {
  private readonly byMethod = new Map<string, Compiled[]>()

  constructor(routes: Iterable<Route>) {
    for (const route of routes) {
      const list = this.byMethod.get(route.method) ?? []
      this.byMethod.set(route.method, list)
      list.push(compile(route))
    }
    for (const list of this.byMethod.values()) list.sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0))
  }

  /** The route for a decoded path without its version prefix, for example `/keys/a`. */
  match(method: string, path: string): Match | undefined {
    for (const { route, expression, names } of this.byMethod.get(method) ?? []) {
      const found = expression.exec(path)
      if (found) return { route, params: Object.fromEntries(names.map((name, i) => [name, found[i + 1] ?? ''])) }
    }
    return undefined
  }
}

function compile(route: Route): Compiled {
  const names: string[] = []
  const segments = route.pattern.split('/').filter(Boolean)
  const expression = segments.map((segment) => {
    const variable = /^\{(\w+)(\*?)\}$/.exec(segment)
    if (!variable) return segment.replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    names.push(variable[1] ?? '')
    return variable[2] ? '([^]+)' : '([^/]+)'
  })
  const rank = segments.map((segment) => (segment.endsWith('*}') ? '2' : segment.startsWith('{') ? '1' : '0')).join('')
  return { route, names, rank, expression: new RegExp(`^/${expression.join('/')}$`) }
}

/** The path without trailing slash and version prefix: `/v1/keys/` and `/keys` are both `/keys`, `/v1` is `/`. */
export function withoutPrefix(decodedPath: string): string {
  const path = decodedPath.length > 1 && decodedPath.endsWith('/') ? decodedPath.slice(0, -1) : decodedPath
  if (path === '/v1') return '/'
  return path.startsWith('/v1/') ? path.slice(3) : path
}
