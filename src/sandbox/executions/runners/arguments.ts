/** The command line of a script action. Knowledge: running-on-stackstorm.md section 2, seen on 3.4.1, 3.8.1 and 3.9.0. */
import { pyStr } from '../../python'
import type { Json, Parameters } from '../model'

/** Quotes a word for the shell as Python's shlex does. */
export function quote(word: string): string {
  if (word === '') return "''"
  return /[^\w@%+=:,./-]/.test(word) ? `'${word.replace(/'/g, `'"'"'`)}'` : word
}

/**
 * The arguments as one piece of shell text: named ones in the order of `values`, then those with a `position`. An empty text, null
 * and false are not passed at all as named ones; an unset positional is passed as an empty word.
 */
export function scriptArguments(values: Json, schemas: Parameters, prefix: string): string {
  const positional = Object.keys(schemas)
    .filter((name) => (schemas[name]?.position ?? null) !== null)
    .sort((a, b) => (schemas[a]?.position ?? 0) - (schemas[b]?.position ?? 0))
  const words = Object.entries(values)
    .filter(([name]) => !positional.includes(name))
    .flatMap(([name, value]) => namedArgument(prefix + name, value, schemas[name]?.type))
  return [...words, ...positional.map((name) => quote(positionalArgument(values[name], schemas[name]?.type)))].join(' ')
}

function namedArgument(name: string, value: unknown, type: unknown): string[] {
  if (value === null || value === undefined || value === '' || value === false) return []
  return [value === true ? name : `${quote(name)}=${quote(asPython(value, type))}`]
}

/** Lists and objects arrive as Python writes them; a whole number of type `number` is a float there. */
function asPython(value: unknown, type: unknown): string {
  return type === 'number' && Number.isInteger(value) ? `${String(value)}.0` : pyStr(value)
}

function positionalArgument(value: unknown, type: unknown): string {
  if (value === null || value === undefined) return ''
  if (type === 'boolean') return value ? '1' : '0'
  if (type === 'array' || type === 'list') return Array.isArray(value) ? value.map(pyStr).join(',') : pyStr(value)
  if (type === 'object') return Object.keys(value).length > 0 ? JSON.stringify(value) : ''
  if (type === 'string' || type === 'number') return asPython(value, type)
  return value ? asPython(value, type) : ''
}
