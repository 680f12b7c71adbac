/**
 * The odd names and values of the sample estate: each one was seen to be lost, changed or to stop the load when moved by hand
 * (`st2 key list`, `st2 key load`), or is a neighbour of one that was.
 */
import type { Random } from './random'

/** Names that live 3.8.1 and 3.9.0 take, which clients, proxies and shells get wrong. `null` is not here: it has a life of its own. */
export const ODD_NAMES: readonly string[] = [
  'est#h',
  'est?q',
  'est',
  'hash#tag',
  'q?mark',
  'per%41cent',
  'a%2Fb',
  'with space',
  ' leading',
  'trailing ',
  '  both  ',
  'key:with:colons',
  "it's",
  'say "hello"',
  '{{ st2kv.system.est }}',
  '<% ctx().est %>',
  'back\\slash',
  'tab\there',
  'line\nfeed',
  '%',
  '100%',
  '&amp;',
  'a&b=c',
  'plus+plus',
  '--help',
  '-n',
  '.hidden',
  'dot.',
  'semi;colon',
  '$HOME',
  '`backtick`',
  '[list]',
  '*',
  'None',
  'true',
  'ünïcode',
  'café',
  'Straße',
  'ÿ',
  'no\u00a0break',
  'Case',
  'case',
  'n'.repeat(240),
]

/** StackStorm takes a filter value `null` as no filter: such a key can be made once and is listed, but never read or deleted by name. */
export const NULL_NAME = 'null'

interface OddValue {
  name: string
  value: string
  secret?: boolean
}

/** Values that must arrive byte for byte. */
export function oddValues(random: Random): OddValue[] {
  return [...TEXTS.map(([name, value]) => ({ name: `odd.${name}`, value })), ...bigValues(random), ...oddSecrets(random)]
}

const PEM = ['-----BEGIN CERTIFICATE-----', 'MIIBszCCAVmgAwIBAgIUExample0000000000000000000000', '-----END CERTIFICATE-----', ''].join('\n')

const TEXTS: [string, string][] = [
  ['empty', ''],
  ['blank', ' '],
  ['padded', '  padded on both sides  '],
  ['final-line-feed', 'ends with a line feed\n'],
  ['only-line-feeds', '\n\n\n'],
  ['nul-byte', 'before\u0000after'],
  ['crlf', 'first\r\nsecond\r\n'],
  ['line-separator', 'one\u2028two\u2029three'],
  ['leading-zeros', '007'],
  ['word-null', 'null'],
  ['word-true', 'true'],
  ['number-in-text', '1e3'],
  ['big-number', '9007199254740993'],
  ['json', '{"nested": {"list": [1, 2.50, null], "text": "\\u00e9"}}'],
  ['yaml', 'key: value\nlist:\n  - yes\n  - 010\n'],
  ['jinja', '{{ st2kv.system.est }} and <% ctx().est %>'],
  ['multi-line', PEM],
  ['control-characters', Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('')],
  ['byte-order-mark', '\ufeffmarked'],
  ['beyond-the-plane', 'rocket \u{1f680}, music \u{1d11e}'],
  ['decomposed', 'e\u0301 is not \u00e9'],
  ['right-to-left', '\u202eabc\u202c'],
  ['looks-like-ciphertext', '3030303030' + 'A1B2C3D4'.repeat(13)],
  ['masked', '********'],
  ['slashes', '//server/share\\folder'],
  ['html', '<b>&amp;</b>'],
]

const BYTES = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')

function bigValues(random: Random): OddValue[] {
  return [
    { name: 'odd.binary-looking', value: random.text(4096, BYTES) },
    { name: 'big.text-64k', value: random.text(65_536) },
    { name: 'big.lines-256k', value: Array.from({ length: 4096 }, () => random.text(63)).join('\n') },
    { name: 'big.one-megabyte', value: random.text(1_048_576) },
  ]
}

function oddSecrets(random: Random): OddValue[] {
  const texts: [string, string][] = [
    ['secret.empty', ''],
    ['secret.sixteen-bytes', 'exactly16bytes!!'],
    ['secret.padded', '  pass phrase  '],
    ['secret.nul-byte', 'pass\u0000word'],
    ['secret.umlauts', 'Zwölf Boxkämpfer \u{1f510}'],
    ['secret.private-key', ['-----BEGIN PRIVATE KEY-----', random.text(64), random.text(64), '-----END PRIVATE KEY-----', ''].join('\n')],
    ['secret.keystore-200k', random.text(204_800)],
  ]
  return texts.map(([name, value]) => ({ name, value, secret: true }))
}
