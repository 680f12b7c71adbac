/** Which archive's histories are served right now, so that an install knows the URL. */
import type { Archive } from '../../archive/types'
import type { GitServer } from '../../system/git-server'

export const serving = new WeakMap<Archive, GitServer>()

/** The URL that a pack is served at now; undefined when nothing is served. */
export const servedUrl = (archive: Archive, ref: string): string | undefined => serving.get(archive)?.url(ref)
