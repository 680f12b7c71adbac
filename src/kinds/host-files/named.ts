/** What settings files say, by name: which options, variables or users two files have otherwise. Values, which may be secrets, are never told. */
import type { Form } from './sorts'

/** The values behind each name; several where a name stands more than once. */
export type Named = Map<string, string[]>

/** Undefined for a form that names nothing. */
export function readNamed(form: Form, bytes: Buffer): Named | undefined {
  return form === 'lines' ? undefined : READERS[form](bytes.toString('utf8').split(/\r?\n/))
}

const READERS: Record<Exclude<Form, 'lines'>, (lines: string[]) => Named> = { options: readOptions, variables: readVariables, users: readUsers }

/** As the services read `st2.conf`: sections, `name = value` or `name: value`, lines that go on indented; comments only at the start of a line. */
function readOptions(lines: string[]): Named {
  const found: Named = new Map()
  let [section, last] = ['DEFAULT', undefined as string[] | undefined]
  for (const line of lines) {
    if (/^\s*(?:[#;].*)?$/.test(line)) continue
    const [, heading] = /^\[([^\]]+)\]/.exec(line) ?? []
    const [, name, value] = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? []
    if (heading !== undefined) [section, last] = [heading.trim(), undefined]
    else if (/^\s/.test(line) && last) last[last.length - 1] += `\n${line.trim()}`
    else if (name !== undefined) last = add(found, `[${section}] ${name}`, value!)
  }
  return found
}

function readVariables(lines: string[]): Named {
  const found: Named = new Map()
  for (const line of lines) {
    const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*?)\s*$/.exec(line) ?? []
    if (name !== undefined) add(found, name, value!.replace(/^(["'])(.*)\1$/, '$2'))
  }
  return found
}

function readUsers(lines: string[]): Named {
  const found: Named = new Map()
  for (const line of lines) {
    const at = line.indexOf(':')
    if (at > 0 && !line.startsWith('#')) add(found, line.slice(0, at), line.slice(at + 1))
  }
  return found
}

function add(found: Named, name: string, value: string): string[] {
  const values = found.get(name) ?? []
  found.set(name, values)
  values.push(value)
  return values
}

export interface NamedDifferences {
  /** Only in the old instance's file. */
  only: string[]
  /** In both, with another value. */
  other: string[]
  /** Only in the new instance's own file. */
  missing: string[]
}

export function namedDifferences(old: Named, own: Named): NamedDifferences {
  const text = (values: string[] | undefined): string => JSON.stringify(values)
  const names = [...old.keys()].sort()
  return {
    only: names.filter((name) => !own.has(name)),
    other: names.filter((name) => own.has(name) && text(old.get(name)) !== text(own.get(name))),
    missing: [...own.keys()].filter((name) => !old.has(name)).sort(),
  }
}
