/**
 * One pack installed on the new instance: one pack per call (a list with one bad pack leaves the good ones half installed),
 * at an exact commit, without dependencies, judged by the execution's status alone: a failed install still says
 * "Successfully installed packs". Facts: recordings packs-install*, packs-dependencies.
 */
import { Refusal } from '../../core/exit-codes'
import type { Change } from '../../core/model'
import { isSt2Error } from '../../st2/errors'
import type { ExecutionEnd } from '../../st2/port'
import type { Writing, Written } from '../kind'
import type { Delivery } from './delivery'
import { hushedNote, switchingOff } from './hush'
import type { PackItem } from './item'
import { keepPack, noteBrought, runnersOffBefore } from './kept'
import { servedUrl } from './served'
import { switchRunnersOff } from '../states/runners'

/** An install makes a virtualenv with pip; StackStorm itself gives it ten minutes a step. */
export const INSTALL_MS = 30 * 60_000

export async function installPack(change: Change, item: PackItem, before: PackItem | undefined, writing: Writing): Promise<Written> {
  const { api } = writing.target
  const delivery = change.details as unknown as Delivery
  const served = servedUrl(writing.archive, item.ref)
  const url = served ?? delivery.url
  const commit = served === undefined ? delivery.ref : item.head
  if (url === undefined) return { outcome: 'failed', note: 'its history is not served now', advice: 'run apply again' }
  const lost = await notKept(item.ref, before, writing)
  if (lost) return lost
  const { execution_id: id } = await api.post<{ execution_id: string }>('/v1/packs/install', { packs: [`${url}=${commit}`], skip_dependencies: true })
  const { end, hushed } = await quietly(item.ref, writing, api.waitFor(id, { timeoutMs: INSTALL_MS }))
  await switchRunnersOff(api, await runnersOffBefore(writing.keepDir))
  await noteBrought(item.ref, writing)
  if (end.status !== 'succeeded') return failed(item.ref, end)
  if ((await api.find(`/v1/packs/${encodeURIComponent(item.ref)}`)) === undefined) {
    return { outcome: 'failed', note: `the install (execution ${id}) succeeded, but pack ${item.ref} is not there`, advice: `look at: st2 execution get ${id}` }
  }
  const instead = served !== undefined && delivery.deliver === 'origin' ? ['the new instance does not reach its origin: served from this machine'] : []
  return { outcome: change.transformed ? 'transformed' : 'carried', note: [change.note, ...instead, hushed].filter(Boolean).join('; ') }
}

/** What cannot be put back is not replaced. */
async function notKept(ref: string, before: PackItem | undefined, writing: Writing): Promise<Written | undefined> {
  const advice = 'run apply on the new instance itself, as root'
  if (before && !writing.target.files) return { outcome: 'failed', note: `${CANNOT_KEEP}: nothing was replaced`, advice }
  try {
    await keepPack(ref, writing)
    return undefined
  } catch (error) {
    if (!(error instanceof Refusal) || isSt2Error(error)) throw error
    return { outcome: 'failed', note: `${error.message}: nothing was replaced`, advice }
  }
}

/** Why a pack is not replaced. */
export const CANNOT_KEEP = 'its directory there cannot be reached from here, so that it could not be put back'

/** Where the target is to be quiet, overrides should have kept it so already: whatever is live all the same is switched off. */
async function quietly(ref: string, writing: Writing, install: Promise<ExecutionEnd>): Promise<{ end: ExecutionEnd; hushed?: string }> {
  if (writing.activity === 'active') return { end: await install }
  const { result, hushed } = await switchingOff(ref, writing, install, writing.settings.landing === 'api')
  return { end: result, hushed: hushedNote(hushed) }
}

function failed(ref: string, { id, status, result }: ExecutionEnd): Written {
  const reason = reasonOf(result)
  const note = `the install ended as ${status} (execution ${id})${reason ? `: ${reason}` : ''}`
  return { outcome: 'failed', note, advice: `${adviceFor(ref, reason)}; run apply again afterwards, it installs only what is missing` }
}

interface FailedStep {
  task_id?: string
  message?: string
  result?: { stderr?: string; error?: string } | string
}

/** What the failed step wrote to say why: StackStorm's message, the last line that names an error, or just the last. */
export function reasonOf(result: unknown): string {
  const steps = (result as { errors?: FailedStep[] } | undefined)?.errors ?? []
  for (const { task_id: task, message = '', result: ended } of steps) {
    const text = typeof ended === 'object' ? ended.stderr || ended.error || '' : (ended ?? '')
    const telling = tellingLine(text || message)
    if (telling !== '') return `${task ? `${task}: ` : ''}${telling.slice(0, 300)}`
  }
  return ''
}

function tellingLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim()).filter(Boolean).reverse()
  const said = lines.find((line) => line.startsWith('MESSAGE: '))?.slice('MESSAGE: '.length)
  return said ?? lines.find((line) => /^(?:fatal|ERROR|[\w.]*(?:Error|Exception))\b.*: /.test(line)) ?? lines[0] ?? ''
}

const ADVICE: readonly [RegExp, (ref: string) => string][] = [
  [/requires StackStorm|Python 2\.x/, () => 'the pack says it does not fit this StackStorm: raise stackstorm_version in its pack.yaml on the old instance and export again, or install it by hand with force'],
  [/register_pack/, (ref) => `the pack is in place but cannot be registered: correct what is named (on the new instance, also /opt/stackstorm/configs/${ref}.yaml), then st2 pack register ${ref}`],
  [/virtualenv|pip |requirements/i, () => 'the new instance could not set up Python for it: let it reach its Python package index, or set a proxy for st2actionrunner'],
  [/lock|already/i, () => 'another install of the same pack is under way or was killed: wait for it'],
  [/not a valid version, hash, tag or branch|Cmd\('git'\)|resolve|Connection|Permission denied|authenticat|clone/i, () => 'the new instance could not get it: let it reach that address, or allow serve_packs=true'],
]

function adviceFor(ref: string, reason: string): string {
  return ADVICE.find(([pattern]) => pattern.test(reason))?.[1](ref) ?? 'look at the execution that is named'
}
