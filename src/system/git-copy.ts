/**
 * A copy of somebody's `.git` that can be worked in: objects and refs as files, none of its configuration, hooks or index.
 * So the original is only read, its owner does not matter, and nothing that stands in its configuration is run.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { copy } from 'fs-extra'
import type { Git } from './git'
import { readTextIfThere } from './text-files'

/** Where a checkout's repository lies: `.git` itself, or what a `.git` file points to (worktree, submodule). Undefined when there is none. */
export async function findGitDir(checkout: string): Promise<{ own: string; common: string } | undefined> {
  const dotGit = path.join(checkout, '.git')
  const stat = await fs.stat(dotGit).catch(() => undefined)
  if (!stat) return undefined
  const own = stat.isDirectory() ? dotGit : pointed(checkout, /^gitdir: (.*)$/m.exec((await readTextIfThere(dotGit)) ?? '')?.[1])
  if (own === undefined) return undefined
  const common = (await readTextIfThere(path.join(own, 'commondir')))?.trim()
  return { own, common: common === undefined ? own : path.resolve(own, common) }
}

const pointed = (checkout: string, target: string | undefined): string | undefined => (target === undefined ? undefined : path.resolve(checkout, target.trim()))

/** Copies the repository of `checkout` into the new bare repository `into`. False when the checkout has none. */
export async function copyRepository(git: Git, checkout: string, into: string): Promise<boolean> {
  await initBare(git, into)
  const found = await findGitDir(checkout)
  if (!found) return false
  const { own, common } = found
  await copyIfThere(path.join(common, 'objects'), path.join(into, 'objects'))
  await copyIfThere(path.join(common, 'refs'), path.join(into, 'refs'))
  await copyIfThere(path.join(common, 'packed-refs'), path.join(into, 'packed-refs'))
  await copyIfThere(path.join(common, 'shallow'), path.join(into, 'shallow'))
  await copyIfThere(path.join(own, 'HEAD'), path.join(into, 'HEAD'))
  await resolveAlternates(path.join(common, 'objects'), path.join(into, 'objects'))
  return true
}

/** A new bare repository without template files, whatever this machine's git would put in. */
export async function initBare(git: Git, into: string): Promise<void> {
  await fs.mkdir(into, { recursive: true, mode: 0o700 })
  await git.run(['init', '--quiet', '--bare', '--template=', into])
}

async function copyIfThere(from: string, to: string): Promise<void> {
  // Locks and half-written objects belong to a git that works there right now.
  const filter = (file: string): boolean => !/\.lock$|\/tmp_(obj|pack|idx)_[^/]*$/.test(file)
  if (await fs.stat(from).catch(() => undefined)) await copy(from, to, { filter, dereference: true })
}

/** Clones made with --shared or --reference borrow objects from elsewhere, by a path that may be relative. */
async function resolveAlternates(from: string, to: string): Promise<void> {
  const text = await readTextIfThere(path.join(from, 'info/alternates'))
  if (text === undefined) return
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'))
  await fs.writeFile(path.join(to, 'info/alternates'), lines.map((line) => `${path.resolve(from, line)}\n`).join(''))
}
