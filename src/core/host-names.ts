/**
 * Whole host names in any text: found, and changed into others, with their ports and everything around them kept. A name
 * inside a longer one (`old.example` in `api.old.example`, `old.example.org`, `my-old.example`) is another host. Pure.
 */

export interface Rewrite {
  from: string
  to: string
}

/** How often a host name was met. */
export type Hits = Map<string, number>

/** A name or IPv4 address as it stands in a URL: ASCII labels with dots between, no port. */
export const isHostName = (text: string): boolean => text.length <= 253 && /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$/.test(text)

/** What cannot stand right before a whole name; a percent-encoded separator can. */
const BEFORE = '(?:(?<![\\p{L}\\p{N}_.-])|(?<=%(?:2[0-9A-CFa-cf]|3[A-Fa-f]|40|5[BDbd]|7[BDbd])))'
/** Nor right behind it; `name@` and `name:word@` are users, not hosts. */
const AFTER = '(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}_]|@|:[^\\s/@"\']*@)'
/** Upper and lower case are one; letters beyond ASCII never count as one of these. */
const anyCase = (name: string): string => [...name].map((char) => (/[a-z]/i.test(char) ? `[${char.toLowerCase()}${char.toUpperCase()}]` : char.replace('.', '\\.'))).join('')

/** A name without dots is an ordinary word, but behind `//`, as in `git@name:path`, and when it is all there is. */
function patternOf(name: string): string {
  const text = anyCase(name)
  if (name.includes('.')) return `${BEFORE}${text}${AFTER}`
  return [`(?<=\\/\\/(?:[^\\s\\/@"'<>]*@)?)${text}${AFTER}`, `(?<=^[\\p{L}\\p{N}_.-]+@)${text}(?=:)`, `(?<=^)${text}(?=(?::\\d{1,5})?$)`].join('|')
}

/** Finds and changes whole host names, all of them in one pass, so that two names can change places. */
export class HostNames {
  private readonly pattern: RegExp
  private readonly to: Map<string, string>

  constructor(readonly rewrites: readonly Rewrite[]) {
    this.to = new Map(rewrites.map(({ from, to }) => [from.toLowerCase(), to]))
    this.pattern = new RegExp([...this.to.keys()].map(patternOf).join('|') || '(?!)', 'gu')
  }

  /** The text with every whole name changed; `hits` counts them by the old name. */
  rewrite(text: string, hits: Hits = new Map()): string {
    if (!this.mayHold(text)) return text
    return text.replace(this.pattern, (found) => {
      const from = found.toLowerCase()
      hits.set(from, (hits.get(from) ?? 0) + 1)
      return this.to.get(from)!
    })
  }

  /** The old names that stand in a text as whole names. */
  in(text: string): Hits {
    const hits: Hits = new Map()
    this.rewrite(text, hits)
    return hits
  }

  /** Looking for a substring first is much faster on large texts. */
  private mayHold(text: string): boolean {
    const lower = text.toLowerCase()
    return [...this.to.keys()].some((name) => lower.includes(name))
  }
}
