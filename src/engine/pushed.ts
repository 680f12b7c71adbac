/**
 * What a run has pushed to git hosts, in its directory: no undo takes it back (others may have cloned it, and the target's packs
 * name it as their origin), so that it is told, with the command that removes it. Written before each push: a kill loses nothing.
 */
import { writeDurable } from '../system/durable'
import { readTextIfThere } from '../system/text-files'
import type { Run } from './runs'

export interface Push {
  pack: string
  url: string
  /** Full names: `refs/heads/st2upgrade/r1`. */
  refs: string[]
  /** False for one that failed or was cut off: whether the host has it is not known. */
  sure: boolean
}

const FILE = 'pushed.json'

export async function pushedBy(run: Pick<Run, 'at'>): Promise<Push[]> {
  const text = await readTextIfThere(run.at(FILE))
  return text === undefined ? [] : (JSON.parse(text) as Push[])
}

/** A ref of which one push is sure stays so. */
export async function notePush(run: Pick<Run, 'at'>, { pack, url, refs, sure }: Push): Promise<void> {
  const all = await pushedBy(run)
  const known = all.find((one) => one.pack === pack && one.url === url)
  const now: Push = { pack, url, refs: [...new Set([...(known?.refs ?? []), ...refs])].sort(), sure: sure || (known?.sure ?? false) }
  await writeDurable(run.at(FILE), `${JSON.stringify([...all.filter((one) => one !== known), now], null, 2)}\n`)
}

/** `netops at https://git.example.org/netops.git: branch st2upgrade/r1, tag st2upgrade-r1`. */
export const pushText = ({ pack, url, refs, sure }: Push): string => `${pack} at ${url}: ${refs.map(shortRef).join(', ')}${sure ? '' : ' (perhaps: the push failed or was cut off)'}`

/** What a person runs when nothing is installed from there any more. */
export const removal = ({ url, refs }: Push): string => `git push ${/[^\w.:/@+~-]/.test(url) ? `'${url.replace(/'/g, `'\\''`)}'` : url} --delete ${refs.join(' ')}`

function shortRef(ref: string): string {
  return ref.startsWith('refs/tags/') ? `tag ${ref.slice('refs/tags/'.length)}` : `branch ${ref.replace(/^refs\/heads\//, '')}`
}

const TOLD = 5

/** Lines for an answer: what stays on git hosts, and how to remove the first of it. */
export function pushLines(pushes: readonly Push[], what: string): string[] {
  if (pushes.length === 0) return []
  const more = pushes.length - TOLD
  return [
    ...pushes.slice(0, TOLD).map((push) => `${what} ${pushText(push)}`),
    ...(more > 0 ? [`... and ${more} more, in ${FILE} of the run`] : []),
    `no undo takes a push back; once no pack is installed from there, in any git repository: ${removal(pushes[0]!)}`,
  ]
}
