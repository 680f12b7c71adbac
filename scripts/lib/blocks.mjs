/** The generated pieces of the docs, as Markdown, by name. Pure: from the tables of the source. */

const cell = (text) => String(text ?? '').replace(/\|/g, '\\|').replace(/</g, '&lt;')
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')
const code = (text) => `\`${text}\``

/** The commands that are actions too, and those that only a shell has. */
const isAction = (command) => !/^sandbox-/.test(command.name)

function commands({ COMMANDS }) {
  return table(['command', 'what it does', 'as an action'], COMMANDS.map((c) => [code(c.name), c.describe, isAction(c) ? code(`st2upgrade.${c.name}`) : '']))
}

function defaultOf(spec) {
  if (spec.type === 'boolean') return ''
  return spec.default === undefined ? '' : code(spec.default)
}

/** How an option is given beside its own name. */
function ways(name, spec, { variable }) {
  if (spec.shellOnly) return 'shell only'
  return spec.config ? `parameter ${code(name)}, setting, ${code(variable(name))}` : `parameter ${code(name)}`
}

function options(tables) {
  const { COMMANDS, OPTION_SPECS, flag } = tables
  const groups = [...new Set(Object.values(OPTION_SPECS).map(({ group }) => group))]
  return groups
    .map((group) => {
      const rows = Object.entries(OPTION_SPECS).filter(([, spec]) => spec.group === group)
      const taken = (name) => COMMANDS.filter((c) => c.options.includes(name)).map((c) => c.name).join(', ')
      const described = ([name, spec]) => [code(flag(name)), spec.type, defaultOf(spec), spec.describe + (spec.choices ? ` (${spec.choices.join(', ')})` : ''), ways(name, spec, tables), taken(name)]
      return `### ${group}\n\n${table(['option', 'type', 'default', 'meaning', 'in StackStorm', 'commands'], rows.map(described))}`
    })
    .join('\n\n')
}

function exitCodes({ EXIT_MEANING }) {
  return table(['code', 'meaning'], Object.entries(EXIT_MEANING).sort(([a], [b]) => a - b))
}

function errors({ CATALOGUE }) {
  return table(['code', 'exit', 'what happened', 'what to do next'], Object.entries(CATALOGUE).map(([name, { exit, message, next }]) => [code(name), exit, message, next]))
}

function settings({ OPTION_SPECS, variable }) {
  return table(['setting', 'environment', 'meaning'], Object.entries(OPTION_SPECS).filter(([, spec]) => spec.config).map(([name, spec]) => [code(name), code(variable(name)), spec.describe]))
}

function kinds({ KINDS }) {
  return table(['kind', 'what it is', 'after', 'may hold plain secrets'], KINDS.map((kind) => [code(kind.name), kind.title, kind.after.join(', '), kind.plainSecrets ? 'yes' : 'no']))
}

export const blocks = (tables) => ({
  commands: commands(tables),
  options: options(tables),
  'exit-codes': exitCodes(tables),
  errors: errors(tables),
  settings: settings(tables),
  kinds: kinds(tables),
})
