/** Does a pack fit this StackStorm? `stackstorm_version` and `python_versions` of its metadata. */
import * as semver from 'semver'

const COMPARE: Record<string, (order: number) => boolean> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
}

/**
 * Does `version` meet each part of a list such as `>=3.4.0, <4.0.0`? `all` always fits. Throws for what Python's semver cannot
 * read (a blank after the sign, `=`, two digits instead of three).
 */
export function meetsRequirement(version: string, requirement: string): boolean {
  if (requirement === 'all') return true
  const parts = requirement.split(',')
  const wanted = parts.length === 1 ? parts : parts.map((part) => part.trim()).filter(Boolean)
  return wanted.every((part) => meetsPart(version, part))
}

function meetsPart(version: string, part: string): boolean {
  const sign = ['<=', '>=', '==', '!=', '<', '>'].find((prefix) => part.startsWith(prefix))
  const other = sign ? part.slice(sign.length) : part
  if (!sign && !/^\d/.test(part)) throw new Error(`match_expr parameter should be in format <op><ver>, where <op> is one of ['<', '>', '==', '<=', '>=', '!=']. You provided: '${part}'`)
  if (!semver.valid(other) || /^[v=]/.test(other)) throw new Error(`${other} is not valid SemVer string`)
  return COMPARE[sign ?? '==']?.(semver.compare(version, other)) ?? false
}
