/** demo: the whole migration between two sandboxes on this machine, told in plain words, with a proof at the end. */
import { runDemo } from '../report/demo/run'
import type { Command } from './command'

export const demo: Command = {
  name: 'demo',
  describe: 'Show the whole migration on this machine: a sample estate moves from an old sandbox to a new one, and is proved equal',
  options: ['keep', 'format'],
  output: 'text',
  examples: ['st2upgrade demo', 'st2upgrade demo --keep'],
  run: (args, machine) =>
    runDemo({
      system: machine.system,
      tool: machine.tool,
      // In the bundle this is the bundle itself: the sandboxes are further processes of it.
      script: __filename,
      // Where stdout has the answer alone, the story is told beside it: with keep it says where both sandboxes are.
      say: args.format === 'json' ? (line) => machine.system.progress.say(line) : (line) => machine.print(line),
      keep: args.keep,
    }),
}
