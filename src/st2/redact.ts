/**
 * Error texts of StackStorm quote what was sent (`'s3cret' is not of type 'integer'`). Before such a text is shown, the
 * values of the request are taken out of it again. Members that only name things stay readable.
 */

/** Members whose values name things and may be shown. */
const NAMING = new Set(['name', 'ref', 'id', 'uid', 'pack', 'packs', 'scope', 'user', 'type', 'types', 'action', 'resource_ref', 'policy_type', 'trigger'])

function leaves(value: unknown, member: string, found: Set<string>): void {
  if (typeof value === 'string') {
    if (value.length >= 3 && !NAMING.has(member)) found.add(value)
  } else if (typeof value === 'number') {
    if (Math.abs(value) >= 100) found.add(String(value))
  } else if (Array.isArray(value)) {
    for (const one of value) leaves(one, member, found)
  } else if (value && typeof value === 'object') {
    for (const [name, one] of Object.entries(value)) leaves(one, name, found)
  }
}

/** As Python's repr writes a string inside quotes, for the characters that matter. */
const pythonEscaped = (text: string) => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')

/** `text` without any value of `body`, longest first so that no rest of one stays. */
export function redactValues(text: string, body: unknown): string {
  const found = new Set<string>()
  leaves(body, '', found)
  const all = [...found].flatMap((value) => [value, pythonEscaped(value), value.split('\n', 1)[0] ?? '']).filter((value) => value.length >= 3)
  return all.sort((a, b) => b.length - a.length).reduce((rest, value) => rest.split(value).join('<value>'), text)
}
