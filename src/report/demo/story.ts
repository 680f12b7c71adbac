/** What the demo says, in words for somebody who sees it for the first time. Pure: data in, lines out. */
import { OUTCOMES, type Outcome as What } from '../../core/model'
import type { StageResult } from '../../engine'
import { CHANGED_STATES, type Declared, type Estate } from '../../sandbox/estate'
import type { Account } from './account'
import type { Places } from './places'
import type { Proof } from './proof'
import type { Place, Snapshot } from './snapshot'
import type { Outcome } from './stages'

/** 12345 as 12,345. */
export const number = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',')

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

export function heading(title: string, ms?: number): string[] {
  return ['', ms === undefined ? title : `${title}   [${seconds(ms)}]`, '-'.repeat(title.length)]
}

export const INTRODUCTION: readonly string[] = [
  'st2upgrade demo: an old StackStorm moves to a new one, and nothing is lost on the way.',
  '',
  'Two small StackStorms (sandboxes) run on this machine, reachable from this machine only. The old one is',
  'filled through its API and its files like one that people have used for years; the new one is empty.',
  'Then the same stages run that move a real StackStorm. At the end both are read raw, past st2upgrade, and compared.',
]

type Filled = Pick<Estate, 'keys' | 'packs' | 'apiKeys' | 'made' | 'history'>

export function estateLines({ keys, packs, apiKeys, made, history }: Filled): string[] {
  const system = keys.filter((key) => key.user === undefined && (key.ttl ?? 0) >= 0)
  const users = keys.filter((key) => key.user !== undefined)
  const count = (list: readonly unknown[]): string => number(list.length)
  const odd = system.filter((key) => !/^[a-z][a-z0-9.-]*$/.test(key.name))
  return [
    `  ${count(system)} system keys: ${count(system.filter((key) => key.secret))} secret, ${count(system.filter((key) => key.ttl))} that expire, ${count(odd)} with names that clients trip over`,
    '    (est#h, per%41cent, {{ }}, line feeds, 240 letters, null, ...), values of every sort up to 1 MB',
    `  ${count(users)} keys of ${[...new Set(users.map((key) => key.user))].join(', ')}, some of them secret`,
    '  1 key whose time is over, which the database has not removed yet',
    `  ${count(packs)} packs:`,
    ...packs.map((pack) => `    ${pack.ref.padEnd(10)} ${pack.story}`),
    `  ${count(packs.filter((pack) => pack.config))} configurations, with comments and values such as 010, 1_000 and yes, as YAML 1.1 has them`,
    `  ${count(apiKeys)} API keys of ${new Set(apiKeys.map(({ user }) => user)).size} users, ${count(apiKeys.filter(({ enabled }) => !enabled))} of them disabled`,
    `  made through the API, with no file behind them: ${Object.entries(made).map(([what, n]) => `${n} ${what}`).join(', ')}`,
    `  ${CHANGED_STATES.length} things switched on or off against what their packs ship; override files, RBAC definitions, service files`,
    `  a past: ${number(history.executions)} executions over ${history.days} days, rotated audit logs, and ${history.inquiries} questions that still wait for an answer`,
  ]
}

export function beginLines({ source, target }: Pick<Places, 'source' | 'target'>, estate: Filled, ms: number): string[] {
  return [
    ...heading('The two StackStorms', ms),
    `  old: StackStorm ${source.version} at ${source.apiUrl}, with`,
    ...estateLines(estate),
    `  new: StackStorm ${target.version} at ${target.apiUrl}, empty, with a crypto key of its own`,
  ]
}

/** What a stage said, without the lines that only make sense when it is run alone, and without what the account of all items says. */
export function stageLines({ stage, summary }: Pick<StageResult, 'stage' | 'summary'>, ms: number): string[] {
  return [...heading(stage, ms), ...summary.filter((line) => !/^(next|plan|ledger|archive|apply will stop|for a person|needs a person): /.test(line)).map((line) => `  ${line}`)]
}

const ACTS = /^(?:rules|sensortypes|actionalias) /

/** What acts by itself, or on a word from outside, and is switched on. */
export const acting = ({ content }: Pick<Snapshot, 'content'>): string[] => [...content].filter(([name, { enabled }]) => ACTS.test(name) && enabled === true).map(([name]) => name)

