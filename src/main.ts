/** The way in: the real world in, the exit code out. */
import { realWorld } from './cli/machine'
import { runCli } from './cli/run'
import { COMMANDS } from './commands'

const { machine, terminal, end } = realWorld(process)
void runCli(process.argv.slice(2), COMMANDS, machine, terminal)
  .finally(end)
  .then((code) => process.exit(code))
