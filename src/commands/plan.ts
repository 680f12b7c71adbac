/** plan: what must change on the target so that it holds what an archive holds. Writes nothing there. */
import { planOnce, planStage } from '../engine'
import type { Command } from './command'
import { SETS } from './options'
import { runStage } from './stage'

export const plan: Command = {
  name: 'plan',
  describe: 'Tell what must change on the target so that it holds what the archive holds',
  options: [...SETS.base, ...SETS.source, ...SETS.target, ...SETS.transport, ...SETS.scope, 'rewrite', 'other_users', ...SETS.unseal, 'plan', 'resume', ...SETS.policy, ...SETS.serving],
  examples: ['st2upgrade plan --target-url https://new.example/api'],
  run: (args, machine) => runStage(args, machine, { source: 'optional', target: 'needed', run: 'of-archive' }, args.resume ? planOnce : planStage),
}
