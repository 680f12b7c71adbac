/**
 * Serving packs while they are installed: the archive's histories, each as a repository whose only branch ends at the commit
 * to install. The installer clones all of it and looks for a branch that holds the commit, so there is just that one.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { EXIT, Refusal } from '../../core/exit-codes'
import type { Change } from '../../core/model'
import { serveRepositories } from '../../system/git-server'
import type { Writing } from '../kind'
import { openBundle, packItems } from './bundles'
import type { PackItem } from './item'
import { onGitHost, proveReachable, unreachableFromTarget, type Pushed } from './reach'
import { isLoopback, servingAddress } from './serve-address'
import { serving } from './served'
import { awaitUnfinished } from './unfinished'

interface Open {
  close(): Promise<void>
}

/** Starts what the writes of packs need. Throws a Refusal with exit 5 when the new instance does not reach what it installs from. */
export async function openPacks(writing: Writing): Promise<Open> {
  const writes = writing.changes.filter(({ action }) => action === 'create' || action === 'update')
  await awaitUnfinished(writing, writes)
  await refuseUnpublished(writing, writes)
  const served = writes.filter(({ details }) => details?.deliver === 'serve').map(({ identity }) => identity)
  const refs = [...served, ...(await cutOff(writing, writes))]
  return refs.length === 0 ? { close: async () => undefined } : serve(writing, refs)
}

/**
 * What is to be installed from the operator's git host must be there, as the new instance sees it. A host that it cannot read
 * is only warned of: installs run as another user there than the one that was asked, perhaps with another ssh key.
 */
async function refuseUnpublished(writing: Writing, writes: Change[]): Promise<void> {
  const pushed = writes.filter(({ details }) => details?.deliver === 'template')
  const found = await onGitHost(writing, pushed.map(({ details }) => details as unknown as Pushed))
  const list = (state: 'unreachable' | 'missing'): string => pushed.filter((_change, i) => found.get(i) === state).map(({ identity, details }) => `${identity} (${String(details?.url)})`).join(', ')
  if (list('unreachable') !== '') writing.system.progress.warn(`the user that runs core.local on the new instance cannot read the git host: ${list('unreachable')}`)
  if (list('missing') === '') return
  throw new Refusal(`not on the git host yet: ${list('missing')}`, `push them first: st2upgrade publish --run ${writing.settings.run}`, EXIT.blocked)
}

/** Packs whose origin this machine reaches but the new instance does not: served too, where that is allowed. */
async function cutOff(writing: Writing, writes: Change[]): Promise<string[]> {
  const fromOrigin = writes.filter(({ details }) => details?.deliver === 'origin')
  const urlOf = (change: Change): string => String(change.details?.url)
  const unreachable = new Set(await unreachableFromTarget(writing, [...new Set(fromOrigin.map(urlOf))]))
  const changes = fromOrigin.filter((change) => unreachable.has(urlOf(change)))
  if (changes.length === 0) return []
  const list = changes.map((change) => `${change.identity} (${urlOf(change)})`).join(', ')
  if (writing.settings.servePacks || isLoopback(await servingAddress(writing))) {
    writing.system.progress.warn(`the new instance does not reach the origin of ${list}: served from this machine instead`)
    return changes.map(({ identity }) => identity)
  }
  throw new Refusal(
    `the new instance does not reach the origin of ${list}`,
    'let it reach them (network; for ssh the key of the user that runs core.local), or allow serve_packs=true: this machine then serves them itself',
    EXIT.blocked,
  )
}

async function serve(writing: Writing, refs: string[]): Promise<Open> {
  const root = path.join(writing.workDir, 'served')
  await prepare(writing, root, refs)
  const { settings, system, archive } = writing
  const server = await serveRepositories({ root, address: await servingAddress(writing), port: settings.servePort, token: system.randomHex(16) })
  try {
    await proveReachable(writing, server.url(refs[0] as string))
  } catch (error) {
    await server.close()
    throw error
  }
  serving.set(archive, { server, refs: new Set(refs) })
  return {
    close: async () => {
      serving.delete(archive)
      await server.close()
    },
  }
}

async function prepare(writing: Writing, root: string, refs: string[]): Promise<void> {
  await fs.rm(root, { recursive: true, force: true })
  await fs.mkdir(root, { recursive: true, mode: 0o700 })
  const items = await packItems(writing.archive)
  for (const ref of refs) await prepareOne(writing, items.get(ref) as PackItem, path.join(root, `${ref}.git`))
}

async function prepareOne(writing: Writing, item: PackItem, repo: string): Promise<void> {
  const { git, repo: from } = await openBundle(writing, item.ref)
  const branch = `refs/heads/${item.branch ?? 'main'}`
  await git.run(['init', '--quiet', '--bare', '--template=', repo])
  await git.run(['fetch', '--quiet', '--no-tags', from, `+${item.bundleRef}:${branch}`, '+refs/tags/*:refs/tags/*'], { gitDir: repo })
  await git.run(['symbolic-ref', 'HEAD', branch], { gitDir: repo })
  await git.run(['repack', '-a', '-d', '-q'], { gitDir: repo })
  await git.run(['update-server-info'], { gitDir: repo })
}
