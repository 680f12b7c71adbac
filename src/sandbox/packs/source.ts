/** What a user may ask to install: `name`, `url`, each with `=version`. Knowledge: recordings packs-install*, packs-install-refs. */

export interface PackSource {
  url: string
  /** Version, tag, branch or commit; absent = the default branch. */
  version?: string
}

const VERSION = /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[\da-z-]+(?:\.[\da-z-]+)*)?(?:\+[\da-z-]+(?:\.[\da-z-]+)*)?$/

/** Is it a version such as `1.0.0`, for which a tag `v1.0.0` is looked for? */
export const isVersion = (text: string): boolean => VERSION.test(text)

/** Cuts `what=version`; what follows a second `=` is ignored, as StackStorm does. */
export function splitVersion(text: string): { what: string; version?: string } {
  const [what = '', version] = text.split('=')
  return version ? { what, version } : { what }
}

/** Is it the name of a pack in the index, not a URL? */
export const isIndexName = (what: string): boolean => !what.includes('/')

/** `owner/name` stands for GitHub; all other URLs and paths are taken as they are. */
export function repositoryUrl(what: string): string {
  if (what.startsWith('gitlab@') || what.startsWith('file://')) return what
  return what.split('/').length === 2 && !what.includes('git@') ? `https://github.com/${what}` : what
}

/** The name that a dependency's pack is looked for on disk: the last part of a URL without `.git`. */
export function dependencyName(what: string): string {
  const last = what.split('/').pop() ?? what
  return isIndexName(what) || !last.includes('.git') ? last : (last.split('.')[0] ?? last)
}
