/** verify: reads every value back from the target and says item by item what differs. */
import { verifyStage } from '../engine'
import type { Command } from './command'
import { SETS } from './options'
import { runStage } from './stage'

export const verify: Command = {
  name: 'verify',
  describe: 'Read everything back from the target and prove that it holds what the archive holds',
  options: [...SETS.base, ...SETS.source, ...SETS.target, ...SETS.transport, ...SETS.scope, 'rewrite', 'other_users', ...SETS.unseal],
  examples: ['st2upgrade verify --target-url https://new.example/api'],
  run: (args, machine) => runStage(args, machine, { source: 'optional', target: 'needed', run: 'of-archive' }, verifyStage),
}
