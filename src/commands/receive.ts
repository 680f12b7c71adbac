/** receive: on the target's host, takes the run that `deliver` hands over from another machine, and gives back what it writes down. */
import { giveBackStage, receiveKeyStage, receiveStage, type GivenBack, type Stage } from '../engine'
import { refusal } from './catalogue'
import type { Command } from './command'
import { flag, SETS, type Args, type OptionName } from './options'
import { runStage } from './stage'

export const receive: Command = {
  name: 'receive',
  describe: 'On the target: make the key pair for a run that deliver hands over, take its archive, give back its plan and ledger',
  options: [...SETS.base, ...SETS.transport, 'pieces', 'sha256', 'give_back', 'recipient'],
  run: async (args, machine) => runStage(args, machine, { source: 'no', target: 'needed', run: 'latest' }, stageOf(args)),
}

function stageOf({ pieces, sha256, give_back: what, recipient }: Args): Stage {
  bothOrNone({ pieces, sha256 }, 'Both say what deliver has sent; it gives them by itself')
  bothOrNone({ give_back: what, recipient }, 'Both say what is given back to whom; the side that has handed the run over gives them by itself')
  if (what !== undefined && recipient !== undefined) return giveBackStage(what as GivenBack, recipient)
  return pieces === undefined || sha256 === undefined ? receiveKeyStage : receiveStage({ pieces, sha256 })
}

function bothOrNone(pair: Partial<Record<OptionName, unknown>>, describe: string): void {
  const missing = (Object.keys(pair) as OptionName[]).filter((name) => pair[name] === undefined)
  if (missing.length === 1) throw refusal('E_MISSING', { command: 'receive', name: flag(missing[0]!), describe })
}
