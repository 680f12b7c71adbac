/** The exit codes that users script against; docs/cli.md is generated from this table. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  needsPerson: 3,
  differences: 4,
  blocked: 5,
  targetChanged: 6,
  locked: 7,
  stopped: 75,
  interrupted: 130,
} as const

export const EXIT_MEANING: Record<number, string> = {
  0: 'all done',
  1: 'failed',
  2: 'wrong usage',
  3: 'done, but the ledger holds items that failed or need a person',
  4: 'verify or diff found differences',
  5: 'blocked before the first write',
  6: 'the target changed since the plan',
  7: 'another run holds the lock',
  75: 'stopped, run again to go on',
  130: 'interrupted, run again to go on',
}

/** A failure that a person can act on: what happened, to which item, what to do next, and the exit code it ends with. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly advice: string,
    readonly exit: number = EXIT.failed,
    readonly details: string[] = [],
  ) {
    super(message)
    this.name = 'Refusal'
  }
}
