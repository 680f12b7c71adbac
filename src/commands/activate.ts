/** activate: what the run brought is switched on and off as it was on the source. */
import { activateStage } from '../engine'
import type { Command } from './command'
import { SETS } from './options'
import { runStage } from './stage'

export const activate: Command = {
  name: 'activate',
  describe: 'Switch everything on the target on and off as it was on the source; run again, it goes on where it was',
  options: [...SETS.base, 'dry_run', 'packs', ...SETS.source, ...SETS.target, ...SETS.transport, ...SETS.unseal, 'other_users', 'concurrency'],
  examples: ['st2upgrade activate --target-url https://new.example/api --dry-run', 'st2upgrade activate --packs deploy,tickets'],
  run: (args, machine) => runStage(args, machine, { source: 'optional', target: 'needed', run: 'exported' }, activateStage),
}
