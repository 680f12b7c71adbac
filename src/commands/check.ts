/** check: reads both instances and tells what stands in the way of a migration. Writes nothing. */
import { checkStage } from '../engine'
import type { Command } from './command'
import { SETS } from './options'
import { runStage } from './stage'

export const check: Command = {
  name: 'check',
  describe: 'Look at both instances and tell what stands in the way; writes nothing',
  options: [...SETS.base, ...SETS.source, ...SETS.target, ...SETS.transport, ...SETS.scope, 'other_users', ...SETS.policy, ...SETS.serving],
  examples: ['st2upgrade check --target-url https://new.example/api'],
  run: (args, machine) => runStage(args, machine, { source: 'needed', target: 'needed', run: 'new' }, checkStage),
}
