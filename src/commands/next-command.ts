/** How a command that stages and errors name is typed where the user is: in a shell, or through StackStorm. Pure. */

/** `st2upgrade plan --run x` is `st2 run st2upgrade.plan run=x` for whoever started an action. */
export function asTypedThere(line: string, inAction: boolean): string {
  if (!inAction) return line
  return line.replace(/st2upgrade ([a-z]+)((?: --[a-z-]+ [^\s;,]+)*)/g, (_, command: string, options: string) => `st2 run st2upgrade.${command}${parameters(options)}`)
}

const parameters = (options: string): string => options.replace(/ --([a-z-]+) (\S+)/g, (_, name: string, value: string) => ` ${name.replace(/-/g, '_')}=${value}`)
