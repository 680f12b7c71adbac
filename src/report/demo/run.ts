/**
 * The demo: two sandboxes, a sample estate, the whole migration with the stages that real instances use, and a proof that does
 * not rest on them. Whatever is not exactly as declared makes it fail.
 */
import * as path from 'path'
import { EXIT, Refusal } from '../../core/exit-codes'
import type { StageResult } from '../../engine'
import { KINDS } from '../../kinds'
import { KEPT } from '../../kinds/kept'
import { declaredFor, PASSWORD, seedEstate, type Declared } from '../../sandbox/estate'
import type { Progress, System } from '../../system/ports'
import { accountOf, type Account } from './account'
import { OLD_VERSION, openPlaces, type Places } from './places'
import { changes, prove, type Proof } from './proof'
import { snapshot, type Snapshot } from './snapshot'
import { outcomeOf, runActivation, runStages, type Outcome } from './stages'
import * as story from './story'

export interface DemoOptions {
  system: System
  tool: string
  /** The bundle, which is started again for each sandbox. */
  script: string
  /** Takes the story line by line; the last lines are the result's summary. */
  say: (line: string) => void
  /** Leave both sandboxes running, once all is shown, until a stop is asked for. */
  keep: boolean
}

/** Exit code 0 only if every item is as declared; whatever happens, both sandboxes end and their files go. */
export async function runDemo(given: DemoOptions): Promise<StageResult> {
  const options = { ...given, system: { ...given.system, progress: quiet(given.system.progress) } }
  await needGit(options.system)
  const watch = stopwatch(options.system)
  const tell = (lines: readonly string[]): void => lines.forEach((line) => options.say(line))
  tell(story.INTRODUCTION)
  const places = await openPlaces(options.script)
  try {
    watch.lap('start')
    const estate = await seedEstate(places.source, { size: 'demo', workDir: path.join(places.dir, 'work') })
    try {
      tell(story.beginLines(places, estate, watch.lap('fill')))
      return await new Show(options, places, watch, tell).run()
    } finally {
      await estate.close()
    }
  } finally {
    await places.close()
  }
}

async function needGit({ processes }: System): Promise<void> {
  const found = await processes.run('git', ['--version']).catch(() => undefined)
  if (found?.code !== 0) throw new Refusal('git is not on this machine', 'install git: packs travel as git repositories', EXIT.blocked)
}

/** The story is the progress; only warnings are told beside it. */
const quiet = (progress: Progress): Progress => ({ stage: () => undefined, step: () => undefined, say: () => undefined, warn: (message) => progress.warn(message) })

interface Stopwatch {
  /** Milliseconds since the last lap, added to what this step took so far. */
  lap(step: string): number
  total(): number
  readonly steps: Record<string, number>
}

function stopwatch({ clock, stop }: System): Stopwatch {
  const started = clock.now().getTime()
  let mark = started
  const steps: Record<string, number> = {}
  return {
    steps,
    total: () => clock.now().getTime() - started,
    lap: (step) => {
      stop.check()
      const ms = clock.now().getTime() - mark
      mark += ms
      steps[step] = (steps[step] ?? 0) + ms
      return ms
    },
  }
}

/** What happens between two filled sandboxes, told as it happens. */
class Show {
  constructor(
    private readonly options: DemoOptions,
    private readonly places: Places,
    private readonly watch: Stopwatch,
    private readonly tell: (lines: readonly string[]) => void,
  ) {}

