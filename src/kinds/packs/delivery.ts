/**
 * Where the new instance gets a pack from: its original remote when that exact commit can be cloned from it; else the
 * operator's git host (a URL template that `publish` pushes to); else this machine serves the archive's history itself.
 */
import type { Weighing } from '../kind'
import { openBundle } from './bundles'
import type { PackItem } from './item'
import { whyNotFetchable } from './origin'
import { installerUrl, isLocalRemote, unsuitable } from './remote'

export interface Delivery {
  deliver: 'origin' | 'template' | 'serve'
  /** Absent when served: address and path exist only while an apply runs. */
  url?: string
  /** The commit to install. */
  ref: string
  /** Of a push. */
  branch?: string
  tag?: string
  /** Why not from its origin. */
  why?: string
}

export async function decideDelivery(source: PackItem, weighing: Weighing): Promise<Delivery> {
  const why = await whyNotFromOrigin(source, weighing)
  if (why === undefined) return { deliver: 'origin', url: installerUrl(source.origin as string), ref: source.commit as string }
  const { gitTemplate, run } = weighing.settings
  const ref = source.head as string
  if (gitTemplate === undefined) return { deliver: 'serve', ref, why }
  return { deliver: 'template', url: templateUrl(gitTemplate, source.ref), ref, branch: `st2upgrade/${run}`, tag: `st2upgrade-${run}`, why }
}

export const templateUrl = (template: string, ref: string): string => installerUrl(template.replace(/\{pack\}/g, ref))

async function whyNotFromOrigin(source: PackItem, weighing: Weighing): Promise<string | undefined> {
  const { origin, commit } = source
  if (origin === undefined) return 'it has no origin'
  if (commit === undefined) return 'its origin does not hand out the commit that it is at'
  if (source.edited) return 'its origin does not have what was edited'
  const unfit = unsuitable(origin)
  if (unfit !== undefined) return unfit
  // A path means a place on the old machine; on the new one only when that is this very machine.
  if (isLocalRemote(origin) && !weighing.target.files) return 'its origin is a path on the old machine'
  return whyNotFetchable(weighing.system, await openBundle(weighing, source.ref), origin, commit)
}
