/**
 * The order of identities: by Unicode code point, which is the order of their UTF-8 bytes (LC_ALL=C sort), so that it is
 * the same in every language, locale and tool. JavaScript's own `<` orders UTF-16 units and puts emoji before U+E000.
 */

/** Moves surrogates above U+FFFF's other units, so that comparing units compares code points. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** Negative, zero or positive as `a` stands before, at or after `b`. Lone surrogates, which UTF-8 does not have, come after U+FFFF. */
export function compareIdentity(a: string, b: string): number {
  if (a === b) return 0
  const shorter = Math.min(a.length, b.length)
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}
