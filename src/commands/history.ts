/** history: searches what an archive has kept of the past. Asks no network. */
import * as path from 'path'
import { runRecord } from '../engine'
import { historyOf } from '../report/history'
import { refusal } from './catalogue'
import type { Command, Machine } from './command'
import { flag, SETS, type Args } from './options'
import { momentOf, passphraseFile, unsealOf } from './settings'
import { placeOf } from './stage'

export const history: Command = {
  name: 'history',
  describe: 'Search the executions, inquiries, traces, rule enforcements and trigger instances that an archive has kept; asks no network',
  options: [...SETS.base, 'archive', 'kind', 'action', 'by_user', 'status', 'since', 'until', 'text', 'last', 'id', 'show_secrets', 'to', 'identity_file', 'passphrase_file'],
  positional: ['archive'],
  examples: ["st2upgrade history old.st2.tar.gz.age --identity-file key.txt --action 'deploy.*' --status failed --since 2024-05-01", 'st2upgrade history --id 6b0319f23a341c19f9816e24'],
  run: async (args, machine) => {
    const now = machine.system.clock.now()
    const asked = {
      kinds: args.kind,
      action: args.action,
      user: args.by_user,
      status: args.status,
      since: momentOf('since', args.since, now),
      until: momentOf('until', args.until, now),
      text: args.text,
      last: args.last,
      id: args.id,
      showSecrets: args.show_secrets,
      to: args.to === undefined ? undefined : path.resolve(args.to),
      unseal: await unsealOf(args, await passphraseFile(args)),
    }
    return historyOf(await archiveOf(args, machine), asked, machine.system.stop)
  },
}

/** The one that is named, else the run's. */
async function archiveOf(args: Args, machine: Machine): Promise<string> {
  if (args.archive !== undefined) return path.resolve(args.archive)
  const { stateDir, run } = await placeOf(args, machine, 'exported')
  const archive = (await runRecord(stateDir, run))?.archive
  if (archive === undefined) throw refusal('E_MISSING', { command: 'history', name: flag('archive'), describe: `The run ${run} has no archive: name one` })
  return archive
}
