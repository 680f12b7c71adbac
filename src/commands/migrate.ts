/** migrate: all stages in one process, from check to the proof; the same run named again goes on where it was. */
import { migrateStages, type StageResult } from '../engine'
import type { Command, Machine } from './command'
import { SETS } from './options'
import { runStage } from './stage'

export const migrate: Command = {
  name: 'migrate',
  describe: 'Move the old instance to the new one: check, export, deliver where that is needed, plan, publish, apply, verify; with activate also that',
  options: [...SETS.base, ...SETS.source, ...SETS.target, ...SETS.transport, 'approve', 'activate', ...SETS.scope, 'rewrite', ...SETS.history, ...SETS.policy, ...SETS.serving, 'api_only', 'pack_url', 'recipients', 'passphrase_key_name', 'passphrase_file', 'identity_file', 'plain_archive'],
  examples: ['st2upgrade migrate --target-url https://new.example/api --approve', 'st2upgrade migrate --run nightly-1   # goes on where it was'],
  run: async (args, machine) => {
    const { progress } = machine.system
    if (args.approve && !machine.interactive) await machine.confirm(QUESTION)
    progress.say("other users' datastore keys are looked at too, through temporary API keys (other_users)")
    const hooks = { origin: { packDir: machine.packDir, packUrl: args.pack_url }, ended: ({ stage, summary }: StageResult) => progress.say(`${stage}: ${summary[0]}`), ...(args.approve && { approve: (plan: StageResult) => approved(plan, machine) }) }
    return runStage({ ...args, other_users: true }, machine, { source: 'needed', target: 'needed', run: 'new' }, (context, settings) => migrateStages(context, settings, hooks))
  },
}

const QUESTION = 'Carry out this plan? [y/N] '

/** Shows the plan and asks; its first line was told already, and what is next is the question. */
async function approved(plan: StageResult, machine: Machine): Promise<boolean> {
  for (const line of plan.summary.slice(1).filter((one) => !one.startsWith('next: '))) machine.system.progress.say(line)
  return machine.confirm(QUESTION)
}
