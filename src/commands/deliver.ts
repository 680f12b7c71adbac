/** deliver: hands what lies in files over to a target on another machine, where this pack places it. */
import { deliverStage } from '../engine'
import type { Command } from './command'
import { SETS } from './options'
import { runStage } from './stage'

export const deliver: Command = {
  name: 'deliver',
  describe: 'Hand what belongs into files over to a target on another machine, where this pack places it',
  options: [...SETS.base, ...SETS.target, ...SETS.transport, ...SETS.unseal, 'only', 'except', ...SETS.policy, 'pack_url', 'serve_packs', 'serve_address', 'serve_port'],
  examples: ['st2upgrade deliver --target-url https://new.example/api'],
  run: (args, machine) => runStage(args, machine, { source: 'no', target: 'needed', run: 'exported' }, deliverStage({ packDir: machine.packDir, packUrl: args.pack_url })),
}
