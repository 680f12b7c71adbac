/** The command line that goes on where this one stopped, as a person would type it. Pure. */

/** In an action: run the same execution again. Secrets are never among the words: they were refused before. */
export function again(argv: readonly string[], env: Record<string, string | undefined>): string {
  const execution = env.ST2_ACTION_EXECUTION_ID
  if (execution) return `st2 execution re-run ${execution}`
  return ['st2upgrade', ...argv.map(quoted)].join(' ')
}

const quoted = (word: string): string => (/^[A-Za-z0-9_./:=,@{}+-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`)
