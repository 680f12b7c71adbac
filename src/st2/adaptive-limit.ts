/**
 * The number that {@link import('./concurrency').runAdaptive} works with: hill climbing on completed items per second, with
 * hysteresis. More at a time is tried now and then and kept only when it brings clearly more; less is tried when answers
 * take clearly longer than they could, and kept when it brings as much. Pure: times come in as milliseconds.
 */

const START = 4
/** A step up must bring this much more to be kept. */
const WORTH = 1.1
/** While doubling still brings this much, it goes on. */
const STEEP = 1.35
/** A step down may cost this much. */
const AS_GOOD = 0.98
/** Answers this much slower than the quickest ones are waiting in a queue. */
const QUEUED = 1.6
/** A fall of throughput below this is a change of the server, not noise. */
const FALLEN = 0.7
const WINDOW_MS = 400
const FEWEST = 12
/** Windows between two trials; doubled after each that brought nothing. */
const REST = 4
const LONGEST_REST = 64

interface Window {
  began: number
  completed: number
  latencySum: number
  /** Completions of the time before the last change, not to be counted. */
  skip: number
}

type Trial = { kind: 'up' | 'down'; from: number; rate: number }

export class AdaptiveLimit {
  private limit: number
  private window?: Window
  private trial?: Trial
  /** Items per second at the present limit, smoothed. */
  private rate = 0
  private quickest = Infinity
  private rest = 0
  private restLength = REST
  private steep = true

  constructor(private readonly max: number) {
    this.limit = Math.max(1, Math.min(START, max))
  }

  get current(): number {
    return this.limit
  }

  /** An item was done, whatever its outcome. */
  completed(now: number, latencyMs: number): void {
    const window = (this.window ??= { began: now, completed: 0, latencySum: 0, skip: 0 })
    if (window.skip > 0) {
      if (--window.skip === 0) window.began = now
      return
    }
    window.completed++
    window.latencySum += latencyMs
    const elapsed = now - window.began
    if (elapsed < WINDOW_MS || window.completed < Math.max(FEWEST, 2 * this.limit)) return
    this.window = { began: now, completed: 0, latencySum: 0, skip: 0 }
    this.weigh((window.completed * 1000) / elapsed, window.latencySum / window.completed)
  }

  /** The server asked for it (429, 503): half, and a while of rest. */
  slowDown(now: number): void {
    this.trial = undefined
    this.rate = 0
    this.steep = false
    this.rest = this.restLength
    this.move(Math.max(1, Math.floor(this.limit / 2)), now)
  }

  private weigh(rate: number, latency: number): void {
    this.quickest = Math.min(this.quickest, latency)
    if (this.trial) return this.judge(this.trial, rate)
    if (this.rate > 0 && rate < this.rate * FALLEN) return this.fallen(rate)
    this.rate = this.rate === 0 ? rate : this.rate * 0.7 + rate * 0.3
    if (--this.rest > 0) return
    this.tryAnother(latency)
  }

  private judge(trial: Trial, rate: number): void {
    this.trial = undefined
    const kept = rate >= trial.rate * (trial.kind === 'up' ? WORTH : AS_GOOD)
    if (kept) {
      this.rate = rate
      this.restLength = REST
      this.steep &&= rate >= trial.rate * STEEP
      if (trial.kind === 'up') this.tryAnother(0)
      else this.rest = this.restLength
      return
    }
    this.rate = trial.rate
    this.steep = false
    this.restLength = Math.min(LONGEST_REST, this.restLength * 2)
    this.rest = this.restLength
    this.move(trial.from)
  }

  /** The server became slower by itself: go down a little and learn anew. */
  private fallen(rate: number): void {
    this.rate = rate
    this.quickest = Infinity
    this.restLength = REST
    this.rest = REST
    if (this.limit > START) this.move(Math.max(START, Math.floor(this.limit / 1.5)))
  }

  private tryAnother(latency: number): void {
    const queued = latency > this.quickest * QUEUED
    const next = queued ? Math.floor(this.limit / 1.35) : this.steep ? this.limit * 2 : Math.ceil(this.limit * 1.5)
    const to = Math.max(1, Math.min(this.max, next))
    this.rest = this.restLength
    if (to === this.limit) return
    this.trial = { kind: to > this.limit ? 'up' : 'down', from: this.limit, rate: this.rate }
    this.move(to)
  }

  private move(to: number, now?: number): void {
    const skip = this.limit
    this.limit = to
    this.window = { began: now ?? 0, completed: 0, latencySum: 0, skip }
  }
}