export function quietLines(old: Pick<Snapshot, 'content'>, target: Pick<Snapshot, 'content'>, ms: number): string[] {
  const on = acting(old)
  const of = (where: string): string => number(on.filter((name) => name.startsWith(`${where} `)).length)
  const awake = acting(target)
  return [
    ...heading('The new instance is quiet', ms),
    `  On the old one ${of('rules')} rules, ${of('sensortypes')} sensors and ${of('actionalias')} aliases are switched on, and act.`,
    awake.length === 0 ? '  On the new one everything is there, and none of them is: no timer, webhook or sensor acts twice.' : `  On the new one ${awake.join(', ')} ACT already.`,
    '  When the old one has been switched off, activate makes everything as it was there:',
  ]
}

export function againLines({ entries, writes }: Pick<Outcome, 'entries' | 'writes'>, changed: number, ms: number): string[] {
  return [
    ...heading('The same once more', ms),
    `  A new export, plan, apply and verify: ${number(entries.length)} items told of, ${number(writes)} written;`,
    changed === 0 ? '  the new instance is exactly as it was, down to the ids and the expiry times.' : `  ${number(changed)} things CHANGED on the new instance.`,
  ]
}

export function keepLines({ source, target }: Pick<Places, 'source' | 'target'>, password: string): string[] {
  const reach = ({ apiUrl, authUrl, root }: Place): string => `ST2_API_URL=${apiUrl} ST2_AUTH_URL=${authUrl}   files below ${root}`
  return [...heading('Both sandboxes go on'), `  old: ${reach(source)}`, `  new: ${reach(target)}`, `  users st2admin, alice, bob; password ${password}`, '  Ctrl-C ends them and removes their files.']
}

export function endLines(steps: Record<string, number>, total: number, faults: number): string[] {
  return [
    faults === 0 ? `Nothing was lost and nothing was changed on the way: ${seconds(total)} in all` : `The demo FAILED after ${seconds(total)}`,
    `  (${Object.entries(steps).map(([step, ms]) => `${step} ${seconds(ms)}`).join(', ')}).`,
  ]
}

const VERBS: Record<What, string> = {
  carried: 'carried as they are',
  identical: 'there already, identical',
  transformed: 'carried in another form',
  left: 'left behind',
  manual: 'need a person',
  failed: 'FAILED',
}

/** Every outcome with its reasons; what stays behind also with the reason that the estate gives. */
export function accountLines({ groups }: Account, notes: readonly string[], declared: readonly Declared[]): string[] {
  const lines = notes.map((note) => `  looked at: ${note}`)
  for (const outcome of OUTCOMES) {
    for (const kind of [...new Set(groups.filter((group) => group.outcome === outcome).map((group) => group.kind))]) {
      const same = groups.filter((group) => group.outcome === outcome && group.kind === kind)
      lines.push(`  ${counted(same.reduce((sum, group) => sum + group.count, 0), kind)} ${VERBS[outcome]}`)
      lines.push(...same.filter(({ note }) => note !== '').map(({ note, count, identity }) => `          ${identity ?? `all ${number(count)}`}: ${note}`))
    }
  }
  const reasons = new Map<string, string[]>()
  for (const { kind, identity = 'that are open', reason } of declared) reasons.set(reason, [...(reasons.get(reason) ?? [`${kind} `]), identity])
  lines.push('  What may stay behind, declared before the demo began; anything else would make it fail:')
  for (const [reason, [kind, ...items]] of reasons) lines.push(`    ${kind}${items.join(', ')}: ${reason}`)
  return lines
}

const counted = (count: number, plural: string): string => `${number(count).padStart(6)} ${count === 1 ? plural.replace(/s$/, '') : plural}`

export function proofLines({ equal }: Proof, faults: readonly string[]): string[] {
  const title = heading('The proof: both instances read raw, past st2upgrade, and compared')
  if (faults.length > 0) return [...title, `  ${number(faults.length)} things are not as they should be:`, ...faults.slice(0, 50).map((fault) => `    ${fault}`)]
  return [
    ...title,
    `  ${number(equal.keys)} keys equal, value for value: ${number(equal.secrets)} secrets (decrypted on both sides; the crypto keys differ),`,
    `    ${number(equal.expiring)} expiring ones with the same expiry; descriptions and owners too`,
    `  ${number(equal.files)} pack files equal, byte for byte, scripts executable`,
    `  ${number(equal.configs)} configuration files equal, byte for byte, and read the same by both instances`,
    `  ${number(equal.content)} packs, actions, rules, sensors, aliases and policies registered, switched on and off as before`,
    '  nothing was added, no temporary API key was left, and the old instance is exactly as it was',
  ]
}
