import { whatChanged, type Compared } from '../../../../src/kinds/host-files/account'
import { namedDifferences, readNamed } from '../../../../src/kinds/host-files/named'
import { SORTS } from '../../../../src/kinds/host-files/sorts'

const read = (form: 'options' | 'variables' | 'users', text: string): Record<string, string[]> => Object.fromEntries(readNamed(form, Buffer.from(text))!)

test('options as the services read them: sections, both signs, lines that go on, repeated ones, comments', () => {
  const text = '# [x] no = 1\nloose = 0\r\n[api]\n; off = 1\nhost=127.0.0.1\nport : 9101\nallow_origin = a,\n   b\n\n[messaging]\ncluster_urls = one\ncluster_urls = two\nempty =\nnot an option\n'
  expect(read('options', text)).toEqual({ '[DEFAULT] loose': ['0'], '[api] host': ['127.0.0.1'], '[api] port': ['9101'], '[api] allow_origin': ['a,\nb'], '[messaging] cluster_urls': ['one', 'two'], '[messaging] empty': [''] })
})

test('variables of a shell file, users of htpasswd', () => {
  expect(read('variables', '# export A=1\nexport B="two words"\n C=\'3\'\nif x; then\n')).toEqual({ B: ['two words'], C: ['3'] })
  expect(read('users', '#a:b\nalice:$apr1$x:y\n\n:nobody\n')).toEqual({ alice: ['$apr1$x:y'] })
  expect(readNamed('lines', Buffer.from('x'))).toBeUndefined()
})

test('names that differ, on which side', () => {
  const named = (text: string) => readNamed('variables', Buffer.from(text))!
  expect(namedDifferences(named('A=1\nB=2\nC=3'), named('B=2\nC=4\nD=5'))).toEqual({ only: ['A'], other: ['C'], missing: ['D'] })
})

const compared = (identity: string, base: 'etc' | 'nginx' | 'chatops', form: string, old: string): Compared => ({
  identity,
  sort: SORTS.find((sort) => sort.base === base && sort.form === form)!,
  old: Buffer.from(old),
  from: '3.4.1',
  to: '3.9.0',
})

test.each([
  ['etc/st2/st2.conf', 'etc', 'options', '[database]\nssl_keyfile = a\nssl_certfile = b\n', ['[database] ssl_keyfile since 3.9.0, now tls_certificate_key_file: ', '[database] ssl_certfile since 3.9.0, now tls_certificate_key_file: ']],
  ['etc/st2/st2.conf', 'etc', 'options', '[messaging]\nssl_keyfile = a\n[rbac]\nenable = True\n', []],
  ['etc/st2/logging.exporter.conf', 'etc', 'lines', '', ['of no use: ']],
  ['opt/stackstorm/chatops/st2chatops.env', 'chatops', 'variables', 'export HUBOT_ADAPTER=irc\n', ['HUBOT_ADAPTER since 3.9.0: ']],
  ['opt/stackstorm/chatops/st2chatops.env', 'chatops', 'variables', 'export HUBOT_ADAPTER="slack"\n', []],
  ['etc/nginx/conf.d/st2.conf', 'nginx', 'lines', '  ssl_protocols TLSv1.1 TLSv1.2;\n', ['it allows TLS 1.0 or 1.1']],
  ['etc/nginx/conf.d/st2.conf', 'nginx', 'lines', '  ssl_protocols TLSv1.2 TLSv1.3;\n', []],
] as const)('what the releases changed about %s (%s %s) %j', (identity, base, form, old, expected) => {
  const changed = whatChanged(compared(identity, base, form, old))
  expect(changed).toHaveLength(expected.length)
  expected.forEach((begin, i) => expect(changed[i]).toContain(begin))
})
