/** Name patterns as people type them: `*` stands for any characters, `?` for one; all others for themselves. Pure. */

/** Whether the pattern fits the whole text; upper and lower case differ. Takes at most pattern times text steps, whatever is typed. */
export function globFits(pattern: string, text: string): boolean {
  const [wanted, given] = [[...pattern], [...text]]
  let [p, t] = [0, 0]
  /** Where the last star stands, and how much of the text it has taken so far. */
  let star = -1
  let taken = 0
  while (t < given.length) {
    if (wanted[p] === '*') [star, taken, p] = [p, t, p + 1]
    else if (wanted[p] === '?' || wanted[p] === given[t]) [p, t] = [p + 1, t + 1]
    else if (star >= 0) [p, t] = [star + 1, ++taken]
    else return false
  }
  return wanted.slice(p).every((char) => char === '*')
}
