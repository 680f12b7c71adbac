/**
 * Clones a pack and puts its HEAD where StackStorm's installer does: a branch is checked out under its name; for a tag or commit
 * the local default branch is moved there, so that the wanted ref itself is not recorded (recordings packs-install, packs-install-refs).
 */
import { git, tryGit } from './git'
import { isVersion } from './source'

/** Clones `url` into the not yet existing `directory` and checks out `ref`. Throws with the installer's texts. */
export async function cloneRepository(url: string, directory: string, ref?: string): Promise<void> {
  await git('/', 'clone', '-v', '--', url, directory)
  const active = await activeBranch(directory, url)
  if (active === undefined && !ref) return
  if (active === undefined) throw new Error("'NoneType' object has no attribute 'name'")
  const wanted = await resolveRef(directory, active, ref)
  if (!wanted) throw new Error(await unknownRef(directory, url, ref ?? ''))
  await checkOut(directory, active, ref ?? '', wanted)
}

/** A local repository may stand on a commit without a branch (only then undefined). */
async function activeBranch(directory: string, url: string): Promise<string | undefined> {
  const branch = await tryGit(directory, 'symbolic-ref', '--short', '--quiet', 'HEAD')
  if (branch === undefined && !url.startsWith('file://')) throw new Error('HEAD is a detached symbolic reference')
  return branch
}

interface Wanted {
  commit: string
  branch: boolean
}

/** Order of looking: the default branch, a branch of the origin, a commit or tag, a tag with `v` before a version. */
async function resolveRef(directory: string, active: string, ref?: string): Promise<Wanted | undefined> {
  if (!ref || ref === active) return { commit: await git(directory, 'rev-parse', 'HEAD'), branch: false }
  const onOrigin = await commitOf(directory, `origin/${ref}`)
  if (onOrigin) return { commit: onOrigin, branch: true }
  const commit = (await commitOf(directory, ref)) ?? (isVersion(ref) ? await commitOf(directory, `v${ref}`) : undefined)
  return commit === undefined ? undefined : { commit, branch: false }
}

async function commitOf(directory: string, ref: string): Promise<string | undefined> {
  if (ref.startsWith('-')) return undefined
  return tryGit(directory, 'rev-parse', '--verify', '--quiet', `${ref}^{commit}`)
}

async function checkOut(directory: string, active: string, ref: string, wanted: Wanted): Promise<void> {
  const branches = await branchesWith(directory, wanted.commit)
  // A tag beside all branches: StackStorm then knows it only by `v` and the version.
  if (branches.length === 0) return void (await git(directory, 'checkout', `v${ref}`))
  let branch = active
  if (wanted.branch || !branches.includes(active)) {
    const from = wanted.branch ? `origin/${ref}` : (branches[0] ?? '')
    branch = wanted.branch ? ref : (from.split('/').pop() ?? from)
    await git(directory, 'checkout', '-b', branch, from)
  }
  await git(directory, 'checkout', wanted.commit)
  await git(directory, 'branch', '-f', branch, wanted.commit)
  await git(directory, 'checkout', branch)
}

async function branchesWith(directory: string, commit: string): Promise<string[]> {
  const text = await git(directory, 'branch', '-a', '--contains', commit)
  return text.replace(/\*/g, '').split(/\s+/).filter(Boolean)
}

async function unknownRef(directory: string, url: string, ref: string): Promise<string> {
  const tags = (await git(directory, 'tag', '--list')).split('\n')
  const versions = tags.filter((tag) => tag.startsWith('v') && isVersion(tag.slice(1))).map((tag) => tag.slice(1))
  const available = versions.length > 0 ? ` Available versions are: ${versions.join(', ')}.` : ''
  return `"${ref}" is not a valid version, hash, tag or branch in ${url}.${available}`
}
