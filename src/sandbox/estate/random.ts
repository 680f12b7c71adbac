/** Repeatable chance for the sample estate: the same seed gives the same estate on every machine. Pure. */

export interface Random {
  /** A fraction from 0 (included) to 1 (excluded). */
  next(): number
  /** A whole number from 0 (included) to `below` (excluded). */
  int(below: number): number
  pick<T>(list: readonly T[]): T
  /** `length` characters of `alphabet`. */
  text(length: number, alphabet?: string): string
}

/** Asked for once: the estate takes millions of steps. */
const { floor, imul } = Math

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** A mulberry32 generator: small, even enough for sample data, never for secrets. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = imul(state ^ (state >>> 15), state | 1)
    t ^= t + imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (below: number): number => floor(next() * below)
  return {
    next,
    int,
    pick: (list) => list[int(list.length)] as (typeof list)[number],
    text: (length, alphabet = LETTERS_AND_DIGITS) => {
      const out: string[] = []
      for (let i = 0; i < length; i++) out.push(alphabet.charAt(int(alphabet.length)))
      return out.join('')
    },
  }
}
