/** Runs git for the installer: without a shell, without a question to a terminal, without blocking the server. */
import { execFile } from 'child_process'

/** Git ended with an error; the text has the form in which StackStorm's installer reports it. */
class GitError extends Error {
  constructor(
    args: readonly string[],
    readonly code: number,
    readonly stderr: string,
  ) {
    super(`Cmd('git') failed due to: exit code(${code})\n  cmdline: git ${args.join(' ')}\n  stderr: '${stderr}'`)
  }
}

/** The time limit of StackStorm's Python runner. */
const TIMEOUT_MS = 600_000

/** Output of `git <args>` in `cwd`, without the line feeds at its end. Throws {@link GitError}. */
export function git(cwd: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('git', args, { cwd, env: gitEnvironment(process.env), maxBuffer: 64 << 20, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout.replace(/\n+$/, ''))
      reject(typeof error.code === 'number' ? new GitError(args, error.code, stderr) : new Error(error.message))
    })
  })
}

/** Like {@link git}, undefined instead of an error of git. */
export async function tryGit(cwd: string, ...args: string[]): Promise<string | undefined> {
  try {
    return await git(cwd, ...args)
  } catch (error) {
    if (error instanceof GitError) return undefined
    throw error
  }
}

/**
 * The caller's environment without what would lead git to another repository (a hook's GIT_DIR for example). `safe.directory`
 * is set because pack directories and local sources may belong to another user; hooks of this machine's user have no part in it.
 */
export function gitEnvironment(base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env = Object.fromEntries(Object.entries(base).filter(([name]) => !name.startsWith('GIT_') || name.startsWith('GIT_SSH') || name === 'GIT_SSL_CAINFO'))
  return {
    ...env,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/echo',
    GIT_CONFIG_COUNT: '3',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
    GIT_CONFIG_KEY_1: 'advice.detachedHead',
    GIT_CONFIG_VALUE_1: 'false',
    GIT_CONFIG_KEY_2: 'core.hooksPath',
    GIT_CONFIG_VALUE_2: '/dev/null',
    LC_ALL: 'C',
  }
}
