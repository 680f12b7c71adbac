/** Checks the lines of an items member as they pass: each an item, sorted by identity, none twice. */
import type { Item } from '../core/model'
import { compareIdentity } from '../core/order'
import { LineCutter } from './bytes'
import { ArchiveError } from './errors'

export class ItemsCheck {
  private readonly cutter = new LineCutter()
  private last: string | undefined
  private count = 0
  constructor(private readonly member: string) {}

  /** @throws ArchiveError `bad-item`, naming the line. */
  push(piece: Buffer): void {
    for (const line of this.cutter.push(piece)) this.see(parseItem(line, `${this.member}, line ${this.count + 1}`).identity)
  }

  /** How many there were. */
  end(): number {
    this.cutter.end()
    return this.count
  }

  private see(identity: string): void {
    if (this.last !== undefined && compareIdentity(this.last, identity) >= 0) {
      throw new ArchiveError('bad-item', `${this.member}, line ${this.count + 1}: ${JSON.stringify(identity)} is not in its place, or there twice.`)
    }
    this.last = identity
    this.count++
  }
}

/** @throws ArchiveError `bad-item`; the message says where, never what: the line may hold secrets. */
export function parseItem(line: Buffer, where: string): Item {
  try {
    const item = JSON.parse(line.toString()) as Item | null
    if (typeof item?.identity === 'string' && item.identity !== '') return item
  } catch {
    // JSON.parse quotes its input, so its message goes no further.
  }
  throw new ArchiveError('bad-item', `${where} is no item.`)
}
