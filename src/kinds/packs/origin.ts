/**
 * What a pack's original remote still has. Asked without anybody's credentials or settings, as the new instance will ask;
 * with a time limit, and a host that did not answer is not asked again in the same run.
 */
import type { System } from '../../system/ports'
import { createGit, lastLines } from '../../system/git'
import { hostOf, isPlainRemote } from './remote'
import type { Workshop } from './snapshot'

const TIMEOUT_MS = 30_000
const SSH = 'ssh -o BatchMode=yes -o ConnectTimeout=10'

/** Hosts that did not answer, per run. */
const silent = new WeakMap<System, Map<string, string>>()

/** Fetches branches and tags of `url` into the workshop's repository below refs/origin. True when `commit` is there then, on a branch. */
export async function fetchAll(system: System, shop: Workshop, url: string, commit: string): Promise<boolean> {
  return (await whyNotFetchable(system, shop, url, commit)) === undefined
}

/**
 * Why a clone of `url` would not hold `commit` on one of its branches; undefined when it would. A commit that only a tag
 * leads to does not count: StackStorm's installer cannot check that out by its id.
 */
export async function whyNotFetchable(system: System, shop: Workshop, url: string, commit: string): Promise<string | undefined> {
  const quiet = silenceOf(system)
  if (!isPlainRemote(url)) return 'it is no address that git can be given'
  const known = quiet.get(hostOf(url))
  if (known !== undefined) return known
  const git = createGit(system)
  const options = { gitDir: shop.repo, timeoutMs: TIMEOUT_MS, ssh: SSH }
  try {
    const fetched = await git.try(['fetch', '--quiet', '--no-tags', url, '+refs/heads/*:refs/origin/heads/*', '+refs/tags/*:refs/tags/*'], options)
    if (fetched.code !== 0) return remember(quiet, url, lastLines(fetched.stderr))
  } catch (error) {
    return remember(quiet, url, (error as Error).message)
  }
  const heads = await git.text(['for-each-ref', '--format=%(refname)', 'refs/origin/heads'], { gitDir: shop.repo })
  for (const head of heads.split('\n').filter(Boolean)) {
    if ((await git.try(['merge-base', '--is-ancestor', commit, head], { gitDir: shop.repo })).code === 0) return undefined
  }
  return `none of its branches holds commit ${commit.slice(0, 12)}`
}

function silenceOf(system: System): Map<string, string> {
  const known = silent.get(system) ?? new Map<string, string>()
  silent.set(system, known)
  return known
}

/** Only what the network says holds for the whole host; a missing repository does not. */
function remember(quiet: Map<string, string>, url: string, why: string): string {
  const host = hostOf(url)
  if (host && /resolve|timed out|refused|unreachable|did not end within|Connection/i.test(why) && !/Permission denied|not found/i.test(why)) quiet.set(host, why)
  return why
}
