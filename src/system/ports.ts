/**
 * Ports to the machine: clock, random, processes, git, files. The engine gets them handed in, so that tests can put
 * a full disk, a stopped clock or a missing git in their place.
 */

export interface Clock {
  now(): Date
  /** Resolves after `ms`; rejects with an `Interrupted` when the signal fires first. */
  sleep(ms: number): Promise<void>
}

export interface ProcessResult {
  code: number
  stdout: Buffer
  stderr: string
}

export interface ProcessOptions {
  cwd?: string
  env?: Record<string, string>
  input?: Buffer
  timeoutMs?: number
  /** Bytes of stdout at most, else the program is killed and `run` throws. Default 256 MiB. */
  maxOutput?: number
}

export interface Processes {
  /** Runs a program without a shell. Never throws for a non-zero code; throws a Refusal when the program is missing, writes too much or runs too long. */
  run(program: string, args: string[], options?: ProcessOptions): Promise<ProcessResult>
}

/** What a run logs while it works: to stderr, rate-limited, never a secret. */
export interface Progress {
  /** A new stage begins, for example `export keys`. `total` is the number of items when known. */
  stage(name: string, total?: number): void
  step(count?: number): void
  say(message: string): void
  warn(message: string): void
}

/** Where cancellation is seen: Ctrl-C, TERM, or the own StackStorm execution being canceled. */
export interface Stop {
  readonly requested: boolean
  /** Throws `Interrupted` when a stop was requested; called between items. */
  check(): void
  onStop(listener: () => void): void
}

export interface System {
  clock: Clock
  processes: Processes
  progress: Progress
  stop: Stop
  /** Random bytes as lower-case hex. */
  randomHex(bytes: number): string
  hostname: string
  /** Environment of the process, read once in main. */
  env: Record<string, string | undefined>
}
