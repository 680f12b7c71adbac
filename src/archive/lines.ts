/**
 * The lines that a sorter holds, side by side in one buffer that is used again after each spill: memory is the budget,
 * not the budget and all that waits for the garbage collector.
 */
import { compareIdentity } from '../core/order'

export interface Line {
  identity: string
  /** With its line feed. Valid until the next `add` or `clear`. */
  bytes: Buffer
}

interface Place {
  identity: string
  at: number
  length: number
}

const SMALLEST = 64 * 1024

export class LineStore {
  private places: Place[] = []
  private buffer = Buffer.allocUnsafe(SMALLEST)
  private used = 0

  /** @param budget bytes; one line of any length fits even when it is longer */
  constructor(private readonly budget: number) {}

  get empty(): boolean {
    return this.places.length === 0
  }

  /** False when there is no room beside what is held: spill, clear, and add again. */
  add(identity: string, text: string): boolean {
    const length = Buffer.byteLength(text)
    if (this.used + length > this.budget && !this.empty) return false
    this.reserve(this.used + length)
    this.buffer.write(text, this.used)
    this.places.push({ identity, at: this.used, length })
    this.used += length
    return true
  }

  *sorted(): Generator<Line> {
    this.places.sort((a, b) => compareIdentity(a.identity, b.identity))
    for (const { identity, at, length } of this.places) yield { identity, bytes: this.buffer.subarray(at, at + length) }
  }

  /** Forgets the lines; the room of one that was longer than the budget is given back. */
  clear(): void {
    this.places = []
    this.used = 0
    if (this.buffer.length > this.budget) this.buffer = Buffer.allocUnsafe(SMALLEST)
  }

  private reserve(total: number): void {
    if (total <= this.buffer.length) return
    const room = Math.max(total, Math.min(this.budget, this.buffer.length * 2))
    const larger = Buffer.allocUnsafe(room)
    this.buffer.copy(larger, 0, 0, this.used)
    this.buffer = larger
  }
}
