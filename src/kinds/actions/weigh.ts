/** What a plan says about an action that was made through the API: whether its pack and runner will be there. */
import type { Difference } from '../../core/model'
import { manual, packProspect, throughPack, unfaithful } from '../content/weigh'
import type { Verdict, Weighing } from '../kind'
import type { ActionItem } from './item'

/** StackStorm lets nobody make or change what belongs to it. */
const PROTECTED = 'core'

export async function weighAction(source: ActionItem, _target: ActionItem | undefined, _differences: Difference[], weighing: Weighing): Promise<Verdict | undefined> {
  return unfaithful(source) ?? protectedPack(source) ?? (await withoutPack(source, weighing)) ?? (await withoutRunner(source, weighing)) ?? (await throughPack(source, weighing))
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
