/**
 * What `only` and `except` say: which kinds a stage works on, and which items of them. A word is a kind (`packs`), a kind and
 * a pattern of identities or names (`keys:deploy.*`), or a pattern of packs (`pack:est_*`: all that belongs to them, in every kind).
 */
import { EXIT, Refusal } from '../core/exit-codes'
import { globFits } from '../core/glob'
import type { Item } from '../core/model'
import type { Kind } from '../kinds/kind'

/** Before the colon, in place of a kind's name: the pack that an item belongs to. */
const PACK = 'pack'

/** How the reason begins that a selection gives. */
export const LEFT_OUT = 'left out by'

interface Selector {
  /** As it was typed. */
  text: string
  /** A kind's name, or `pack`. */
  of: string
  /** Undefined: all of the kind. */
  pattern?: string
}

export interface Selected {
  only?: readonly string[]
  except?: readonly string[]
}

export class Selection {
  private readonly only: Selector[]
  private readonly except: Selector[]

  constructor({ only = [], except = [] }: Selected) {
    this.only = only.map(parse)
    this.except = except.map(parse)
  }

  /** The names of kinds that were typed, right or wrong. */
  get named(): string[] {
    return [...this.only, ...this.except].map(({ of }) => of).filter((of) => of !== PACK)
  }

  /** Whether a kind is looked at at all. */
  takesKind(name: string, packless = false): boolean {
    if (this.except.some(({ of, pattern }) => of === name && pattern === undefined)) return false
    return this.only.length === 0 || this.only.some(({ of }) => of === name || (of === PACK && !packless))
  }

  /** Why an item is left out, in the words that were typed; undefined when it is not. `met` hears of each pattern that fits. */
  leftOut(kind: Pick<Kind, 'name' | 'packOf' | 'packless'>, item: Item, met: (selector: string) => void = () => undefined): string | undefined {
    const fits = (selector: Selector): boolean => {
      const hit = selector.of === PACK ? packFits(selector, kind, item) : selector.of === kind.name && namesOf(item).some((name) => globFits(selector.pattern ?? '*', name))
      if (hit) met(selector.text)
      return hit
    }
    const excluded = this.except.filter(fits)
    const included = this.only.filter(fits)
    if (excluded.length > 0) return `${LEFT_OUT} except=${excluded[0]!.text}`
    return this.only.length === 0 || included.length > 0 ? undefined : `${LEFT_OUT} only=${this.only.map(({ text }) => text).join(',')}`
  }

  /** Patterns that could fit items of these kinds; one that fits none is likely mistyped. */
  patterns(kinds: readonly Pick<Kind, 'name'>[]): string[] {
    return [...this.only, ...this.except].filter(({ of, pattern }) => pattern !== undefined && (of === PACK || kinds.some(({ name }) => name === of))).map(({ text }) => text)
  }
}

function parse(text: string): Selector {
  const colon = text.indexOf(':')
  if (colon < 0 && text !== PACK) return { text, of: text }
  const pattern = colon < 0 ? '' : text.slice(colon + 1)
  if (pattern === '') throw new Refusal(`only and except do not know ${JSON.stringify(text)}: what is before the colon needs a pattern behind it`, 'write a kind (packs), a kind and a pattern (keys:deploy.*), or packs by name (pack:est_*)', EXIT.usage)
  return { text, of: text.slice(0, colon), pattern }
}

function packFits({ pattern }: Selector, kind: Pick<Kind, 'packOf' | 'packless'>, item: Item): boolean {
  const pack = packOf(kind, item)
  return pack !== undefined && globFits(pattern!, pack)
}

/** The pack that an item belongs to; undefined for what belongs to none. */
export function packOf(kind: Pick<Kind, 'packOf' | 'packless'>, item: Item): string | undefined {
  if (kind.packless) return undefined
  if (kind.packOf) return kind.packOf(item)
  return typeof item.pack === 'string' ? item.pack : undefined
}

const namesOf = ({ identity, name, ref }: Item): string[] => [identity, name, ref].filter((one): one is string => typeof one === 'string')

/** What was left out of a listing, by the word that did it. */
export class LeftOut {
  private readonly byReason = new Map<string, string[]>()
  private readonly counts = new Map<string, number>()

  add(reason: string, identity: string): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1)
    const names = this.byReason.get(reason) ?? []
    if (names.length < NAMED) this.byReason.set(reason, [...names, identity])
  }

  get total(): number {
    return [...this.counts.values()].reduce((a, b) => a + b, 0)
  }

  /** One fact a reason: how many, and the first of them by name. */
  notes(title: string): string[] {
    return [...this.counts].map(([reason, count]) => {
      const names = this.byReason.get(reason) ?? []
      return `${reason}: ${count} of the ${title}: ${names.join(', ')}${count > names.length ? ` and ${count - names.length} more` : ''}`
    })
  }
}

const NAMED = 6
