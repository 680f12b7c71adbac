/** export: everything that the source holds, into one archive. */
import { exportOnce, exportStage, runRecord, withOwnSeal, type StageContext, type StageResult } from '../engine'
import type { Command } from './command'
import { SETS, variable } from './options'
import { inAction, type Environment } from './st2-environment'
import { runStage } from './stage'

export const exportCommand: Command = {
  name: 'export',
  describe: 'Write everything that an instance holds into one archive',
  options: [...SETS.base, ...SETS.source, ...SETS.transport, ...SETS.scope, 'other_users', ...SETS.history, 'out', ...SETS.seal, 'own_key', 'resume'],
  examples: ['st2upgrade export --recipients age1... --out /backup/old.st2.tar.gz'],
  run: (args, machine) =>
    runStage(args, machine, { source: 'needed', target: 'no', run: 'new' }, async (context, settings) => {
      const stage = args.resume ? exportOnce : exportStage
      const result = await stage(context, args.own_key ? await withOwnSeal(context, settings) : settings)
      return args.source_url === undefined ? withTarget(result, context, settings.run, machine.system.env) : result
    }),
}

/** Exported from the instance that this runs on: the plan needs to be told of the other one. In an action a setting may do so. */
async function withTarget(result: StageResult, { stateDir }: StageContext, run: string, env: Environment): Promise<StageResult> {
  const known = (await runRecord(stateDir, run))?.targetUrl
  if (env[variable('target_url')] || (known === undefined && inAction(env))) return result
  const more = ` --target-url ${known ?? 'https://new.example/api'}`
  return { ...result, summary: result.summary.map((line) => (line.startsWith('next: st2upgrade plan') ? line + more : line)) }
}
