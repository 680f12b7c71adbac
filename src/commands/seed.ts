/** seed: on the target itself, brings an archive onto it: plan, publish, apply, verify. */
import { seedStages, type StageResult } from '../engine'
import type { Command } from './command'
import { SETS } from './options'
import { runStage } from './stage'

export const seed: Command = {
  name: 'seed',
  describe: 'On the target: bring an archive onto this instance (plan, publish, apply, verify), without the source',
  options: [...SETS.base, ...SETS.target, ...SETS.transport, ...SETS.unseal, 'source_crypto_key_file', ...SETS.scope, ...SETS.policy, ...SETS.serving],
  examples: ['st2upgrade seed --archive /backup/old.st2.tar.gz.age --identity-file key.txt'],
  run: (args, machine) => {
    const ended = ({ stage, summary }: StageResult): void => machine.system.progress.say(`${stage}: ${summary[0]}`)
    machine.system.progress.say("other users' datastore keys are written too, through temporary API keys (other_users)")
    return runStage({ ...args, other_users: true }, machine, { source: 'no', target: 'needed', run: 'of-archive' }, (context, settings) => seedStages(context, settings, ended))
  },
}
