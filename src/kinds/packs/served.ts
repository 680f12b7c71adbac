/** Which packs this machine serves right now, so that an install knows the URL. */
import type { Archive } from '../../archive/types'
import type { GitServer } from '../../system/git-server'

interface Serving {
  server: GitServer
  refs: ReadonlySet<string>
}

export const serving = new WeakMap<Archive, Serving>()

/** The URL that a pack is served at now; undefined when it is not served. */
export function servedUrl(archive: Archive, ref: string): string | undefined {
  const now = serving.get(archive)
  return now?.refs.has(ref) ? now.server.url(ref) : undefined
}
