/** The published `st2` command line, in a virtual environment of its own: the tool that people would use otherwise. */
import * as path from 'path'
import { run, tokenOf, type Bench, type Instance, type Ran } from './tools'

export const ST2CLIENT = '3.9.0'

export interface St2 {
  version: string
  /** Runs `st2 ARGS` on an instance as a user whose token is at hand. */
  (args: string[], instance: Instance, options?: { user?: string; mayFail?: boolean }): Promise<Ran>
}

/** Installs the client; throws when Python or its package index is not there. */
export async function installSt2(bench: Bench): Promise<St2> {
  const venv = path.join(bench.dir, 'venv')
  await run('python3', ['-m', 'venv', venv])
  await run(path.join(venv, 'bin/pip'), ['install', '-q', '--disable-pip-version-check', `st2client==${ST2CLIENT}`])
  const { stdout } = await run(path.join(venv, 'bin/st2'), ['--version'])
  const call = async (args: string[], instance: Instance, options: { user?: string; mayFail?: boolean } = {}): Promise<Ran> => {
    const env = { ST2_API_URL: `${instance.apiUrl}/v1`, ST2_AUTH_URL: instance.authUrl, ST2_AUTH_TOKEN: await tokenOf(instance, options.user), HOME: bench.dir }
    return run(path.join(venv, 'bin/st2'), args, { env, mayFail: options.mayFail })
  }
  return Object.assign(call, { version: stdout.trim() })
}
