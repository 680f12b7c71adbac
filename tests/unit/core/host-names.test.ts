import * as fc from 'fast-check'
import { HostNames, isHostName } from '../../../src/core/host-names'

const names = new HostNames([{ from: 'old.example', to: 'new.example' }])

it.each([
  ['old.example', 'new.example'],
  ['OLD.Example', 'new.example'],
  ['https://old.example/api', 'https://new.example/api'],
  ['https://old.example:8443/api?x=old.example', 'https://new.example:8443/api?x=new.example'],
  ['https://user:pw@old.example/', 'https://user:pw@new.example/'],
  ['git@old.example:stackstorm/x.git', 'git@new.example:stackstorm/x.git'],
  ['(old.example)', '(new.example)'],
  ['See old.example.', 'See new.example.'],
  ['old.example, and old.example', 'new.example, and new.example'],
  ['--host=old.example', '--host=new.example'],
  ['next=https%3A%2F%2Fold.example%2Fx', 'next=https%3A%2F%2Fnew.example%2Fx'],
  ['{"url":"https:\\/\\/old.example"}', '{"url":"https:\\/\\/new.example"}'],
  ['[old.example]:80', '[new.example]:80'],
])('%j becomes %j', (text, wanted) => expect(names.rewrite(text)).toBe(wanted))

it.each(['api.old.example', 'old.example.org', 'my-old.example', 'old.example-2', 'xold.example', 'old.examples', 'old_example', 'oldXexample', '.old.example', 'old.example_', 'old.example@realm', 'https://old.example:secret@proxy/', 'bold.example', 'ýold.example', 'a%2Dold.example', 'ol​d.example'])('%j stays', (text) =>
  expect(names.rewrite(text)).toBe(text),
)

it('a name without dots is changed only where it can be nothing but a host', () => {
  const short = new HostNames([{ from: 'old', to: 'new.example' }])
  expect(['old', 'old:9101', 'https://old/api', 'https://me@old:1/', 'git@old:x.git'].map((text) => short.rewrite(text))).toEqual(['new.example', 'new.example:9101', 'https://new.example/api', 'https://me@new.example:1/', 'git@new.example:x.git'])
  for (const text of ['the old host', 'old news', 'https://old.example/', 'https://x/old', 'older', 'a: old', 'mail me@old now', 'https://old:pw@x/']) expect(short.rewrite(text)).toBe(text)
})

it('all names in one pass: two can change places; addresses are names too', () => {
  const swap = new HostNames([{ from: 'a.example', to: 'b.example' }, { from: 'b.example', to: 'a.example' }, { from: '10.0.0.5', to: '10.1.0.5' }])
  expect(swap.rewrite('a.example b.example 10.0.0.5:80 110.0.0.5 10.0.0.50 10.0.0.5.1 10.0.0.5/24')).toBe('b.example a.example 10.1.0.5:80 110.0.0.5 10.0.0.50 10.0.0.5.1 10.1.0.5/24')
  expect([...swap.in('a.example A.EXAMPLE b.example')]).toEqual([['a.example', 2], ['b.example', 1]])
})

it('no names change nothing', () => expect(new HostNames([]).rewrite('old.example')).toBe('old.example'))

it('what a host name is', () => {
  for (const good of ['old', 'old.example', '10.0.0.5', 'a-b.c_d.example', 'xn--bcher-kva.example']) expect(isHostName(good)).toBe(true)
  for (const bad of ['', '.', 'a..b', '-a', 'a-', 'a.', 'a b', 'a:80', 'https://a', 'ü.example', `${'a'.repeat(64)}.x`, `${'abc.'.repeat(64)}d`, 'a/b', '*.example']) expect(isHostName(bad)).toBe(false)
})

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?$/)
const host = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'))
const separator = fc.constantFrom(' ', '/', '://', '"', "'", '(', ')', ',', ';', '=', '|', '\n', '\t', '<', '>', '%2F', '[', ']', '&', '?', '#')
const letters = fc.stringMatching(/^[a-z0-9_-]{1,4}$/)

it('property: between separators every whole name changes, and nothing else does', () => {
  fc.assert(
    fc.property(host, host, fc.array(fc.tuple(separator, fc.oneof(host, letters))), (from, to, parts) => {
      const build = (one: (word: string) => string) => parts.map(([sep, word]) => sep + one(word)).join('') + ' '
      expect(new HostNames([{ from, to }]).rewrite(build((word) => word))).toBe(build((word) => (word === from ? to : word)))
    }),
  )
})

it('property: a name inside a longer one never changes, whatever stands around it', () => {
  fc.assert(
    fc.property(host, host, letters, fc.string(), fc.constantFrom('before', 'sub', 'after', 'domain'), (from, to, more, text, where) => {
      const longer = { before: more + from, sub: `${more}.${from}`, after: from + more, domain: `${from}.${more.replace(/^-/, 'x')}` }[where]
      const around = text.split('').filter((char) => /[\s/"',;()]/.test(char)).join('')
      expect(new HostNames([{ from, to }]).rewrite(`${around} ${longer} ${around}`)).toBe(`${around} ${longer} ${around}`)
    }),
  )
})

it('property: forth and back gives the text again, where the new name did not stand before', () => {
  fc.assert(
    fc.property(host, host, fc.array(fc.tuple(separator, fc.oneof(host, letters))), (from, to, parts) => {
      const text = parts.map(([sep, word]) => sep + word).join('')
      fc.pre(from !== to && !text.includes(to))
      expect(new HostNames([{ from: to, to: from }]).rewrite(new HostNames([{ from, to }]).rewrite(text))).toBe(text)
    }),
  )
})

it('property: ports, users and paths around it stay', () => {
  fc.assert(
    fc.property(host, host, fc.integer({ min: 1, max: 65535 }), fc.stringMatching(/^[a-z0-9]{0,5}$/), fc.stringMatching(/^[a-z0-9/]{0,8}$/), (from, to, port, user, path) => {
      const url = (name: string) => `https://${user === '' ? '' : `${user}:x@`}${name}:${port}/${path}`
      fc.pre(user !== from)
      expect(new HostNames([{ from, to }]).rewrite(url(from))).toBe(url(to))
    }),
  )
})
