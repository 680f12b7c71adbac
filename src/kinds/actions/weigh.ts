/** What a plan says about an action that was made through the API: whether its pack and runner will be there. */
import { sha256 } from '../../core/canonical'
import type { Difference } from '../../core/model'
import { manual, packProspect, telling, throughPack, unfaithful } from '../content/weigh'
import { conflictPolicy, type Verdict, type Weighing } from '../kind'
import { readActionFile } from './files'
import type { ActionItem } from './item'

/** StackStorm lets nobody make or change what belongs to it. */
const PROTECTED = 'core'

export async function weighAction(source: ActionItem, target: ActionItem | undefined, _differences: Difference[], weighing: Weighing): Promise<Verdict | undefined> {
  return unfaithful(source) ?? protectedPack(source) ?? (await withoutPack(source, weighing)) ?? (await withoutRunner(source, weighing)) ?? (await overFiles(source, target, await throughPack(source, weighing), weighing))
}

/** Of an action that is not there, files may be: other ones in the places of its own are a conflict as the action itself would be. */
async function overFiles(source: ActionItem, target: ActionItem | undefined, verdict: Verdict | undefined, weighing: Weighing): Promise<Verdict | undefined> {
  const others = target ? {} : await otherFiles(source, weighing)
  const names = Object.keys(others)
  if (names.length === 0) return verdict
  const policy = conflictPolicy(weighing.settings, 'actions')
  const note = `other files lie in the pack there in the place of its own: ${names.map((name) => `actions/${name}`).join(', ')}`
  return policy === 'overwrite' ? { ...telling(verdict ?? {}, `${note}: they are replaced`), details: { replaces: others } } : { action: policy === 'skip' ? 'skip' : 'conflict', note }
}

/** By path, their hashes. */
async function otherFiles({ pack, files }: ActionItem, { target }: Weighing): Promise<Record<string, string>> {
  const others: Record<string, string> = {}
  for (const { path, sha256: hash } of files) {
    const found = await readActionFile(target, pack, path)
    const there = typeof found === 'object' ? sha256(found.bytes) : hash
    if (there !== hash) others[path] = there
  }
  return others
}

function protectedPack({ pack }: ActionItem): Verdict | undefined {
  return pack === PROTECTED ? manual(`StackStorm lets nobody make or change what belongs to pack ${PROTECTED}`, 'make it in another pack') : undefined
}

/** An action's pack must be on the disk there. */
async function withoutPack({ pack }: ActionItem, weighing: Weighing): Promise<Verdict | undefined> {
  if ((await packProspect(pack, weighing)) !== 'nowhere') return undefined
  return manual(`its pack ${pack} is neither part of this plan nor on the new instance`, `install pack ${pack} on the new instance, then plan again; or plan its kind packs too`)
}

async function withoutRunner({ runner_type: runner }: ActionItem, { target }: Weighing): Promise<Verdict | undefined> {
  if (await target.api.find(`/v1/runnertypes/${encodeURIComponent(runner)}`)) return undefined
  return manual(`the new instance has no runner ${runner}`, 'install the Python package of this runner there and register it (st2ctl reload --register-runners), then plan again')
}
