/** check: everything that would stop a migration later, found now, all of it together. Reads only. */
import { counted } from '../core/counted'
import { EXIT, Refusal } from '../core/exit-codes'
import type { Instance } from '../kinds/kind'
import { discoverUsers } from '../kinds/keys/users'
import { OUT_OF_REACH, overrideReach } from '../kinds/states/reach'
import { inRun, type Run } from './runs'
import { refuseOlder, refuseSameInstance, selectedKinds } from './sides'
import type { Stage, StageContext, StageResult, StageSettings } from './types'

interface Finding {
  ok: boolean
  what: string
  advice?: string
}

export const checkStage: Stage = (context, settings) => inRun(context, settings, (run) => checkIn(run, context, settings))

async function checkIn(run: Run, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const { source, target } = context
  if (!source && !target) throw new Refusal('neither a source nor a target instance is given', 'name at least one with source_url or target_url', EXIT.usage)
  const kinds = selectedKinds(context, settings)
  const findings: Finding[] = [await gitIsThere(context)]
  for (const instance of [source, target]) if (instance) findings.push(...aboutInstance(instance))
  if (source && kinds.some(({ name }) => name === 'keys')) findings.push(await whoseKeys(source, context, settings))
  if (source && target) findings.push(...together(source, target, settings))
  if (target && kinds.some(({ name }) => name === 'packs')) findings.push(await howItLands(target, settings))
  await run.save({ sourceUrl: source?.url, targetUrl: target?.url })
  return result(run.record.run, findings, Boolean(source && target))
}

async function gitIsThere({ system }: StageContext): Promise<Finding> {
  const found = await system.processes.run('git', ['--version']).catch(() => undefined)
  if (found?.code === 0) return { ok: true, what: found.stdout.toString().trim() }
  return { ok: false, what: 'git is not on this host', advice: 'install git: packs travel as git repositories' }
}

/** What is lost where a command runs elsewhere. */
const WITHOUT_FILES: Record<Instance['side'], string> = {
  source: 'comments of configs, and large or binary pack files, can be read only on its host',
  target: 'what belongs into files is placed by this pack there, or by hand',
}

function aboutInstance(instance: Instance): Finding[] {
  const { side, url, version, user, rbac, files, crypto } = instance
  const reach = files ? 'its files are at hand' : `only its API is at hand: ${WITHOUT_FILES[side]}`
  const key = crypto ? 'its crypto key is readable' : 'its crypto key is not at hand: each secret is asked for by name'
  return [{ ok: true, what: `${side} ${url}: StackStorm ${version}, as ${user}, RBAC ${rbac ? 'on' : 'off'}; ${reach}; ${key}` }]
}

const HANDED_OVER = 'what needs the files of the target is handed over to this pack there by migrate (by hand: deliver, before plan), and lands quiet: rules, sensors and aliases are off until it is activated'

/** No fault by itself: there may be no pack that is to land. */
async function howItLands(target: Instance, { landing, apiOnly }: StageSettings): Promise<Finding> {
  const { why } = await overrideReach(target)
  if (landing !== 'quiet') return { ok: true, what: '' }
  if (why === OUT_OF_REACH && !apiOnly) return { ok: true, what: HANDED_OVER }
  if (why === undefined) return { ok: true, what: 'packs land quiet: overrides keep rules, sensors and aliases off on the target until it is activated' }
  return { ok: true, what: `overrides cannot keep the target quiet: ${why}`, advice: 'where packs are to land, run it on the target itself as root, or give quiet=api: what they bring is live for a moment, then switched off' }
}

async function whoseKeys(source: Instance, context: StageContext, settings: StageSettings): Promise<Finding> {
  const notes: string[] = []
  const known = await discoverUsers({ system: context.system, instance: source, settings, remark: () => undefined, note: (text) => notes.push(text), workDir: '' })
  const seen = [`users with traces on the source: ${known.map((k) => k.user).join(', ')}`, ...notes].join('; ')
  const others = known.map((k) => k.user).filter((user) => user !== source.user)
  if (others.length === 0 || settings.otherUsers || (source.rbac && source.isAdmin)) return { ok: true, what: seen }
  return { ok: true, what: `${seen}; other users' keys need other_users`, advice: 'migrate sets it by itself, for export give other_users=true: their keys are read through a temporary API key for each user, which is deleted again' }
}

function together(source: Instance, target: Instance, settings: StageSettings): Finding[] {
  return [() => refuseSameInstance(source, target), () => refuseOlder(source.version, target.version, settings)].map((test) => {
    try {
      test()
      return { ok: true, what: '' }
    } catch (error) {
      const { message, advice } = error as Refusal
      return { ok: false, what: message, advice }
    }
  })
}

function result(run: string, findings: Finding[], both: boolean): StageResult {
  const told = findings.filter((f) => f.what !== '')
  const faults = told.filter((f) => !f.ok)
  return {
    stage: 'check',
    exit: faults.length > 0 ? EXIT.blocked : EXIT.done,
    summary: [
      faults.length > 0 ? `${counted(faults.length, 'thing is', 'things are')} in the way` : `${both ? 'source and target are fit for a migration' : 'the instance can be reached'}${told.some((f) => f.advice) ? ', with what is noted below' : ''}`,
      ...told.map((f) => `${!f.ok ? 'NOT OK' : f.advice ? 'note' : 'ok'}: ${f.what}${f.advice ? ` (${f.advice})` : ''}`),
      ...(faults.length > 0 ? [] : [`next: st2upgrade export --run ${run} --own-key`]),
    ],
    data: { run, findings: told },
  }
}
