/** inspect: what an archive, plan, journal or ledger holds. Asks no network. */
import { inspectFile, inspectRun } from '../report/inspect'
import type { Command } from './command'
import { SETS } from './options'
import { passphraseFile, unsealOf } from './settings'
import { placeOf } from './stage'

export const inspect: Command = {
  name: 'inspect',
  describe: 'Tell what an archive, plan, journal or ledger holds, or what a run has left; asks no network',
  options: [...SETS.base, 'file', 'only', 'identity_file', 'passphrase_file'],
  positional: ['file'],
  examples: ['st2upgrade inspect /backup/old.st2.tar.gz.age --identity-file key.txt --only packs'],
  run: async (args, machine) => {
    const options = { unseal: (await unsealOf(args, await passphraseFile(args))) ?? {}, only: args.only }
    if (args.file !== undefined) return inspectFile(args.file, options)
    const { stateDir, run } = await placeOf(args, machine, 'latest')
    return inspectRun(stateDir, run)
  },
}
