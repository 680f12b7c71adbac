/**
 * What a run says while it works: to stderr, a bar on a terminal, else a line now and then (StackStorm is slow with many
 * lines). A closed stderr ends nothing: the runner may die under the process.
 */
import { Presets, SingleBar } from 'cli-progress'
import type { Clock, Progress } from './ports'

export interface ErrorStream extends NodeJS.WritableStream {
  isTTY?: boolean
}

/** Between two lines about the same stage. */
const EVERY_MS = 10_000

export interface ProgressEnd extends Progress {
  /** Ends the bar; the last count of a stage is told. */
  finish(): void
}

/** `quiet` keeps stages and steps to itself, but not warnings. */
export function createProgress(stream: ErrorStream, clock: Pick<Clock, 'now'>, quiet = false): ProgressEnd {
  stream.on('error', () => undefined)
  const line = (text: string) => {
    // What items are called may hold control characters; a terminal must not obey them.
    stream.write(`${text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')}\n`)
  }
  if (quiet) return { stage: nothing, step: nothing, say: nothing, warn: (message) => line(`warning: ${message}`), finish: nothing }
  return stream.isTTY ? new Bar(stream, line) : new Lines(line, clock)
}

const nothing = () => undefined
const counted = (done: number, total?: number) => (total === undefined ? String(done) : `${done} of ${total}`)

class Lines implements ProgressEnd {
  private name?: string
  private total?: number
  private done = 0
  private told = -1
  private last = 0

  constructor(
    private readonly line: (text: string) => void,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  stage(name: string, total?: number): void {
    this.finish()
    Object.assign(this, { name, total, done: 0, told: -1, last: this.clock.now().getTime() })
    this.line(total === undefined ? name : `${name}: ${total} to do`)
  }

  step(count = 1): void {
    this.done += count
    const now = this.clock.now().getTime()
    if (now - this.last < EVERY_MS) return
    this.last = now
    this.tell()
  }

  say(message: string): void {
    this.line(message)
  }

  warn(message: string): void {
    this.line(`warning: ${message}`)
  }

  finish(): void {
    if (this.name !== undefined && this.done > 0 && this.told !== this.done) this.tell()
    this.name = undefined
  }

  private tell(): void {
    this.told = this.done
    this.line(`${this.name ?? 'done'}: ${counted(this.done, this.total)}`)
  }
}

class Bar implements ProgressEnd {
  private bar?: SingleBar
  private done = 0

  constructor(
    private readonly stream: ErrorStream,
    private readonly line: (text: string) => void,
  ) {}

  stage(name: string, total?: number): void {
    this.finish()
    this.done = 0
    const format = total === undefined ? `${name}  {value}` : `${name}  [{bar}] {value}/{total}  {eta_formatted}`
    this.bar = new SingleBar({ format, stream: this.stream, hideCursor: true, clearOnComplete: false, linewrap: false }, Presets.legacy)
    this.bar.start(total ?? 0, 0)
  }

  step(count = 1): void {
    this.done += count
    this.bar?.update(this.done)
  }

  say(message: string): void {
    this.between(message)
  }

  warn(message: string): void {
    this.between(`warning: ${message}`)
  }

  finish(): void {
    this.bar?.stop()
    this.bar = undefined
  }

  /** A line above the bar: the terminal's line is cleared first, the bar draws itself again. */
  private between(text: string): void {
    if (this.bar) this.stream.write('\r\u001b[K')
    this.line(text)
    this.bar?.render()
  }
}
