/** Writes a pack's small history as a bare git repository: one `git fast-import`, so that the same history has the same commits everywhere. */
import { spawn } from 'child_process'
import type { Files, PackCommit } from './packs'

const WHO = 'Operations <operations@example.org>'
/** 2024-03-04 09:00 UTC: the first commit; each later one comes a day after the one before. */
const FIRST_COMMIT = 1_709_542_800
const DAY = 86_400

/** Makes `directory` a bare repository that holds `history` and can be served as plain files. Needs git; throws with what it said. */
export async function writeRepository(directory: string, history: readonly PackCommit[]): Promise<void> {
  await git(['init', '-q', '--bare', directory])
  await git(['-C', directory, 'symbolic-ref', 'HEAD', 'refs/heads/main'])
  await git(['-C', directory, 'fast-import', '--quiet'], importStream(history))
  await git(['-C', directory, 'update-server-info'])
}

function importStream(history: readonly PackCommit[]): Buffer {
  const parts: Buffer[] = []
  const line = (text: string): void => void parts.push(Buffer.from(`${text}\n`))
  const data = (content: string | Buffer): void => {
    const bytes = Buffer.from(content as string)
    line(`data ${bytes.length}`)
    parts.push(bytes, Buffer.from('\n'))
  }
  history.forEach((commit, i) => {
    line('commit refs/heads/main')
    line(`mark :${i + 1}`)
    line(`committer ${WHO} ${FIRST_COMMIT + i * DAY} +0000`)
    data(`${commit.message}\n`)
    for (const [path, content] of Object.entries(commit.files)) {
      line(`M ${isScript(content) ? '100755' : '100644'} inline ${path}`)
      data(content)
    }
  })
  history.forEach((commit, i) => {
    for (const ref of commit.refs ?? []) {
      const tag = /^refs\/tags\/(.+)$/.exec(ref)?.[1]
      line(tag === undefined ? `reset ${ref}` : `tag ${tag}`)
      line(`from :${i + 1}`)
      if (tag === undefined) continue
      line(`tagger ${WHO} ${FIRST_COMMIT + i * DAY} +0000`)
      data(`Release ${tag}\n`)
    }
  })
  line('done')
  return Buffer.concat(parts)
}

/** A text that begins like a script is one: it gets the executable bit. */
export function isScript(content: string | Buffer): boolean {
  return Buffer.from(content as string).slice(0, 2).toString('latin1') === '#!'
}

/** All files as they are after the last commit that `upTo` names, or at the end. */
export function filesAt(history: readonly PackCommit[], upTo?: string): Files {
  const last = upTo === undefined ? history.length - 1 : history.findIndex((commit) => commit.refs?.some((ref) => ref.endsWith(`/${upTo}`)))
  return Object.assign({}, ...history.slice(0, last + 1).map((commit) => commit.files)) as Files
}

function git(args: string[], input?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    // No configuration of this machine or this user may change what is written.
    const env = { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', HOME: '/nonexistent', LC_ALL: 'C' }
    const child = spawn('git', args, { env, stdio: ['pipe', 'ignore', 'pipe'] })
    const said: Buffer[] = []
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
    child.on('error', reject)
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`git ${args.join(' ')}: ${Buffer.concat(said).toString()}`))))
  })
}
