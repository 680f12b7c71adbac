/** Undo of the overrides files that an activation has put states into: also of packs whose states needed no other write. */
import { giveBack, keptPacks, ownStatesFiles } from '../kinds/states/kept-files'
import type { OverridePlace } from '../kinds/states/override-place'
import type { Undoing, UndoStep } from './undoing'

const placeOf = ({ target, context }: Undoing): OverridePlace | undefined => target.files && { files: target.files, system: context.system }

async function filesOf(undoing: Undoing): Promise<string[]> {
  const place = placeOf(undoing)
  return place ? ownStatesFiles(place, undoing.run.record.run, undoing.keepDir) : []
}

export const undoStatesFiles: UndoStep = {
  name: 'states in overrides',
  when: 'first',
  look: async (undoing) => (await filesOf(undoing)).map((pack) => `the states in the overrides file ${pack}.yaml`),
  inFiles: async ({ keepDir }) => (await keptPacks(keepDir)).map((pack) => ({ identity: `states in ${pack}.yaml` })),
  undo: async (undoing) => {
    for (const pack of await filesOf(undoing)) await giveBack(placeOf(undoing)!, pack, undoing.run.record.run, undoing.keepDir)
    return []
  },
}
