/** receive: on the target's host, takes the sealed files that `deliver` hands over from another machine. */
import { receiveKeyStage, receiveStage } from '../engine'
import { refusal } from './catalogue'
import type { Command } from './command'
import { SETS } from './options'
import { runStage } from './stage'

export const receive: Command = {
  name: 'receive',
  describe: 'On the target: make the key pair for files that deliver hands over, then take them',
  options: [...SETS.base, ...SETS.transport, 'pieces', 'sha256'],
  run: async (args, machine) => {
    const { pieces, sha256 } = args
    if ((pieces === undefined) !== (sha256 === undefined)) throw refusal('E_MISSING', { command: 'receive', name: pieces === undefined ? '--pieces' : '--sha256', describe: 'Both say what deliver has sent; it gives them by itself' })
    const stage = pieces === undefined || sha256 === undefined ? receiveKeyStage : receiveStage({ pieces, sha256 })
    return runStage(args, machine, { source: 'no', target: 'needed', run: 'latest' }, stage)
  },
}