  async run(): Promise<StageResult> {
    const { source, target } = this.places
    const before = await snapshot(source)
    this.watch.lap('first look')
    const first = await this.stages(runStages, ['check', 'export', 'plan', 'apply', 'verify'])
    const kinds = KINDS.map(({ name }) => name)
    const declared = declaredFor(OLD_VERSION, [...kinds, ...KEPT.map(({ name }) => name)])
    const account = accountOf(first.entries, declared)
    this.tell([...story.heading('What became of every item'), ...story.accountLines(account, first.notes, declared)])
    const [old, quiet] = [await snapshot(source), await snapshot(target)]
    const landed = prove(old, quiet, declared, { kinds, activated: false })
    this.tell(story.quietLines(old, quiet, this.watch.lap('proof')))
    const second = await this.stages(runActivation, ['activate', 'verify'])
    const now = await snapshot(target)
    const proof = prove(old, now, declared, { kinds, activated: true })
    this.watch.lap('proof')
    const faults = [
      ...first.faults,
      ...account.faults,
      ...lostKeys(first, old),
      ...landed.faults.map((fault) => `before it was activated: ${fault}`),
      ...story.acting(quiet).map((name) => `${name} was on before it was activated`),
      ...second.faults,
      ...accountOf(second.entries, declared).faults,
      ...proof.faults,
      ...changes(before, old).map((fault) => `the old instance was changed: ${fault}`),
      ...(await this.again(now, declared)),
    ]
    this.tell([...story.proofLines(proof, faults), ''])
    const result = this.result(proof, account, faults)
    if (this.options.keep) await this.keep()
    return result
  }

  /** Runs stages, and tells of some as they end. */
  private async stages(run: typeof runStages, told: readonly string[]): Promise<Outcome> {
    const results: StageResult[] = []
    const ended = (result: StageResult): void => {
      results.push(result)
      const ms = this.watch.lap(result.stage)
      if (told.includes(result.stage)) this.tell(story.stageLines(result, ms))
    }
    await run({ ...this.options, places: this.places, run: 'demo', ended })
    return outcomeOf(results)
  }

  /** A second run from the beginning on what is now an equal target: it must find nothing to do and write nothing. */
  private async again(before: Snapshot, declared: readonly Declared[]): Promise<string[]> {
    const results: StageResult[] = []
    await runStages({ ...this.options, places: this.places, run: 'again', ended: (result) => results.push(result) })
    const second = await outcomeOf(results)
    const touched = changes(before, await snapshot(this.places.target))
    // What lies beside, for a person, is told anew by every plan.
    const differing = second.entries.filter(({ outcome }) => outcome === 'carried')
    this.tell(story.againLines(second, touched.length, this.watch.lap('the same again')))
    return [
      ...second.faults,
      ...accountOf(second.entries, declared).faults,
      ...(second.writes === 0 ? [] : [`the second run wrote ${second.writes} items`]),
      ...touched.map((fault) => `the second run changed the new instance: ${fault}`),
      ...differing.map(({ kind, identity, outcome }) => `in the second run ${kind} ${identity} was ${outcome}, not identical`),
    ]
  }

  /** Both go on until Ctrl-C or TERM. */
  private async keep(): Promise<void> {
    this.tell(story.keepLines(this.places, PASSWORD))
    await new Promise<void>((resolve) => this.options.system.stop.onStop(resolve))
  }

  private result(proof: Proof, account: Account, faults: string[]): StageResult {
    const total = this.watch.total()
    const inSeconds = Object.fromEntries(Object.entries(this.watch.steps).map(([step, ms]) => [step, ms / 1000]))
    return {
      stage: 'demo',
      exit: faults.length === 0 ? EXIT.done : EXIT.differences,
      summary: story.endLines(this.watch.steps, total, faults.length),
      data: { faults: faults.length, first_faults: faults.slice(0, 20), equal: proof.equal, ledger: account.groups, seconds: inSeconds, total_seconds: total / 1000 },
    }
  }
}

/** The first promise: the ledger tells of every key that the old instance lists. */
function lostKeys({ entries }: Outcome, old: Snapshot): string[] {
  const told = entries.filter(({ kind }) => kind === 'keys').length
  return told === old.keys.size ? [] : [`the ledger tells of ${told} keys, the old instance lists ${old.keys.size}`]
}
