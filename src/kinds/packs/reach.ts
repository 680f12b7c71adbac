/** What the new instance itself reaches: asked through its own core.local, before the first write. */
import { isSt2Error } from '../../st2/errors'
import { EXIT, Refusal } from '../../core/exit-codes'
import type { Writing } from '../kind'

/** Seconds for one remote, over there. */
const SECONDS = 30

interface LocalResult {
  stdout?: string
  stderr?: string
  error?: string
}

/** Throws a Refusal with exit 5 when the new instance cannot list the repository that this machine serves at `url`. */
export async function proveReachable(writing: Writing, url: string): Promise<void> {
  const end = await local(writing, `GIT_TERMINAL_PROMPT=0 timeout ${SECONDS} git ls-remote ${quoted(url)}`, 1)
  if (end.status === 'succeeded') return
  const { stderr = '', error = '' } = end.result
  const reason = `${stderr}\n${error}`.split('\n').map((line) => line.trim()).filter(Boolean).slice(-2).join('; ') || `core.local ended as ${end.status}`
  const { host } = new URL(url)
  throw new Refusal(
    `the new instance cannot get packs from this machine at http://${host}/: ${reason}`,
    `let it reach ${host} (firewall, routing), name another address of this machine with serve_address, or give a git host with git_template`,
    EXIT.blocked,
  )
}

/** Those of the remotes that the new instance cannot list; none when it could not be asked. */
export async function unreachableFromTarget(writing: Writing, urls: string[]): Promise<string[]> {
  if (urls.length === 0) return []
  const asks = urls.map((url, i) => `timeout ${SECONDS} git ls-remote -q ${quoted(url)} HEAD >/dev/null 2>&1 || echo unreachable-${i}`)
  const said = await askedThere(writing, asks, 'whether it reaches the origins of packs')
  return urls.filter((_url, i) => new RegExp(`\\bunreachable-${i}\\b`).test(said))
}

export interface Pushed {
  url: string
  branch: string
  /** The commit that the branch must end at. */
  ref: string
}

/** Which of the pushed packs (by index) the new instance does not find on the git host; empty when it could not be asked. */
export async function onGitHost(writing: Writing, packs: Pushed[]): Promise<Map<number, 'unreachable' | 'missing'>> {
  if (packs.length === 0) return new Map()
  const asks = packs.map(({ url, branch, ref }, i) => `if found=$(timeout ${SECONDS} git ls-remote -q ${quoted(url)} ${quoted(`refs/heads/${branch}`)} 2>/dev/null); then case "$found" in ${ref}*) ;; *) echo missing-${i};; esac; else echo unreachable-${i}; fi`)
  const said = await askedThere(writing, asks, 'whether the packs are on the git host')
  return new Map([...said.matchAll(/^(unreachable|missing)-(\d+)$/gm)].map(([, why, i]) => [Number(i), why as 'unreachable' | 'missing']))
}

/** What commands said over there; nothing, with a warning, when it could not be asked. */
async function askedThere(writing: Writing, asks: string[], what: string): Promise<string> {
  const end = await local(writing, `export GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND='ssh -o BatchMode=yes'; git --version >/dev/null || exit 1; ${asks.join('; ')}`, asks.length)
  if (end.status === 'succeeded') return `${end.result.stdout ?? ''}`
  writing.system.progress.warn(`the new instance could not be asked ${what} (core.local ended as ${end.status})`)
  return ''
}

async function local({ target }: Writing, cmd: string, remotes: number): Promise<{ status: string; result: LocalResult }> {
  const timeout = SECONDS * remotes + 30
  try {
    const { status, result } = await target.api.run('core.local', { cmd, timeout }, { timeoutMs: (timeout + 60) * 1000 })
    return { status, result: asResult(result) }
  } catch (error) {
    // Disabled, or not allowed for this user.
    if (isSt2Error(error, 'bad_request', 'forbidden', 'not_found')) return { status: 'refused', result: { stderr: error.message } }
    throw error
  }
}

const asResult = (result: unknown): LocalResult => (typeof result === 'object' && result !== null ? result : {})

/** One word for a shell. */
const quoted = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`
