/** Query parameters as StackStorm's router casts them, with its errors. Of several of one name the last counts. */
import { Fault } from '../types'

const YES = ['true', '1', 'yes', 'y']
const NO = ['false', '0', 'no', 'n']

export function textParameter(query: URLSearchParams, name: string): string | undefined {
  return query.getAll(name).pop()
}

/** Undefined when absent; 400 for anything but a yes or no word. */
export function booleanParameter(query: URLSearchParams, name: string): boolean | undefined {
  const text = textParameter(query, name)
  if (text === undefined) return undefined
  const word = text.toLowerCase()
  if (![...YES, ...NO].includes(word)) throw new Fault(400, `Parameter "${name}" is not of type boolean`)
  return YES.includes(word)
}

/** The default when absent; 400 for what is no integer. */
export function integerParameter(query: URLSearchParams, name: string, byDefault: number): number {
  const text = textParameter(query, name)
  if (text === undefined) return byDefault
  if (!/^-?[0-9]+\n?$/.test(text)) throw new Fault(400, `Parameter "${name}" is not of type integer`)
  return Number(text)
}
