/** quiesce: the source acts no more, until that is taken back. */
import { quiesceStage } from '../engine'
import type { Command } from './command'
import { SETS } from './options'
import { runStage } from './stage'

export const quiesce: Command = {
  name: 'quiesce',
  describe: 'On the source: switch rules and sensors off, keep their state, and wait for what runs',
  options: [...SETS.base, 'wait', 'take_back', 'source_url', 'source_api_key_name', 'ca_file', 'insecure', 'user', 'password_file', 'source_user', 'source_password_file'],
  required: ['run'],
  examples: ['st2upgrade quiesce --run cutover --source-url https://old.example/api --wait 600', 'st2upgrade quiesce --run cutover --take-back'],
  run: (args, machine) => runStage(args, machine, { source: 'needed', target: 'no', run: 'latest' }, quiesceStage),
}
