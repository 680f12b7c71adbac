/** The known word that a mistyped one was probably meant to be. */

/** Undefined when nothing is near: more than a third of the letters would have to change. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const scored = known.map((candidate) => ({ candidate, steps: distance(word, candidate) }))
  const best = scored.sort((a, b) => a.steps - b.steps)[0]
  return best && best.steps <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined
}

/** Letters to insert, delete or replace (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced))
    }
    row = next
  }
  return row[b.length] ?? 0
}
