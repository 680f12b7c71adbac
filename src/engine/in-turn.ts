/** Several stages one after the other as one: ends at the first that does not let the others go on, and tells all of them. */
import { EXIT, Refusal } from '../core/exit-codes'
import type { Stage, StageContext, StageResult, StageSettings } from './types'

/** `go on` with exit 0 and 3 (a ledger that holds items for a person does not stop the others). */
const GOES_ON: number[] = [EXIT.done, EXIT.needsPerson]

export type NamedStage = readonly [name: string, stage: Stage]

export class InTurn {
  readonly results: StageResult[] = []

  constructor(
    /** The command that goes on with the same run, for a failed stage's advice. */
    private readonly command: string,
    private readonly context: StageContext,
    private readonly settings: StageSettings,
    private readonly ended: (result: StageResult) => void = () => undefined,
  ) {}

  /** True when all of them let the others go on. A refusal names its stage. */
  async run(stages: readonly NamedStage[]): Promise<boolean> {
    for (const [name, stage] of stages) {
      const result = await stage(this.context, this.settings).catch((error: unknown) => {
        throw this.inStage(error, name)
      })
      this.results.push(result)
      this.ended(result)
      if (!GOES_ON.includes(result.exit)) return false
    }
    return true
  }

  get last(): StageResult {
    return this.results[this.results.length - 1]!
  }

  /** The whole: the last stage in full, one line of each other. `proof` names the stage whose exit code is that of a finished run. */
  summed(stage: string, proof: string): StageResult {
    const worst = this.results.map((r) => r.exit).find((exit) => !GOES_ON.includes(exit))
    return {
      stage,
      exit: worst ?? (this.last.stage === proof ? this.last.exit : EXIT.needsPerson),
      summary: this.results.flatMap((r) => (r === this.last ? r.summary.map((line) => `${r.stage}: ${line}`) : [`${r.stage}: ${r.summary[0]}`])),
      data: { run: this.settings.run, stages: Object.fromEntries(this.results.map((r) => [r.stage, r.data])) },
    }
  }

  /** A failed run names the stage, the reason and the next command. */
  private inStage(error: unknown, name: string): unknown {
    if (!(error instanceof Refusal)) return error
    error.message = `stage ${name}: ${error.message}`
    return Object.assign(error, { advice: `${error.advice.replace(/\.$/, '')}; then go on with: st2upgrade ${this.command} --run ${this.settings.run}` })
  }
}
