/** What the ledger and the head of a `.diff` tell of a host file: what differs by name, what changed between the releases, what is to be done. */
import { CHATOPS_RULES, FILE_RULES, holdsBetween, NGINX_RULES, OPTION_RULES } from '../../versions/config-options'
import { namedDifferences, readNamed, type Named } from './named'
import type { Sort } from './sorts'

export interface Compared {
  identity: string
  sort: Sort
  old: Buffer
  /** The new instance's own file; undefined where it has none, or it cannot be read. */
  own?: Buffer
  /** Releases of the old and the new instance. */
  from: string
  to: string
}

/** One line each. */
export function whatDiffers({ sort: { form }, old, own }: Compared): string[] {
  if (own === undefined) return ['the new instance has no such file that can be read']
  const [a, b] = [readNamed(form, old), readNamed(form, own)]
  if (!a || !b) return []
  const { only, other, missing } = namedDifferences(a, b)
  const what = form === 'users' ? 'another password' : 'another value'
  return [...told('only in the old one', only), ...told(what, other), ...told('only in the own one', missing)]
}

/** Names that one line tells; the `.diff` shows all. */
const TOLD = 12

/** Names come from a file that anybody may have written. */
const told = (what: string, names: string[]): string[] => {
  if (names.length === 0) return []
  const shown = names.slice(0, TOLD).map((name) => name.replace(/[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/g, '?').slice(0, 80))
  return [`${what}: ${shown.join(', ')}${names.length > TOLD ? ` and ${names.length - TOLD} more` : ''}`]
}

/** What the releases between the two changed about it, one line each. */
export function whatChanged(compared: Compared): string[] {
  const { identity, sort, old, from, to } = compared
  const named = readNamed(sort.form, old) ?? new Map<string, string[]>()
  return [
    ...FILE_RULES.filter((rule) => rule.file.test(identity) && holdsBetween(rule, from, to)).map(({ note }) => note),
    ...(sort.form === 'options' ? optionsChanged(named, from, to) : []),
    ...(sort.form === 'variables' ? variablesChanged(named, from, to) : []),
    ...(sort.base === 'nginx' ? linesChanged(old, from, to) : []),
  ]
}

function optionsChanged(named: Named, from: string, to: string): string[] {
  return OPTION_RULES.filter((rule) => holdsBetween(rule, from, to)).flatMap(({ section, option, since, to: successor, note }) => {
    const about = option === undefined ? `[${section}]` : `[${section}] ${option}`
    const there = option === undefined ? [...named.keys()].some((name) => name.startsWith(`[${section}] `)) : named.has(about)
    return there ? [`${about} since ${since}${successor === undefined ? '' : `, now ${successor}`}: ${note}`] : []
  })
}

function variablesChanged(named: Named, from: string, to: string): string[] {
  const matters = (values: string[], unless: RegExp | undefined): boolean => unless === undefined || values.some((value) => !unless.test(value))
  return CHATOPS_RULES.filter((rule) => holdsBetween(rule, from, to) && named.has(rule.variable) && matters(named.get(rule.variable)!, rule.unless)).map(({ variable, since, note }) => `${variable} since ${since}: ${note}`)
}

function linesChanged(old: Buffer, from: string, to: string): string[] {
  const lines = old.toString('utf8').split('\n')
  return NGINX_RULES.filter((rule) => holdsBetween(rule, from, to) && lines.some((line) => rule.line.test(line))).map(({ note }) => note)
}
