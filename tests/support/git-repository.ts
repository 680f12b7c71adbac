/** Real git repositories for tests of installs, made in a temporary folder. */
import { execFileSync } from 'child_process'
import * as fs from 'fs'
import * as path from 'path'

const IDENTITY = ['-c', 'user.name=demo', '-c', 'user.email=demo@example.org', '-c', 'commit.gpgsign=false', '-c', 'init.defaultBranch=master']

/** Output of git in a folder. */
export function gitIn(directory: string, ...args: string[]): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')))
  return execFileSync('git', [...IDENTITY, '-C', directory, ...args], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

export function writeFiles(directory: string, files: Record<string, string | Buffer>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
  }
}

/** A repository on branch `master` with one commit of these files; answers its folder. */
export function makeRepository(parent: string, name: string, files: Record<string, string | Buffer>): string {
  const directory = path.join(parent, name)
  fs.mkdirSync(directory, { recursive: true })
  gitIn(directory, 'init', '-q')
  commitFiles(directory, files, 'first')
  return directory
}

/** Adds a commit; answers its hash. */
export function commitFiles(directory: string, files: Record<string, string | Buffer>, message: string): string {
  writeFiles(directory, files)
  gitIn(directory, 'add', '-A')
  gitIn(directory, 'commit', '-q', '-m', message)
  return gitIn(directory, 'rev-parse', 'HEAD')
}

export function packYaml(ref: string, more = ''): string {
  return `---\nref: ${ref}\nname: ${ref}\ndescription: a pack\nversion: 1.0.0\npython_versions: ["3"]\nauthor: Demo\nemail: demo@example.org\n${more}`
}
