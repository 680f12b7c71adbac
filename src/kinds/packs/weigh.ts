/** What a plan says about each pack, and what blocks it before the first write. */
import * as semver from 'semver'
import type { Change, Difference } from '../../core/model'
import { conflictPolicy, type Blocker, type Verdict, type Weighing } from '../kind'
import { BrokenHistory, openBundle, packItems } from './bundles'
import { MISSING, REGISTERED } from './compare'
import { decideDelivery, templateUrl, type Delivery } from './delivery'
import { dependencyRef } from './depends'
import { CANNOT_KEEP } from './install'
import { SYSTEM_PACKS, type PackItem } from './item'
import { landingBlockers } from './landing'
import { unsuitable } from './remote'
import { isLoopback, servingAddress } from './serve-address'
import { someOf } from './source'

export async function weighPack(source: PackItem, target: PackItem | undefined, differences: Difference[], weighing: Weighing): Promise<Verdict | undefined> {
  if (target && target.commit === undefined && SYSTEM_PACKS.includes(target.ref)) {
    return { action: 'leave', note: 'the new instance has a built-in pack of this name, which is left alone', advice: 'rename your pack if both are needed' }
  }
  const stays = target !== undefined && !isToRegister(target, differences, weighing) && conflictPolicy(weighing.settings, 'packs') !== 'overwrite'
  if (stays) return target.unregistered ? { note: `${strangerNote(differences)}: StackStorm does not know it as a pack` } : undefined
  if (target && !weighing.target.files) return { action: 'conflict', note: CANNOT_KEEP, advice: 'plan and apply on the new instance itself, as root; or take the pack there away first (st2 pack remove), or keep it with on_conflict=packs=skip' }
  if (weighing.phase !== 'plan') return undefined
  const delivery = await deliveryOf(source, weighing)
  if (delivery instanceof BrokenHistory) return { action: 'manual', note: delivery.message, advice: delivery.advice }
  const notes = [...(target ? [replacedNote(source, target, differences)] : []), ...source.changes, deliveryNote(delivery), ...(await dependencyNotes(source, weighing))]
  return { ...(target && isToRegister(target, differences, weighing) && { action: 'create' }), note: notes.join('; '), details: { ...delivery }, ...(source.changes.length > 0 ? { transformed: true } : {}) }
}

/** The very pack lies there, and StackStorm does not know it: left by a failed install, or put there by hand. */
const isToRegister = ({ unregistered }: PackItem, differences: Difference[], { settings }: Weighing): boolean =>
  unregistered === true && differences.every(({ path }) => path === REGISTERED) && conflictPolicy(settings, 'packs') !== 'skip'

const strangerNote = (differences: Difference[]): string => `a directory lies there${differences.every(({ path }) => path === REGISTERED) ? ' with the same files' : ''}, which was never registered`

async function deliveryOf(source: PackItem, weighing: Weighing): Promise<Delivery | BrokenHistory> {
  try {
    await openBundle(weighing, source.ref)
    return await decideDelivery(source, weighing)
  } catch (error) {
    if (error instanceof BrokenHistory) return error
    throw error
  }
}

/** An install removes the directory that is there: what goes with it is told before. */
function replacedNote(source: PackItem, target: PackItem, differences: Difference[]): string {
  if (target.unregistered) return `replaces what lies there: ${strangerNote(differences)}`
  const [ours, theirs] = [semver.coerce(source.version), semver.coerce(target.version)]
  const newer = ours && theirs && semver.gt(theirs, ours) ? ', which is newer' : ''
  const gone = differences.filter((one) => one.path.startsWith('files/') && one.source === MISSING).map((one) => one.path.slice('files/'.length))
  return `replaces version ${target.version} there${newer}, with any edits made in it${gone.length > 0 ? `; removes ${someOf(gone)}, which only that one has` : ''}`
}

function deliveryNote({ deliver, url, ref, why, branch }: Delivery): string {
  const commit = ref.slice(0, 12)
  if (deliver === 'origin') return `installed from its origin ${url} at ${commit}`
  if (deliver === 'template') return `pushed to ${url} as branch ${branch} and installed from there at ${commit} (${why})`
  return `served from this machine while it is installed, at ${commit} (${why})`
}

/** A dependency that is nowhere: the pack installs all the same, and misses it when it runs. */
async function dependencyNotes(source: PackItem, { archive, target }: Weighing): Promise<string[]> {
  const refs = source.dependencies.map(dependencyRef)
  if (refs.length === 0) return []
  const carried = await packItems(archive)
  const missing: string[] = []
  for (const ref of refs) {
    if (!carried.has(ref) && (await target.api.find(`/v1/packs/${encodeURIComponent(ref)}`)) === undefined) missing.push(ref)
  }
  return missing.map((ref) => `depends on pack ${ref}, which is not part of this plan and not on the new instance`)
}

export async function packBlockers(changes: Change[], weighing: Weighing): Promise<Blocker[]> {
  const writes = changes.filter(({ action }) => action === 'create' || action === 'update')
  return [...(await landingBlockers(writes, weighing)), ...(await serveBlockers(writes, weighing)), ...templateBlockers(writes, weighing)]
}

async function serveBlockers(writes: Change[], weighing: Weighing): Promise<Blocker[]> {
  const served = writes.filter(({ details }) => details?.deliver === 'serve')
  if (served.length === 0 || weighing.settings.servePacks) return []
  const address = await servingAddress(weighing)
  if (isLoopback(address)) return []
  return [
    {
      kind: 'packs',
      what: `${served.length} packs (${served.map(({ identity }) => identity).join(', ')}) would be served from this machine at ${address}, outside loopback, while they are installed`,
      advice: 'allow it with serve_packs=true, or give a git host with git_template=git@git.example.org:stackstorm/{pack}.git',
      unless: 'serve_packs',
    },
  ]
}

function templateBlockers(writes: Change[], { settings: { gitTemplate } }: Weighing): Blocker[] {
  const pushed = writes.filter(({ details }) => details?.deliver === 'template')
  if (gitTemplate === undefined || pushed.length === 0) return []
  const why = gitTemplate.includes('{pack}') ? unsuitable(templateUrl(gitTemplate, 'example')) : 'it does not hold {pack}, so that all packs would go into one repository'
  if (why === undefined) return []
  return [{ kind: 'packs', what: `StackStorm cannot install from the git template ${gitTemplate}: ${why}`, advice: 'give another git_template and plan again' }]
}
