/** publish: pushes the packs' histories to where the plan says that the target installs them from. */
import { publishStage } from '../engine'
import type { Command } from './command'
import { SETS } from './options'
import { runStage } from './stage'

export const publish: Command = {
  name: 'publish',
  describe: 'Push the packs to the git URLs from which the plan installs them',
  options: [...SETS.base, ...SETS.target, ...SETS.transport, ...SETS.unseal, 'plan', ...SETS.serving],
  examples: ['st2upgrade publish --git-template git@git.example.org:stackstorm/{pack}.git'],
  run: (args, machine) => runStage(args, machine, { source: 'no', target: 'optional', run: 'exported' }, publishStage),
}
