/**
 * What one pack is, on either side: where its history comes from, which commit holds it as it runs, and every file by its
 * hash. Facts: recordings packs-*; the installer leaves no trace of the wanted version, so it is read from the checkout.
 */
import { z } from 'zod'
import { canonicalJson, sha256 } from '../../core/canonical'
import type { Item } from '../../core/model'
import { compareIdentity } from '../../core/order'

/** What StackStorm ships itself, without git; a target brings its own. */
export const SYSTEM_PACKS: readonly string[] = ['chatops', 'core', 'debug', 'default', 'examples', 'linux', 'packs']
/** This tool's own pack is installed on each instance by hand and never carried. */
export const OWN_PACK = 'st2upgrade'

export interface PackFile {
  /** Relative, with slashes; bytes that are no UTF-8 as \xNN. */
  path: string
  /** Of the content; empty when it could not be read through the API, or for a link that leads to no file. */
  sha256: string
  exec: boolean
  /** The target of a symbolic link. */
  link?: string
}

export interface PackItem extends Item {
  ref: string
  name: string
  version: string
  /** Remote without credentials. */
  origin?: string
  branch?: string
  tag?: string
  /** The commit that is checked out. */
  commit?: string
  /** The commit to install: the checkout's, or one of its own when there were edits or no git. Absent on a target. */
  head?: string
  /** The ref of the bundle that holds `head`, for example `refs/heads/main`. */
  bundleRef?: string
  edited: boolean
  editedFiles: string[]
  dependencies: string[]
  files: PackFile[]
  /** Hash over all files that lie there. */
  content: string
  /** Actions, rules, sensors and aliases that come from these files and are registered, as `rule:pack.name`. */
  registered: string[]
  via: 'git' | 'files' | 'api'
  /** Target only: a directory that StackStorm does not know as a pack. */
  unregistered?: true
  /** In which other form it reaches a target, for the ledger; empty when in none. */
  changes: string[]
}

export const packSchema = z.looseObject({
  identity: z.string(),
  ref: z.string(),
  version: z.string(),
  head: z.string().optional(),
  edited: z.boolean(),
  files: z.array(z.looseObject({ path: z.string(), sha256: z.string(), exec: z.boolean() })),
})

/** The archive member that holds a pack's history. */
export const bundleMember = (ref: string): string => `packs/${ref}.bundle`

/** Everything that lies in the pack's directory; not its execute bits, which an install sets on every file. */
export function packFingerprint({ identity, version, content }: PackItem): string {
  return sha256(canonicalJson({ identity, version, content }))
}

export function contentHash(files: PackFile[]): string {
  const rows = [...files].sort((a, b) => compareIdentity(a.path, b.path)).map((file) => [file.path, file.sha256, file.link ?? null])
  return sha256(canonicalJson(rows))
}
