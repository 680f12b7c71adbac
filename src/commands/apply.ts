/** apply: carries out a plan on the target; run again, it goes on where it was. */
import { applyStage } from '../engine'
import type { Command } from './command'
import { SETS } from './options'
import { runStage } from './stage'

export const apply: Command = {
  name: 'apply',
  describe: 'Carry out the plan on the target; run again, it goes on where it was',
  options: [...SETS.base, ...SETS.source, ...SETS.target, ...SETS.transport, ...SETS.unseal, 'plan', 'other_users', 'concurrency', ...SETS.policy, ...SETS.serving],
  examples: ['st2upgrade apply --target-url https://new.example/api --allow-active'],
  run: (args, machine) => runStage(args, machine, { source: 'optional', target: 'needed', run: 'exported' }, applyStage),
}
