/** export: everything that the source holds, into one archive. */
import { exportOnce, exportStage, withOwnSeal } from '../engine'
import type { Command } from './command'
import { SETS } from './options'
import { runStage } from './stage'

export const exportCommand: Command = {
  name: 'export',
  describe: 'Write everything that an instance holds into one archive',
  options: [...SETS.base, ...SETS.source, ...SETS.transport, ...SETS.scope, 'other_users', 'out', ...SETS.seal, 'own_key', 'resume'],
  examples: ['st2upgrade export --recipients age1... --out /backup/old.st2.tar.gz'],
  run: (args, machine) =>
    runStage(args, machine, { source: 'needed', target: 'no', run: 'new' }, async (context, settings) => {
      const stage = args.resume ? exportOnce : exportStage
      return stage(context, args.own_key ? await withOwnSeal(context, settings) : settings)
    }),
}
