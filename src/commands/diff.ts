/** diff: two archives, an archive and an instance, or two instances, item by item. Writes nothing on either. */
import * as path from 'path'
import { readCryptoKey } from '../engine'
import { diffStage, type DiffOptions } from '../engine/diff'
import { refusal } from './catalogue'
import type { Command } from './command'
import { SETS, type Args } from './options'
import { passphraseFile, unsealOf } from './settings'
import { runStage } from './stage'

export const diff: Command = {
  name: 'diff',
  describe: 'Compare two archives, an archive and an instance, or two instances, item by item',
  options: [...SETS.base, 'a', 'b', 'to', ...SETS.source, ...SETS.target, ...SETS.transport, ...SETS.scope, 'rewrite', 'other_users', 'identity_file', 'passphrase_key_name', 'passphrase_file', 'b_identity_file', 'b_passphrase_file', 'b_crypto_key_file'],
  positional: ['a', 'b'],
  examples: ['st2upgrade diff /backup/monday.st2.tar.gz.age /backup/friday.st2.tar.gz.age --identity-file key.txt', 'st2upgrade diff /backup/old.st2.tar.gz.age --target-url https://new.example/api', 'st2upgrade diff --source-url https://old.example/api --target-url https://new.example/api'],
  run: async (args, machine) => {
    // Two archives need nobody to answer; beside one, an instance may tell what its secrets are.
    const needs = { source: args.a === undefined ? 'needed' : args.b === undefined ? 'optional' : 'no', target: args.b === undefined ? 'needed' : args.a === undefined ? 'optional' : 'no', run: 'new' } as const
    return runStage(args, machine, needs, async (context, settings) => diffStage({ ...(await optionsOf(args)), unsealA: settings.unseal, unsealB: (await secondUnseal(args)) ?? settings.unseal })(context, settings))
  },
}

async function optionsOf({ a, b, to, b_crypto_key_file: keyFile }: Args): Promise<DiffOptions> {
  const cryptoB = keyFile === undefined ? undefined : await readCryptoKey(keyFile)
  if (keyFile !== undefined && !cryptoB) throw refusal('E_FILE', { name: '--b-crypto-key-file', path: keyFile, reason: 'not there, or not readable' })
  const whole = (file: string | undefined): string | undefined => (file === undefined ? undefined : path.resolve(file))
  return { a: whole(a), b: whole(b), to: whole(to), cryptoB }
}

/** Its own identities or passphrase, when such were given. */
async function secondUnseal(args: Args): Promise<DiffOptions['unsealB']> {
  const second = { ...args, identity_file: args.b_identity_file, passphrase_file: args.b_passphrase_file }
  return unsealOf(second, await passphraseFile(second))
}
