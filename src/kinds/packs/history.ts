/**
 * The git history of one pack, gathered into a bundle: the checkout's branch and tags, and what was edited since as a commit
 * of its own. Everything happens in a copy; the checkout and its `.git` are only read.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { copyRepository, findGitDir, initBare } from '../../system/git-copy'
import type { Git } from '../../system/git'
import { readTextIfThere } from '../../system/text-files'
import { cleanRemote } from './remote'
import { rootCommit, snapshot, type Snapshot, type Workshop } from './snapshot'
import type { DiskFile } from './walk'

export interface Checkout {
  origin?: string
  /** The remote's URL held credentials, which are not carried. */
  hadCredentials: boolean
  branch?: string
  tags: string[]
  commit?: string
  shallow: boolean
  /** Why the checkout's repository could not be used. */
  broken?: string
}

export interface History extends Snapshot {
  checkout: Checkout
  /** Refs of the bundle, the one with the head first. */
  refs: string[]
}

/** Copies the checkout's repository into `shop.repo` and tells what it holds. */
export async function openCheckout(shop: Workshop, directory: string): Promise<Checkout> {
  const remote = await readRemote(shop.git, directory)
  try {
    const there = await copyRepository(shop.git, directory, shop.repo)
    return { ...remote, ...(there ? await readHead(shop) : { tags: [], shallow: false }) }
  } catch (error) {
    await fs.rm(shop.repo, { recursive: true, force: true })
    await initBare(shop.git, shop.repo)
    return { ...remote, tags: [], shallow: false, broken: (error as Error).message }
  }
}

/** Makes the commit to install and the refs that a bundle of it has. */
export async function buildHistory(shop: Workshop, directory: string, files: DiskFile[], checkout: Checkout, pack: string): Promise<History> {
  const branch = checkout.branch ?? 'main'
  const base = checkout.commit !== undefined && checkout.shallow ? await rootCommit(shop, checkout.commit, pack) : checkout.commit
  const made = await snapshot(shop, directory, files, base, pack)
  const names = await setRefs(shop, branch, base, made, checkout.shallow ? [] : checkout.tags)
  return { ...made, checkout, refs: names }
}

/** Writes the bundle with all that is needed to install the head. */
export async function writeBundle(shop: Workshop, refs: string[], file: string): Promise<void> {
  await shop.git.run(['bundle', 'create', file, ...refs], { gitDir: shop.repo })
}

async function setRefs({ git, repo }: Workshop, branch: string, base: string | undefined, made: Snapshot, tags: string[]): Promise<string[]> {
  const edits = `refs/heads/st2upgrade/${branch}`
  const main = `refs/heads/${branch}`
  for (const line of (await git.text(['for-each-ref', '--format=%(refname)'], { gitDir: repo })).split('\n').filter(Boolean)) {
    if (!tags.includes(line)) await git.run(['update-ref', '-d', line], { gitDir: repo })
  }
  await git.run(['update-ref', main, base ?? made.head], { gitDir: repo })
  if (!made.edited) return [main, ...tags]
  await git.run(['update-ref', edits, made.head], { gitDir: repo })
  return [edits, main, ...tags]
}

/** Branch, commit and the tags on the way to it. Throws when the history is not whole though it should be. */
async function readHead({ git, repo }: Workshop): Promise<Pick<Checkout, 'branch' | 'commit' | 'tags' | 'shallow'>> {
  const symbolic = await git.try(['symbolic-ref', '-q', 'HEAD'], { gitDir: repo })
  const ref = symbolic.code === 0 ? symbolic.stdout.toString().trim() : undefined
  const branch = ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined
  const shallow = ((await readTextIfThere(path.join(repo, 'shallow'))) ?? '').trim() !== ''
  if (await isUnborn(git, repo, ref)) return { branch, tags: [], shallow: false }
  const commit = await git.text(['rev-parse', '--verify', 'HEAD^{commit}'], { gitDir: repo })
  await git.run(['rev-list', '--objects', '--quiet', commit], { gitDir: repo })
  return { branch, commit, shallow, tags: await tagsBelow(git, repo, commit) }
}

/** `git init` and no commit yet: HEAD names a branch that does not exist. A missing branch among others is damage. */
async function isUnborn(git: Git, repo: string, ref: string | undefined): Promise<boolean> {
  if (ref === undefined || (await git.try(['rev-parse', '-q', '--verify', ref], { gitDir: repo })).code === 0) return false
  const refs = await git.text(['for-each-ref', '--format=%(refname)'], { gitDir: repo })
  const objects = await git.text(['count-objects', '-v'], { gitDir: repo })
  return refs === '' && /^count: 0$/m.test(objects) && /^in-pack: 0$/m.test(objects)
}

/** Tags that name the commit or one before it; `git tag --merged` is younger than some gits in use. */
export async function tagsBelow(git: Git, repo: string, commit: string): Promise<string[]> {
  const rows = (await git.text(['for-each-ref', '--format=%(objectname) %(*objectname) %(refname)', 'refs/tags'], { gitDir: repo })).split('\n').filter(Boolean)
  if (rows.length === 0) return []
  const below = new Set((await git.text(['rev-list', commit], { gitDir: repo })).split('\n'))
  return rows.map((row) => row.split(' ') as [string, string, string]).filter(([own, peeled]) => below.has(peeled || own)).map(([, , name]) => name)
}

/** Of the tags on exactly this commit the one that names the version, else the last. */
export async function tagOf({ git, repo }: Workshop, checkout: Checkout, version: string): Promise<string | undefined> {
  const here: string[] = []
  for (const tag of checkout.tags) {
    if ((await git.text(['rev-parse', '--verify', `${tag}^{commit}`], { gitDir: repo })) === checkout.commit) here.push(tag.slice('refs/tags/'.length))
  }
  return here.find((tag) => tag === `v${version}` || tag === version) ?? here.sort().pop()
}

/** The remote that the branch follows, else `origin`, else the only one. */
async function readRemote(git: Git, directory: string): Promise<Pick<Checkout, 'origin' | 'hadCredentials'>> {
  const found = await findGitDir(directory)
  if (!found) return { hadCredentials: false }
  const listed = await git.try(['config', '-z', '--list', '-f', path.join(found.common, 'config')])
  if (listed.code !== 0) return { hadCredentials: false }
  const head = /^ref: refs\/heads\/(.*)$/m.exec((await readTextIfThere(path.join(found.own, 'HEAD'))) ?? '')?.[1]
  return remoteOf(listed.stdout.toString('utf8'), head)
}

/** `config` as `git config -z --list` prints it. */
export function remoteOf(config: string, branch: string | undefined): Pick<Checkout, 'origin' | 'hadCredentials'> {
  const values = new Map(config.split('\0').map((entry) => [entry.slice(0, entry.indexOf('\n')), entry.slice(entry.indexOf('\n') + 1)]))
  const names = [...values.keys()].map((key) => /^remote\.(.*)\.url$/.exec(key)?.[1]).filter((name): name is string => name !== undefined)
  const name = [values.get(`branch.${branch}.remote`), 'origin', names.length === 1 ? names[0] : undefined].find((one) => one !== undefined && names.includes(one))
  return cleanRemote(name === undefined ? undefined : values.get(`remote.${name}.url`))
}
