/**
 * Serving packs while they are installed: the archive's histories, each as a repository whose only branch ends at the commit
 * to install. The installer clones all of it and looks for a branch that holds the commit, so there is just that one.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { EXIT, Refusal } from '../../core/exit-codes'
import { serveRepositories } from '../../system/git-server'
import type { Writing } from '../kind'
import { openBundle, packItems } from './bundles'
import type { PackItem } from './item'
import { servingAddress } from './serve-address'
import { serving } from './served'
import { awaitUnfinished } from './unfinished'

const PROBE_MS = 120_000

/** Starts what the writes of packs need. Throws a Refusal with exit 5 when the new instance does not reach this machine. */
export async function openPacks(writing: Writing): Promise<{ close(): Promise<void> }> {
  const writes = writing.changes.filter(({ action }) => action === 'create' || action === 'update')
  await awaitUnfinished(writing, writes.map(({ identity }) => identity))
  const served = writes.filter(({ details }) => details?.deliver === 'serve').map(({ identity }) => identity)
  if (served.length === 0) return { close: async () => undefined }
  const root = path.join(writing.workDir, 'served')
  await prepare(writing, root, served)
  const { settings, system, archive } = writing
  const server = await serveRepositories({ root, address: await servingAddress(writing), port: settings.servePort, token: system.randomHex(16) })
  try {
    await proveReachable(writing, server.url(served[0] as string))
  } catch (error) {
    await server.close()
    throw error
  }
  serving.set(archive, server)
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

/** Lets the new instance itself ask for the repository, before anything is written. */
async function proveReachable({ target }: Writing, url: string): Promise<void> {
  const end = await target.api.run('core.local', { cmd: `git ls-remote ${url}`, timeout: 60 }, { timeoutMs: PROBE_MS })
  if (end.status === 'succeeded') return
  const { stderr = '', error = '' } = (end.result ?? {}) as { stderr?: string; error?: string }
  const reason = `${stderr}\n${error}`.split('\n').map((line) => line.trim()).filter(Boolean).slice(-2).join('; ') || `core.local ended as ${end.status}`
  const { host } = new URL(url)
  throw new Refusal(
    `the new instance cannot get packs from this machine at http://${host}/: ${reason}`,
    `let it reach ${host} (firewall, routing), name another address of this machine with serve_address, or give a git host with git_template`,
    EXIT.blocked,
  )
}
