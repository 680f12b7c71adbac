/** packs.get: what a pack's metadata and its checkout say. Knowledge: recording packs-install. */
import * as fs from 'fs'
import * as path from 'path'
import { parseYaml } from '../content/yaml'
import { git, tryGit } from './git'

interface InstalledPack {
  pack: unknown
  git_status: string | null
}

/** `branch` is the origin's branch that HEAD is compared with. */
export async function describeInstalled(directory: string, name: string, branch: string): Promise<InstalledPack> {
  if (!fs.existsSync(directory)) return { pack: null, git_status: null }
  const file = path.join(directory, 'pack.yaml')
  if (!fs.existsSync(file)) throw new Error(`Pack "${name}" doesn't contain pack.yaml file.`)
  return { pack: parseMetadata(file, name), git_status: await gitStatus(directory, branch) }
}

function parseMetadata(file: string, name: string): unknown {
  try {
    return parseYaml(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`Pack "${name}" doesn't contain a valid pack.yaml file: ${(error as Error).message}`)
  }
}

/** Null without a checkout. The numbers of commits are never filled in: StackStorm prints the bare `%s`. */
async function gitStatus(directory: string, branch: string): Promise<string | null> {
  const top = await tryGit(directory, 'rev-parse', '--show-toplevel')
  if (top === undefined || fs.realpathSync(top) !== fs.realpathSync(directory)) return null
  const [state = ''] = (await git(directory, 'status')).split('\n')
  const remotes = (await git(directory, 'remote')).split('\n').filter(Boolean)
  const urls = await Promise.all(remotes.map((remote) => git(directory, 'config', '--get', `remote.${remote}.url`)))
  const text = `Status:\n${state}\n\nRemotes:\n${urls.join('\n')}`
  const [ahead, behind] = (await git(directory, 'rev-list', '--left-right', '--count', `HEAD...origin/${branch}`)).split(/\s+/)
  if (ahead === '0' && behind === '0') return text
  const parts = [ahead !== '0' ? '%s commits ahead ' : '', ahead !== '0' && behind !== '0' ? 'and ' : '', behind !== '0' ? '%s commits behind ' : '']
  return `${text}\n\n${parts.join('')}origin/master.`
}
