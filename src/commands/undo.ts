/** undo: takes back what the applies of a run have done to the target. */
import { undoStage } from '../engine'
import type { Command } from './command'
import { SETS } from './options'
import { runStage } from './stage'

export const undo: Command = {
  name: 'undo',
  describe: 'Take back what the applies of a run have done to the target; what somebody changed since is left and listed',
  options: [...SETS.base, 'dry_run', ...SETS.source, ...SETS.target, ...SETS.transport, ...SETS.unseal, 'other_users', 'concurrency', 'api_only'],
  required: ['run'],
  examples: ['st2upgrade undo --run 20240102-030405-1a2b3c --target-url https://new.example/api --dry-run'],
  run: (args, machine) => runStage(args, machine, { source: 'optional', target: 'needed', run: 'latest' }, undoStage),
}
