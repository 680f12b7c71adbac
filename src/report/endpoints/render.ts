/**
 * The checklist as text, Markdown and CSV. What stands in it comes from logs and metadata, which strangers can write into:
 * nothing in it may steer a terminal, break out of a table, or be run by a spreadsheet. Pure.
 */
import { SECTIONS, type Entry, type Section } from './types'

export const FORMS = ['text', 'markdown', 'csv'] as const
export type Form = (typeof FORMS)[number]

export interface Report {
  title: string
  /** Said before the list. */
  hints: readonly string[]
  entries: readonly Entry[]
  missed: readonly string[]
}

export function render(report: Report, form: Form): string {
  if (form === 'csv') return csv(report)
  return form === 'markdown' ? markdown(report) : text(report)
}

/** Line ends, terminal codes and marks that turn the direction of writing become visible. */
export const plain = (value: string): string =>
  value.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (char) => (char === '\n' || char === '\t' ? ' ' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`))

function* bySection(entries: readonly Entry[]): Generator<[string, Entry[]]> {
  for (const section of Object.keys(SECTIONS) as Section[]) {
    const own = entries.filter((entry) => entry.section === section)
    if (own.length > 0) yield [SECTIONS[section], own]
  }
}

function text({ title, hints, entries, missed }: Report): string {
  const lines = [title, ...hints]
  for (const [name, own] of bySection(entries)) {
    lines.push('', `${name} (${own.length})`)
    for (const entry of own) {
      lines.push(`  [ ] ${entry.old}${entry.new === '' ? '' : `  ->  ${entry.new}`}`, `      seen: ${entry.evidence}`)
      if (entry.todo !== undefined) lines.push(`      to do: ${entry.todo}`)
    }
  }
  if (missed.length > 0) lines.push('', 'Not looked at', ...missed.map((one) => `  - ${one}`))
  return `${lines.map(plain).join('\n')}\n`
}

/** Every sign that Markdown or HTML could take for its own. */
const escaped = (value: string): string => plain(value).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/[\\`*_{}[\]()#+!|~-]/g, '\\$&')

function markdown({ title, hints, entries, missed }: Report): string {
  const lines = [`# ${escaped(title)}`, '', ...hints.map(escaped)]
  for (const [name, own] of bySection(entries)) {
    lines.push('', `## ${escaped(name)} (${own.length})`, '', '| done | old | new | evidence | to do |', '| --- | --- | --- | --- | --- |')
    for (const entry of own) lines.push(`| [ ] | ${[entry.old, entry.new, entry.evidence, entry.todo ?? ''].map(escaped).join(' | ')} |`)
  }
  if (missed.length > 0) lines.push('', '## Not looked at', '', ...missed.map((one) => `- ${escaped(one)}`))
  return `${lines.join('\n')}\n`
}

/** A cell that begins like a formula is run by spreadsheets: an apostrophe before it makes it text. */
export function cell(value: string): string {
  const shown = plain(value)
  const safe = /^\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/.test(shown) ? `'${shown}` : shown
  return `"${safe.replace(/"/g, '""')}"`
}

function csv({ entries, missed }: Report): string {
  const rows = [
    ['done', 'what', 'old', 'new', 'evidence', 'to do'],
    ...[...bySection(entries)].flatMap(([name, own]) => own.map((entry) => ['', name, entry.old, entry.new, entry.evidence, entry.todo ?? ''])),
    ...missed.map((one) => ['', 'Not looked at', '', '', one, '']),
  ]
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}
