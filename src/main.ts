/** The way in: the real world in, the exit code out. */
import { realWorld } from './cli/machine'
import { runCli } from './cli/run'
import { COMMANDS } from './commands'
import { EXIT } from './core/exit-codes'

const { machine, terminal, end } = realWorld(process)
// Work that waits for what never comes must not pass for done.
process.once('beforeExit', () => {
  process.stderr.write('st2upgrade: ended before its work was done. This is a fault of the tool: report it, and run the same again.\n')
  process.exit(EXIT.failed)
})
void runCli(process.argv.slice(2), COMMANDS, machine, terminal)
  .finally(end)
  .then((code) => process.exit(code))
