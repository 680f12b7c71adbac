/**
 * Says in libyaml's words what js-yaml found wrong: registering a broken file answers with this text. Known are the mistakes
 * that people make in metadata files (an open bracket, wrong indentation, a colon too many); the rest keeps js-yaml's reason.
 */
import type { YAMLException } from 'js-yaml'

interface Place {
  line: number
  column: number
}

/** The message of a PyYAML exception for the same text. Lines and columns count from 1. */
export function libyamlText(error: YAMLException, text: string, source: string): string {
  const lines = text.split('\n')
  const mark: Place = { line: (error.mark?.line ?? 0) + 1, column: (error.mark?.column ?? 0) + 1 }
  const at = (place: Place): string => `\n  in "${source}", line ${place.line}, column ${place.column}`
  const here = lines[mark.line - 1]?.slice(mark.column - 1) ?? ''
  const told = TEXTS.find(([reason, fits]) => reason.test(error.reason ?? '') && fits(here, text))
  return told ? told[2]({ at, mark, text, reason: error.reason ?? '' }) : `${error.reason ?? error.message}${at(mark)}`
}

interface Found {
  at: (place: Place) => string
  mark: Place
  text: string
  reason: string
}

const always = (): boolean => true
const endsOpen = (_here: string, text: string): boolean => /[[{,]\s*$/.test(text)
const NO_TOKEN = 'while scanning for the next token\nfound character that cannot start any token'

const TEXTS: [RegExp, (here: string, text: string) => boolean, (found: Found) => string][] = [
  [/within a flow collection/, endsOpen, ({ at, text }) => `while parsing a flow node\ndid not find expected node content${at(endOf(text))}`],
  [/within a flow collection/, always, ({ at, text }) => `${openCollection(text, at)}${at(endOf(text))}`],
  [/missed comma/, always, ({ at, mark, text }) => `${openCollection(upTo(text, mark), at)}${at(mark)}`],
  [/within a (single|double) quoted/, always, ({ at, text }) => `while scanning a quoted scalar${at(openQuote(text))}\nfound unexpected end of stream${at(endOf(text))}`],
  [/bad indentation/, (here) => /^[@`%]/.test(here), ({ at, mark }) => `${NO_TOKEN}${at(mark)}`],
  [/bad indentation/, (here) => /^[\]}]/.test(here), ({ at, mark }) => `while parsing a block node\ndid not find expected node content${at(mark)}`],
  [/bad indentation/, (here) => /^-\s/.test(here), ({ at, mark }) => `block sequence entries are not allowed in this context${at(mark)}`],
  [/bad indentation/, (here) => here.startsWith(':'), ({ at, mark }) => `mapping values are not allowed in this context${at(mark)}`],
  [/bad indentation of a mapping/, always, ({ at, mark, text }) => `while parsing a block mapping${at(firstContent(text))}\ndid not find expected key${at(mark)}`],
  [/bad indentation of a sequence/, always, ({ at, mark, text }) => `while parsing a block collection${at(firstContent(text))}\ndid not find expected '-' indicator${at(mark)}`],
  [/tab characters/, always, ({ at, mark }) => `${NO_TOKEN}${at(mark)}`],
  [/unidentified alias/, always, ({ at, mark, text }) => `found undefined alias${at(lastOf(text, mark, '*'))}`],
  [/unknown tag/, always, ({ at, mark, text, reason }) => `could not determine a constructor for the tag '${/<(.*)>/.exec(reason)?.[1] ?? ''}'${at(lastOf(text, mark, '!'))}`],
  [/single document/, always, ({ at, text }) => `expected a single document in the stream${at(firstContent(text))}\nbut found another document${at(secondDocument(text))}`],
  [/document separator is expected/, (here) => here.startsWith(':'), ({ at, mark }) => `mapping values are not allowed in this context${at(mark)}`],
  [/document separator is expected/, (_here, text) => /^\s*- /.test(text), ({ at, mark, text }) => `while parsing a block collection${at(firstContent(text))}\ndid not find expected '-' indicator${at(mark)}`],
  [/multiline key/, always, ({ at, mark }) => `while scanning a simple key${at({ line: mark.line - 1, column: 1 })}\ncould not find expected ':'${at(mark)}`],
]

/** libyaml closes the last line even where the file does not. */
function endOf(text: string): Place {
  return { line: text.replace(/\n$/, '').split('\n').length + 1, column: 1 }
}

function placeOf(text: string, index: number): Place {
  const before = text.slice(0, index).split('\n')
  return { line: before.length, column: (before[before.length - 1] ?? '').length + 1 }
}

const indexOf = (text: string, { line, column }: Place): number => text.split('\n').slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0) + column - 1
const upTo = (text: string, place: Place): string => text.slice(0, indexOf(text, place))
const lastOf = (text: string, mark: Place, char: string): Place => placeOf(text, Math.max(0, upTo(text, mark).lastIndexOf(char)))
const openQuote = (text: string): Place => placeOf(text, text.search(/["'](?=[^"']*$)/))
const secondDocument = (text: string): Place => placeOf(text, text.search(/\n---/) + 1)

function firstContent(text: string): Place {
  const lines = text.split('\n')
  const line = lines.findIndex((one) => /^\s*[^\s#]/.test(one) && !one.startsWith('---'))
  return { line: line + 1, column: (lines[line]?.search(/\S/) ?? 0) + 1 }
}

/** The bracket that nobody closed, and what should have followed its items. */
function openCollection(text: string, at: Found['at']): string {
  const open: number[] = []
  for (let i = 0; i < text.length; i++) {
    if ('[{'.includes(text[i] ?? ' ')) open.push(i)
    else if (']}'.includes(text[i] ?? ' ')) open.pop()
  }
  const index = open[open.length - 1] ?? 0
  const list = text[index] === '['
  return `while parsing a flow ${list ? 'sequence' : 'mapping'}${at(placeOf(text, index))}\ndid not find expected ',' or '${list ? ']' : '}'}'`
}
