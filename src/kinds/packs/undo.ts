/**
 * Taking back the install of one pack. A pack that was not there is uninstalled; what others had made under its name survives.
 * One that was replaced gets its directory back and is registered again, and what was registered of it is as it was. Both can be
 * called again after a crash. Facts: recordings packs-uninstall; a register removes nothing, an uninstall everything of the pack.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { isSt2Error } from '../../st2/errors'
import { copyTree } from '../../system/copy-tree'
import { setRecordAlone } from '../configs/undo'
import type { Writing, Written } from '../kind'
import { INSTALL_MS, reasonOf } from './install'
import type { PackItem } from './item'
import { broughtBy, keepGuests, keptDirectory, keptOf, keptRunners, placeOf, type Brought, type Kept } from './kept'
import { deleteRows, LISTS, putRows, rowsAround, RUNNERS, stateOf, type Row, type Rows } from './registered'

export const removePack = ({ ref }: PackItem, writing: Writing): Promise<Written> => uninstall(ref, writing)

/** An install that was cut off, or failed, and of which nothing is registered. */
export async function clearPack({ ref }: PackItem, writing: Writing): Promise<Written> {
  const kept = await keptOf(writing.keepDir, ref)
  if (!kept) return { outcome: 'carried' }
  const place = placeOf(ref, writing)
  if (place === undefined) {
    return { outcome: 'manual', note: 'its install did not come to an end, and whether it left files cannot be seen from here', advice: `look for /opt/stackstorm/packs/${ref} on the new instance; if it came with this run: st2 pack remove ${ref}` }
  }
  return (await isThere(place)) ? uninstall(ref, writing) : { outcome: 'carried' }
}

async function uninstall(ref: string, writing: Writing): Promise<Written> {
  const { keepDir, target } = writing
  const kept = await keptOf(keepDir, ref)
  const guests = await keepGuests(keepDir, ref, async () => toMakeAgain(ref, kept, await broughtBy(keepDir, ref), await rowsAround(target.api, ref), writing))
  const { execution_id: id } = await target.api.post<{ execution_id: string }>('/v1/packs/uninstall', { packs: [ref] })
  const end = await target.api.waitFor(id, { timeoutMs: INSTALL_MS })
  if (end.status !== 'succeeded') return failed(`uninstalling it ended as ${end.status} (execution ${id}): ${reasonOf(end.result)}`, ref)
  if (kept?.directory) await putDirectoryBack(ref, writing)
  return told('carried', await putRows(target.api, guests), namesOf(guests) === '' ? [] : [`made again after it was uninstalled, under new ids: ${namesOf(guests)}`])
}

export async function restorePack(before: PackItem, now: PackItem | undefined, writing: Writing): Promise<Written> {
  const { ref } = before
  const { keepDir, target } = writing
  const kept = await keptOf(keepDir, ref)
  const place = placeOf(ref, writing)
  if (!kept?.directory || place === undefined) return notAtHand(before)
  const brought = await broughtBy(keepDir, ref)
  const around = await rowsAround(target.api, ref)
  const guests = await keepGuests(keepDir, ref, async () => ({ rows: await toMakeAgain(ref, kept, brought, around, writing), unload: now !== undefined && hasStraySensor(ref, kept, around), config: await configOf(ref, writing) }))
  if (guests.unload) await unload(ref, writing)
  await putDirectoryBack(ref, writing)
  const notes = await virtualenv(ref, place, writing)
  const refused = await register(ref, writing)
  if (refused !== undefined) return failed(`its directory is as it was, but StackStorm does not register it: ${refused}`, ref)
  const stay = await deleteRows(target.api, strays(ref, kept, brought, await rowsAround(target.api, ref)))
  const missing = await putRows(target.api, merged(guests.rows, shippedOf(ref, kept)))
  if (guests.unload && guests.config) await setRecordAlone(ref, guests.config, writing)
  return told('carried', [...stay, ...missing], notes)
}

async function toMakeAgain(ref: string, kept: Kept | undefined, brought: Brought | undefined, now: Rows, writing: Writing): Promise<Rows> {
  const guests = await withoutThoseThatGo(guestsOf(ref, kept, brought, now), writing)
  return { ...guests, [RUNNERS]: runnersAfter((await keptRunners(writing.keepDir)) ?? [], brought, now) }
}

/** The rows that must be made again: what others made under the pack's name, and what its registration has taken from others. */
function guestsOf(ref: string, kept: Kept | undefined, brought: Brought | undefined, now: Rows): Rows {
  const guests: Rows = {}
  for (const { path: list, made } of LISTS) {
    if (!made) continue
    const there = now[list] ?? []
    const others = there.filter((row) => row.pack === ref && !isShipped(row) && !(brought?.[list]?.[row.ref] && !hasOf(kept, list, row.ref)))
    const lost = (kept?.rows[list] ?? []).filter((row) => (row.pack !== ref || !isShipped(row)) && wasLost(row, brought?.[list], there))
    guests[list] = [...others, ...lost]
  }
  return guests
}

/** Runners as they are to be: those that the install has switched, and nobody since, as before it. A registration of actions switches all on. */
function runnersAfter(kept: Row[], brought: Brought | undefined, now: Rows): Row[] {
  const before = new Map(kept.map((row) => [row.ref, row]))
  const isOurs = (row: Row): boolean => brought === undefined || brought[RUNNERS]?.[row.ref] === stateOf(row)
  return (now[RUNNERS] ?? []).map((row) => (isOurs(row) ? (before.get(row.ref) ?? row) : row))
}

