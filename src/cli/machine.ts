/** The real outside world: the process's streams, signals and environment, put together once for main. */
import { randomBytes } from 'crypto'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import type { Machine } from '../commands/command'
import { EXIT } from '../core/exit-codes'
import { createClock } from '../system/clock'
import { createLogger, type LogLevel } from '../system/logger'
import { createProcesses } from '../system/processes'
import { createProgress } from '../system/progress'
import { createStop, stopOnSignals, type Signals } from '../system/stop'
import { version } from '../../package.json'
import { watchOwn } from './own-execution'
import { askSecret, canAsk, confirm } from './prompt'
import type { Terminal } from './run'

export interface World {
  machine: Machine
  terminal: Terminal
  /** Ends what would keep the process busy. */
  end: () => Promise<void>
}

const WIDTH = 100
const LEVELS: readonly string[] = ['silent', 'error', 'warn', 'info', 'debug']

/** Node's own warnings are none of the user's business; a reader that went away (EPIPE) ends nothing. */
export function realWorld(process: NodeJS.Process): World {
  process.removeAllListeners('warning')
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const env = { ...process.env }
  const stop = createStop()
  const stoppedWith = codeOfStop(process, stop)
  const clock = createClock(stop)
  const progress = createProgress(process.stderr, clock)
  stop.onStop(() => progress.say('stopping after what is in work; Ctrl-C once more ends it at once'))
  const watch = watchOwn(env, stop, clock)
  const streams = { input: process.stdin, error: process.stderr }
  const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex')
  return {
    machine: {
      system: { clock, processes: createProcesses(env), progress, stop, randomHex, hostname: os.hostname(), env },
      tool: version,
      packDir: packDirectory(process.argv[1]),
      uid: process.getuid?.(),
      interactive: canAsk(streams),
      askSecret: (question) => askSecret(question, streams),
      confirm: (question) => confirm(question, streams),
      print: (line) => void process.stdout.write(`${line}\n`),
    },
    terminal: {
      stdoutIsTerminal: process.stdout.isTTY,
      width: process.stdout.columns || WIDTH,
      out: (text) => written(process.stdout, text),
      err: (text) => written(process.stderr, text),
      fault: (error) => createLogger(levelOf(env.ST2UPGRADE_LOG), process.stderr).error({ err: error }),
      settle: () => progress.finish(),
      stoppedWith: () => (stop.requested ? stoppedWith() : undefined),
    },
    end: () => watch.end(),
  }
}

/** The program lies in `actions/` of its pack. */
function packDirectory(program = ''): string | undefined {
  const directory = path.dirname(path.dirname(path.resolve(program)))
  return fs.existsSync(path.join(directory, 'pack.yaml')) ? directory : undefined
}

/** Ctrl-C ends with 130, a second one at once; TERM, a closed terminal and a canceled execution with 75. */
function codeOfStop(process: NodeJS.Process, stop: ReturnType<typeof createStop>): () => number {
  let code: number = EXIT.stopped
  const signals: Signals = {
    on: (signal, listener) =>
      process.on(signal, () => {
        if (signal === 'SIGINT' && !stop.requested) code = EXIT.interrupted
        listener()
      }),
  }
  stopOnSignals(signals, stop, () => process.exit(EXIT.interrupted))
  // A sandbox that the demo forked ends with it, also when the demo was killed: its channel closes then.
  process.on('disconnect', () => stop.request('the process that started this one is gone'))
  return () => code
}

const levelOf = (text: string | undefined): LogLevel => (text !== undefined && LEVELS.includes(text) ? (text as LogLevel) : 'error')

const written = (stream: NodeJS.WriteStream, text: string): Promise<void> => new Promise((resolve) => stream.write(text, () => resolve()))
