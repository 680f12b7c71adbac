/**
 * Git, as a program run without a shell and without anything of the machine's own settings: no user or system
 * configuration, no hooks, no prompt, no inherited GIT_* variables. Works from git 1.8 on (EL7). Callers hand in paths of
 * repositories that are their own: a repository found on an instance is copied first (git-copy.ts), never worked in.
 */
import type { ProcessOptions, ProcessResult, System } from './ports'

export interface GitOptions extends ProcessOptions {
  /** The repository; the working directory's when not given. */
  gitDir?: string
  workTree?: string
  indexFile?: string
  /** Text of the ssh command; only for remotes. */
  ssh?: string
}

export interface Git {
  /** Runs git; a code other than zero is an answer, not an error. */
  try(args: string[], options?: GitOptions): Promise<ProcessResult>
  /** Runs git and gives its output; throws {@link GitError} for a code other than zero. */
  run(args: string[], options?: GitOptions): Promise<Buffer>
  /** Like {@link run}, as text without the last line feed. */
  text(args: string[], options?: GitOptions): Promise<string>
}

export class GitError extends Error {
  constructor(
    readonly command: string,
    readonly stderr: string,
  ) {
    super(`git ${command}: ${lastLines(stderr)}`)
    this.name = 'GitError'
  }
}

/** The lines of git's error text that say what is wrong, on one line, credentials in URLs blotted out. */
export function lastLines(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim()).filter(Boolean)
  const telling = lines.filter((line) => /^(fatal|error|remote|ERROR|! )/.test(line))
  return withoutCredentials((telling.length > 0 ? telling : lines).slice(-3).join('; ') || 'it failed without a word')
}

const withoutCredentials = (text: string): string => text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/@\s'"]+@/gi, '$1***@')

/**
 * `ownSettings`: the user's git configuration and ssh keys count, for pushing to the operator's git host; else git behaves
 * as on a fresh machine. Every call throws a Refusal when git is not installed or takes too long.
 */
export function createGit(system: Pick<System, 'processes' | 'env'>, { ownSettings = false } = {}): Git {
  const base = { ...withoutInherited(system.env), ...QUIET, ...(ownSettings ? {} : ISOLATED) }
  const attempt = (args: string[], { gitDir, workTree, indexFile, ssh, env, ...rest }: GitOptions = {}): Promise<ProcessResult> => {
    const own = { GIT_DIR: gitDir, GIT_WORK_TREE: workTree, GIT_INDEX_FILE: indexFile, GIT_SSH_COMMAND: ssh }
    const given = Object.fromEntries(Object.entries(own).filter((entry): entry is [string, string] => entry[1] !== undefined))
    return system.processes.run('git', [...SETTINGS, ...args], { ...rest, env: { ...base, ...given, ...env } })
  }
  const run = async (args: string[], options?: GitOptions): Promise<Buffer> => {
    const { code, stdout, stderr } = await attempt(args, options)
    if (code !== 0) throw new GitError(args.find((arg) => !arg.startsWith('-')) ?? '', stderr)
    return stdout
  }
  return { try: attempt, run, text: async (args, options) => (await run(args, options)).toString('utf8').replace(/\n$/, '') }
}

/** What a repository's own configuration or the build of git could otherwise decide. */
const SETTINGS = [
  ...['core.fileMode=false', 'core.autocrlf=false', 'core.safecrlf=false', 'core.hooksPath=/dev/null', 'core.fsmonitor=false'],
  ...['core.quotePath=false', 'gc.auto=0', 'maintenance.auto=false', 'pack.threads=1', 'commit.gpgSign=false', 'advice.detachedHead=false'],
].flatMap((setting) => ['-c', setting])

const QUIET = { LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: 'true', SSH_ASKPASS: 'true', GIT_OPTIONAL_LOCKS: '0', GIT_PAGER: 'cat' }
const ISOLATED = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', HOME: '/dev/null', XDG_CONFIG_HOME: '/dev/null', GIT_ATTR_NOSYSTEM: '1' }

/** Takes away what a git hook or a user may have set for other repositories: programs start with this process's environment. */
function withoutInherited(env: System['env']): Record<string, string> {
  const names = Object.keys(env).filter((name) => name.startsWith('GIT_') && name !== 'GIT_EXEC_PATH')
  return Object.fromEntries(names.map((name) => [name, undefined])) as unknown as Record<string, string>
}