/** What the same undo takes away may still be there: kinds leave to the uninstall what goes with it. */
async function withoutThoseThatGo(rows: Rows, { goes }: Writing): Promise<Rows> {
  const stay: Rows = {}
  for (const { path: list, kind } of LISTS) {
    stay[list] = []
    for (const row of rows[list] ?? []) if (!kind || !(await goes?.(kind, row.ref))) stay[list].push(row)
  }
  return stay
}

const isShipped = ({ metadata_file: file }: Row): boolean => Boolean(file)
const hasOf = (kept: Kept | undefined, list: string, ref: string): boolean => (kept?.rows[list] ?? []).some((row) => row.ref === ref)

/** Gone, or in the place of a row of the pack's own, since the install. What went later, a person has deleted. */
function wasLost(row: Row, brought: Record<string, string> | undefined, now: Row[]): boolean {
  const there = now.find((one) => one.ref === row.ref)
  if (there && (isShipped(row) || !isShipped(there))) return false
  return brought === undefined || !(row.ref in brought) || (!isShipped(row) && brought[row.ref] !== '')
}

/** Files of the version that goes, which a register of the one that comes back leaves in the database. */
function strays(ref: string, kept: Kept, brought: Brought | undefined, now: Rows): Rows {
  const found: Rows = {}
  for (const [list, rows] of Object.entries(now)) {
    found[list] = rows.filter((row) => row.pack === ref && !hasOf(kept, list, row.ref) && (isShipped(row) || Boolean(brought?.[list]?.[row.ref])))
  }
  return found
}

/** A sensor goes only with all of its pack. */
const hasStraySensor = (ref: string, kept: Kept, now: Rows): boolean => (strays(ref, kept, undefined, now)['/v1/sensortypes'] ?? []).length > 0

/** The pack's own rows with the states, and the edits, that they had. */
const shippedOf = (ref: string, { rows }: Kept): Rows => Object.fromEntries(Object.entries(rows).map(([list, all]) => [list, all.filter((row) => row.pack === ref && isShipped(row))]))

const merged = (a: Rows, b: Rows): Rows => Object.fromEntries(LISTS.map(({ path: list }) => [list, [...(a[list] ?? []), ...(b[list] ?? [])]]))
const namesOf = (rows: Rows): string => LISTS.flatMap(({ path: list, word, made }) => (made ? (rows[list] ?? []) : []).map(({ ref }) => `${word} ${ref}`)).join(', ')

async function putDirectoryBack(ref: string, writing: Writing): Promise<void> {
  const place = placeOf(ref, writing)
  if (place !== undefined) await copyTree(writing.system.processes, keptDirectory(writing.keepDir, ref), place)
}

async function unload(ref: string, { target }: Writing): Promise<void> {
  await target.api.run('packs.unload', { packs: [ref] }, { timeoutMs: INSTALL_MS })
}

async function configOf(ref: string, { target }: Writing): Promise<Record<string, unknown> | undefined> {
  return (await target.api.find<{ values?: Record<string, unknown> }>(`/v1/configs/${encodeURIComponent(ref)}`, { show_secrets: true }))?.values
}

/** Only a pack with Python packages of its own needs its virtualenv made anew. */
async function virtualenv(ref: string, place: string, { target, system }: Writing): Promise<string[]> {
  const wanted = await fs.readFile(path.join(place, 'requirements.txt'), 'utf8').catch(() => '')
  if (!/^\s*[^#\s]/m.test(wanted)) return []
  system.progress.say(`setting up Python for pack ${ref} again`)
  const end = await target.api.run('packs.setup_virtualenv', { packs: [ref] }, { timeoutMs: INSTALL_MS })
  return end.status === 'succeeded' ? [] : [`its Python packages could not be set up again (execution ${end.id}): st2 run packs.setup_virtualenv packs=${ref}`]
}

/** Not its configuration: that is another kind's. */
const TYPES = ['triggers', 'sensors', 'actions', 'rules', 'aliases', 'policies']

async function register(ref: string, { target }: Writing): Promise<string | undefined> {
  try {
    await target.api.post('/v1/packs/register', { packs: [ref], types: TYPES }, undefined, { repeatable: true, timeoutMs: INSTALL_MS })
    return undefined
  } catch (error) {
    if (isSt2Error(error, 'bad_request', 'server')) return (error as Error).message
    throw error
  }
}

const isThere = async (name: string): Promise<boolean> => (await fs.stat(name).catch(() => undefined)) !== undefined

function told(outcome: Written['outcome'], lost: string[], notes: string[]): Written {
  const note = [...notes, ...(lost.length > 0 ? [`not as they were: ${lost.join('; ')}`] : [])].join('; ')
  if (lost.length > 0) return { outcome: 'manual', note, advice: "settle these by hand; what they were is in the run's directory" }
  return note === '' ? { outcome } : { outcome, note }
}

const failed = (note: string, ref: string): Written => ({ outcome: 'failed', note, advice: `run undo again; if it fails again, look at pack ${ref} on the new instance` })

const notAtHand = ({ ref, version }: PackItem): Written => ({
  outcome: 'manual',
  note: `version ${version}, which was there before, was not kept: its files cannot be reached from here`,
  advice: `run undo where the run was applied, or install version ${version} of pack ${ref} again by hand`,
})
