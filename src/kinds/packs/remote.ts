/** URLs of git remotes: what may be written down of them, and what StackStorm's installer makes of them. */

/** The URL without user names and passwords of web URLs, passwords of others, and query. */
export function cleanRemote(url: string | undefined): { origin?: string; hadCredentials: boolean } {
  if (url === undefined || url === '') return { hadCredentials: false }
  const web = /^(https?|ftps?):\/\/(?:[^/@]*@)?([^?#]*)/i.exec(url)
  const other = /^([a-z][a-z0-9+.-]*):\/\/([^/@:]*)(?::[^/@]*)?@(.*)$/i.exec(url)
  const origin = web ? `${web[1]}://${web[2]}` : other ? `${other[1]}://${other[2]}@${other[3]}` : url
  return { origin, hadCredentials: origin !== url }
}

/** A path or file URL: it means another place on another machine. */
export const isLocalRemote = (url: string): boolean => /^(file:|\/|\.)/i.test(url)

/**
 * The form in which the installer is given a URL. It only copies the files behind a `file://` URL when there is no `.git` in
 * them, so that a bare repository fails (seen); the plain path is cloned in any case.
 */
export const installerUrl = (url: string): string => url.replace(/^file:\/\/(?=\/)/i, '')

/** Why the installer could not be given this URL, if so: it cuts at `=` and takes `a/b` for a name on a public host. */
export function unsuitable(url: string): string | undefined {
  if (url.includes('=')) return 'it holds a "=", where the installer looks for a version'
  const parts = url.split('/').length
  if (parts === 1) return 'it has no slash, so that the installer takes it for a name in the pack index'
  if (parts === 2 && !url.includes('git@') && !url.startsWith('gitlab@')) return 'the installer takes such a short form for a repository on github.com (ssh://host/path works)'
  return undefined
}

/** The host of a remote, to remember which ones did not answer. */
export function hostOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/]*)/i.exec(url)?.[1] ?? /^(?:[^/@]*@)?([^/:]+):/.exec(url)?.[1] ?? ''
}

/** A URL that git may be handed: no option, and no transport that runs a program. */
export const isPlainRemote = (url: string): boolean => /^(?:(?:https?|ssh|git|git\+ssh|file):\/\/|\/|[^-:/][^:/]*:(?!:))/i.test(url)
