/** deliver: hands a run over to a target on another machine, where this pack carries out its later stages. */
import { deliverStage } from '../engine'
import type { Command } from './command'
import { SETS } from './options'
import { runStage } from './stage'

export const deliver: Command = {
  name: 'deliver',
  describe: 'Hand the run over to a target on another machine, where this pack carries out its later stages and reaches the files',
  options: [...SETS.base, ...SETS.source, ...SETS.target, ...SETS.transport, ...SETS.unseal, 'only', 'except', 'other_users', 'api_only', 'pack_url', 'serve_packs', 'serve_address', 'serve_port'],
  examples: ['st2upgrade deliver --target-url https://new.example/api --serve-packs'],
  run: (args, machine) => runStage(args, machine, { source: 'optional', target: 'needed', run: 'exported' }, deliverStage({ packDir: machine.packDir, packUrl: args.pack_url })),
}
