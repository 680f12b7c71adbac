/**
 * This pack on the target: what takes the files there. It comes from a URL that was given, else from this machine, served over
 * git-over-HTTP while it is installed, in the very state that runs here.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { EXIT, Refusal } from '../../core/exit-codes'
import type { Instance, Settings } from '../../kinds/kind'
import { isLoopback, servingAddress } from '../../kinds/packs/serve-address'
import { keepingRunners } from '../../kinds/states/runners'
import { createGit } from '../../system/git'
import { serveRepositories } from '../../system/git-server'
import type { System } from '../../system/ports'

const OWN = 'st2upgrade'
const INSTALL_MS = 30 * 60_000

/** Where this pack can be had. */
export interface OwnPackOrigin {
  /** The directory of this pack here; undefined where the program runs alone. */
  packDir?: string
  /** A git URL for packs.install, with `=REF` if wanted. */
  packUrl?: string
}

interface OwnPack {
  origin: OwnPackOrigin
  system: System
  target: Instance
  settings: Settings
  /** Version of this tool. */
  tool: string
  workDir: string
}

/** What was done to the pack on the target, and the line that tells it. */
interface Put {
  pack: 'there' | 'installed' | 'replaced'
  told: string
}

/** Sees to it that the target has this pack in this version. */
export async function putOwnPack(options: OwnPack): Promise<Put> {
  const { target, tool, origin } = options
  await refuseWithoutNode(options)
  const there = await target.api.find<{ version?: string }>(`/v1/packs/${OWN}`)
  if (there?.version === tool) return { pack: 'there', told: `pack ${OWN} ${tool} was on the target already` }
  if (origin.packUrl !== undefined) await install(options, origin.packUrl)
  else await installServed(options)
  const now = await target.api.find<{ version?: string }>(`/v1/packs/${OWN}`)
  if (now?.version !== tool) throw new Refusal(`what was installed on ${target.url} is ${OWN} ${now?.version ?? 'of no version'}, not ${tool}`, `name with pack_url where ${tool} can be had, for example URL=v${tool}`, EXIT.blocked)
  return there ? { pack: 'replaced', told: `pack ${OWN} ${there.version ?? ''} on the target was replaced by ${tool}` } : { pack: 'installed', told: `pack ${OWN} ${tool} was installed on the target` }
}

/** Takes the pack away again, by StackStorm's own action. */
export async function leaveOwnPack({ api, url }: Instance): Promise<void> {
  const { id, status } = await api.run('packs.uninstall', { packs: [OWN] }, { timeoutMs: INSTALL_MS })
  if (status !== 'succeeded') throw new Refusal(`pack ${OWN} could not be uninstalled on ${url}: execution ${id} ended as ${status}`, `look at: st2 execution get ${id}`, EXIT.failed)
}

/** The places where the program's own launcher looks. */
const NODES = '/var/lib/st2upgrade/node/bin/node "$(command -v node)" "$(command -v nodejs)" /usr/local/bin/node /usr/bin/node /usr/local/lib/nodejs/*/bin/node /opt/node*/bin/node /opt/rh/rh-nodejs*/root/usr/bin/node'

/** Asked before anything is installed there. An instance that cannot be asked is not held up: the next step tells. */
async function refuseWithoutNode({ target, system }: OwnPack): Promise<void> {
  const cmd = `for node in ${NODES}; do [ -n "$node" ] && [ -x "$node" ] && echo "node $("$node" --version)"; done; true`
  const end = await target.api.run('core.local', { cmd }, { timeoutMs: 120_000 }).catch(() => undefined)
  const said = (end?.result as { stdout?: unknown } | undefined)?.stdout
  if (end?.status !== 'succeeded') return system.progress.warn('the target could not be asked whether Node.js is there (core.local)')
  if ([...`${said as string}`.matchAll(/^node v(\d+)\.(\d+)/gm)].some(([, major, minor]) => Number(major) > 14 || (Number(major) === 14 && Number(minor) >= 18))) return
  throw new Refusal(
    `there is no Node.js 14.18 or newer on the host of ${target.url}`,
    'install one there (or put it into /var/lib/st2upgrade/node), or copy the archive over and place the files by hand',
    EXIT.blocked,
  )
}

/** Registering a pack switches runners on that were off on the target. */
const install = ({ target }: OwnPack, spec: string): Promise<void> => keepingRunners(target, () => installPack(target, spec))

async function installPack(target: Instance, spec: string): Promise<void> {
  const { execution_id: id } = await target.api.post<{ execution_id: string }>('/v1/packs/install', { packs: [spec], skip_dependencies: true })
  const { status } = await target.api.waitFor(id, { timeoutMs: INSTALL_MS })
  if (status !== 'succeeded') throw new Refusal(`pack ${OWN} could not be installed on ${target.url}: execution ${id} ended as ${status}`, `look at: st2 execution get ${id}; or name where it can be had with pack_url=URL`)
}

async function installServed(options: OwnPack): Promise<void> {
  const { settings, target, system, origin: { packDir } } = options
  const address = await servingAddress({ settings, target })
  if (packDir === undefined || !(settings.servePacks || isLoopback(address))) {
    throw new Refusal(`pack ${OWN} is not on ${target.url}`, `install it there (st2 pack install), name where it can be had with pack_url=URL, let this machine serve it at ${address} with serve_packs=true, or give api_only=true: then what belongs into files is left for a person`, EXIT.blocked)
  }
  const root = path.join(options.workDir, 'own-pack')
  await repositoryOf(packDir, root, system)
  const server = await serveRepositories({ root, address, port: settings.servePort, token: system.randomHex(16) })
  try {
    await install(options, server.url(OWN))
  } finally {
    await server.close()
  }
}

/** One commit of what lies in the pack's directory, less what git is told to ignore there. */
async function repositoryOf(packDir: string, root: string, system: System): Promise<void> {
  const repo = path.join(root, `${OWN}.git`)
  await fs.rm(root, { recursive: true, force: true })
  await fs.mkdir(root, { recursive: true, mode: 0o700 })
  const git = createGit(system)
  await git.run(['init', '--quiet', '--bare', '--template=', repo])
  const at = { gitDir: repo, workTree: packDir, cwd: packDir }
  await git.run(['-c', 'core.bare=false', '-c', 'core.fileMode=true', 'add', '--all', '.'], at)
  await git.run(['-c', 'core.bare=false', '-c', `user.name=${OWN}`, '-c', `user.email=${OWN}@localhost`, 'commit', '--quiet', '--message', `${OWN} as it runs on the machine that serves it`], at)
  await git.run(['update-server-info'], { gitDir: repo })
}
