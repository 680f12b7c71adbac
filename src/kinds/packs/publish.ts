/**
 * Pushes one pack's history to the operator's git host, as a branch and a tag of the run. Never with force: what is there
 * already stays, and the same push again changes nothing. Uses the machine's own git settings and ssh keys.
 */
import type { Change } from '../../core/model'
import { createGit, lastLines, type Git } from '../../system/git'
import { openBundle, type BundleSource } from './bundles'
import type { Delivery } from './delivery'
import { isPlainRemote } from './remote'

const TIMEOUT_MS = 300_000

export interface Published {
  pack: string
  url: string
  outcome: 'pushed' | 'there' | 'failed'
  /** Full names of the branch and the tag, as far as they were to be pushed now. */
  refs?: string[]
  note?: string
  advice?: string
}

/** True for a change whose pack the new instance installs from the git host. */
export const isPublished = ({ action, details }: Change): boolean => details?.deliver === 'template' && (action === 'create' || action === 'update')

/** `pushing` is called with the refs right before they are pushed. */
export async function publishPack({ identity, details }: Change, source: BundleSource, pushing?: (pack: string, url: string, refs: string[]) => Promise<void>): Promise<Published> {
  const { url, ref, branch, tag } = details as unknown as Delivery & { url: string; branch: string; tag: string }
  const pack = { pack: identity, url }
  if (!isPlainRemote(url)) return { ...pack, outcome: 'failed', note: 'it is no address that git can be given', advice: 'correct git_template and plan again' }
  const { repo } = await openBundle(source, identity)
  const git = createGit(source.system, { ownSettings: true })
  const wanted = new Map([
    [`refs/heads/${branch}`, ref],
    [`refs/tags/${tag}`, ref],
  ])
  const there = await remoteRefs(git, repo, url, source)
  if (typeof there === 'string') return failed(pack, there)
  const other = [...wanted].find(([name, commit]) => there.has(name) && there.get(name) !== commit)
  if (other) return { ...pack, outcome: 'failed', note: `${other[0]} is there already with another commit`, advice: 'start a new run, or remove that branch and tag on the git host' }
  const missing = [...wanted].filter(([name]) => !there.has(name))
  if (missing.length === 0) return { ...pack, outcome: 'there' }
  const refs = missing.map(([name]) => name)
  await pushing?.(identity, url, refs)
  const pushed = await attempt(git, ['push', '--porcelain', url, ...missing.map(([name, commit]) => `${commit}:${name}`)], repo, source)
  return typeof pushed === 'string' ? failed(pack, pushed) : { ...pack, outcome: 'pushed', refs }
}

async function remoteRefs(git: Git, repo: string, url: string, source: BundleSource): Promise<Map<string, string> | string> {
  const listed = await attempt(git, ['ls-remote', url], repo, source)
  if (typeof listed === 'string') return listed
  const rows = listed.toString('utf8').split('\n').filter(Boolean)
  return new Map(rows.map((row) => row.split('\t') as [string, string]).map(([commit, name]) => [name, commit]))
}

/** The output, or why it failed. Batch mode for ssh unless the operator has a command of his own. */
async function attempt(git: Git, args: string[], repo: string, { system }: BundleSource): Promise<Buffer | string> {
  const configured = (await git.try(['config', '--get', 'core.sshCommand'])).stdout.toString().trim()
  const ssh = system.env.GIT_SSH_COMMAND ?? (configured || 'ssh -o BatchMode=yes -o ConnectTimeout=15')
  try {
    const { code, stdout, stderr } = await git.try(args, { gitDir: repo, timeoutMs: TIMEOUT_MS, ssh })
    return code === 0 ? stdout : lastLines(stderr)
  } catch (error) {
    return (error as Error).message
  }
}

const ADVICE: readonly [RegExp, string][] = [
  [/Permission denied|authenticat|could not read Username|403|401/i, 'let the user that this runs as push there: an ssh key (for an action that is root), or a credential helper'],
  [/not found|does not exist|does not appear to be a git repository|404/i, 'create the empty repository on the git host first'],
  [/resolve|refused|timed out|unreachable|did not end within/i, 'this machine must reach the git host'],
  [/protected|pre-receive|denied|rejected/i, 'let branches st2upgrade/* and tags st2upgrade-* be pushed there'],
]

const failed = (pack: { pack: string; url: string }, why: string): Published => ({
  ...pack,
  outcome: 'failed',
  note: why,
  advice: `${ADVICE.find(([pattern]) => pattern.test(why))?.[1] ?? 'try git push there by hand'}; then run publish again`,
})
