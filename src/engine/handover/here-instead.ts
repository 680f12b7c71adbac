/** A line of an answer that was given on another machine, as it holds here: commands name this side's run, paths say where they are. Pure. */

export interface Runs {
  /** The run's name there. */
  there: string
  here: string
}

/** Parameters that this side gives by itself. */
const ITS_OWN: readonly string[] = ['run', 'other_users', 'resume']
const COMMAND = /st2 run st2upgrade\.([a-z-]+)((?: [a-z_]+=(?:'[^']*'|[^\s;,]+))*)/g
const PARAMETER = / ([a-z_]+)=('[^']*'|[^\s;,]+)/g

/** `next: st2 run st2upgrade.apply run=x-there` is `next: st2upgrade apply --run x`. A path keeps the name that it has there. */
export function hereInstead(line: string, { there, here }: Runs): string {
  return line
    .replace(COMMAND, (_, command: string, given: string) => `st2upgrade ${command} --run ${here}${options(given)}`)
    .replace(new RegExp(`(?<!/runs/)${there.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`, 'g'), here)
    .replace(/^(ledger|plan|archive|undo journal): (?=\/)/, '$1, on the target: ')
}

function options(given: string): string {
  const words = [...given.matchAll(PARAMETER)].filter(([, name]) => !ITS_OWN.includes(name!))
  return words.map(([, name, value]) => ` --${name!.replace(/_/g, '-')}${value === 'true' ? '' : ` ${value}`}`).join('')
}
