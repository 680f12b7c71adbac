/** The command line that goes on where this one stopped, as a person would type it. Pure. */
import { quoted } from '../commands/next-command'

/** In an action: run the same execution again. `run`: the run that was begun, named when nobody had named it. Secrets are never among the words: they were refused before. */
export function again(argv: readonly string[], env: Record<string, string | undefined>, run?: string): string {
  const named = run === undefined || argv.some((word) => /^--run(=|$)/.test(word))
  const execution = env.ST2_ACTION_EXECUTION_ID
  if (execution) return `st2 execution re-run ${execution}${named ? '' : ` run=${run}`}`
  return ['st2upgrade', ...[...argv, ...(named ? [] : [`--run=${run}`])].map(quoted)].join(' ')
}
