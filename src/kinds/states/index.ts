/**
 * The kind `states`: what is switched on and off. Staged: a quiet target gets them from activate. Facts: recordings overrides
 * and packs-register (a registration forgets what was switched through the API).
 */
import type { Kind } from '../kind'
import { compareStates, stateFingerprint, stateSchema, type StateItem } from './item'
import { listStates } from './list'
import { finishStates, openStates, removeState, restoreState, wavesOfStates, writeState } from './write'
import { weighState } from './weigh'

export type { StateItem } from './item'

export const states: Kind<StateItem> = {
  name: 'states',
  title: 'states (on or off)',
  after: ['packs', 'actions', 'rules', 'policies', 'aliases', 'overrides'],
  schema: stateSchema,
  plainSecrets: false,
  staged: true,
  sets: true,
  list: listStates,
  compare: async (source, target) => compareStates(source, target),
  fingerprint: stateFingerprint,
  weigh: weighState,
  maxConcurrent: 4,
  waves: wavesOfStates,
  open: openStates,
  write: writeState,
  finish: finishStates,
  remove: removeState,
  restore: restoreState,
}
