/** What StackStorm can do since which release, from its change log: data, so that no kind asks for a version itself. */
import * as semver from 'semver'

const SINCE = {
  /** `/opt/stackstorm/overrides` is read at each registration; before, files there lie idle (seen on a live 3.4.1). */
  overrides: '3.7.0',
} as const

export type Feature = keyof typeof SINCE

/** `version` as an instance tells it (`3.9.0`, `3.10dev`). One that cannot be read counts as new. */
export function can(version: string, feature: Feature): boolean {
  const release = semver.coerce(version)
  return release === null || semver.gte(release, SINCE[feature])
}

/** In words, for a reason: `3.7`. */
export const sinceWhen = (feature: Feature): string => SINCE[feature].replace(/\.0$/, '')
