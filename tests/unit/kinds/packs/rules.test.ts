/** The small rules of the kind packs: remotes, dependencies, secrets, comparison. */
import * as fc from 'fast-check'
import type { Change } from '../../../../src/core/model'
import { comparePacks } from '../../../../src/kinds/packs/compare'
import { dependencyRef, wavesOf } from '../../../../src/kinds/packs/depends'
import type { PackFile, PackItem } from '../../../../src/kinds/packs/item'
import { cleanRemote, hostOf, isLocalRemote, isPlainRemote, unsuitable } from '../../../../src/kinds/packs/remote'
import { judgeSecret } from '../../../../src/kinds/packs/secrets'

describe('remotes', () => {
  test.each([
    ['https://git.example.org/a/b.git', 'https://git.example.org/a/b.git', false],
    ['https://bot:pw@git.example.org/a/b.git', 'https://git.example.org/a/b.git', true],
    ['https://token@git.example.org/a', 'https://git.example.org/a', true],
    ['https://git.example.org/a?private_token=x', 'https://git.example.org/a', true],
    ['ssh://git@git.example.org:22/a/b.git', 'ssh://git@git.example.org:22/a/b.git', false],
    ['ssh://git:pw@git.example.org/a', 'ssh://git@git.example.org/a', true],
    ['git@git.example.org:a/b.git', 'git@git.example.org:a/b.git', false],
    ['/srv/git/a', '/srv/git/a', false],
  ])('%s', (url, origin, hadCredentials) => expect(cleanRemote(url)).toEqual({ origin, hadCredentials }))
  test('never a password', () => {
    fc.assert(
      fc.property(fc.constantFrom('http', 'https', 'ssh', 'git+ssh'), fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[A-Z0-9]{6,12}$/), (scheme, user, password) => {
        expect(cleanRemote(`${scheme}://${user}:${password}@git.example.org/p`).origin).not.toContain(password)
      }),
    )
  })
  test.each([
    ['https://git.example.org/a/b', true], ['git@git.example.org:a/b.git', true], ['/srv/git/a', true], ['file:///srv/git/a', true],
    ['--upload-pack=touch /tmp/x', false], ['ext::sh -c touch% /tmp/x', false], ['-oProxyCommand=x', false], ['', false],
  ])('git may be handed %s: %s', (url, fine) => expect(isPlainRemote(url)).toBe(fine))
  test.each([
    ['https://git.example.org/a/b', true], ['git@git.example.org:stackstorm/x.git', true], ['git.example.org:x/y', false], ['owner/name', false], ['https://h.example.org/a=b', false], ['name', false], ['gitlab@x:a/b', true],
  ])('the installer takes %s: %s', (url, fine) => expect(unsuitable(url) === undefined).toBe(fine))
  test('hosts and paths', () => {
    expect(['https://a@h.example.org:8/x', 'git@h.example.org:x', '/srv/x'].map(hostOf)).toEqual(['h.example.org:8', 'h.example.org', ''])
    expect(['/srv/x', 'file:///x', '../x', 'https://h/x'].map(isLocalRemote)).toEqual([true, true, true, false])
  })
})

describe('dependencies', () => {
  test.each([
    ['core', 'core'], ['aws=1.0.0', 'aws'], ['https://git.example.org/org/stackstorm-net_tools.git', 'net_tools'], ['https://git.example.org/org/stackstorm-net=v2', 'net'],
    ['file:///srv/git/demo_lib', 'demo_lib'], ['git@git.example.org:stackstorm-ops.git', 'ops'], ['owner/stackstorm-x', 'x'],
  ])('%s is %s', (text, ref) => expect(dependencyRef(text)).toBe(ref))

  const change = (identity: string): Change => ({ kind: 'packs', identity, action: 'create' })
  const item = (identity: string, ...dependencies: string[]): [string, PackItem] => [identity, { identity, dependencies } as unknown as PackItem]
  const names = (waves: Change[][]): string[][] => waves.map((wave) => wave.map(({ identity }) => identity))

  test('each after what it depends on, circles last, others that are there already do not matter', () => {
    const items = new Map([item('a', 'b', 'elsewhere'), item('b', 'c=1.0'), item('c'), item('d', 'd'), item('x', 'y'), item('y', 'x')])
    expect(names(wavesOf([...items.keys()].map(change), items))).toEqual([['c', 'd'], ['b'], ['a'], ['x', 'y']])
  })
  test('every pack comes exactly once, whatever the dependencies', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(9), { maxLength: 4 }), { maxLength: 10 }), (graph) => {
        const items = new Map(graph.map((needs, i) => item(`p${i}`, ...needs.map((n) => `p${n}`))))
        const waves = names(wavesOf([...items.keys()].map(change), items))
        expect(waves.flat().sort()).toEqual([...items.keys()].sort())
      }),
    )
  })
})

describe('secrets', () => {
  const body = 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo='
  const pem = (label: string): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`
  test.each<[string, string, 'is' | 'holds' | undefined]>([
    ['keys/server.pem', pem('RSA PRIVATE KEY'), 'is'], ['k', pem('OPENSSH PRIVATE KEY'), 'is'], ['k', pem('PRIVATE KEY'), 'is'], ['k', pem('PGP PRIVATE KEY BLOCK'), 'is'],
    ['k', `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\n${body}\n`, 'is'], ['a.ppk', 'x', 'is'], ['k', 'PuTTY-User-Key-File-2: ssh-rsa', 'is'],
    ['.ssh/id_rsa', '', 'is'], ['.env', 'A=1', 'is'], ['.env.production', 'A=1', 'is'], ['.env.example', 'A=', undefined], ['id_rsa.pub', 'ssh-rsa AAA', undefined],
    ['ca.pem', pem('CERTIFICATE'), undefined], ['pub', pem('PUBLIC KEY'), undefined],
    ['a.py', `K = """${pem('RSA PRIVATE KEY')}"""`, 'holds'], ['a.json', JSON.stringify({ k: pem('PRIVATE KEY') }), 'holds'],
    ['check.py', 'if "-----BEGIN RSA PRIVATE KEY-----" in text:\n  pass', undefined], ['README.md', 'begins with -----BEGIN PRIVATE KEY-----.', undefined],
  ])('%s %j', (name, text, judgement) => expect(judgeSecret(name, Buffer.from(text))).toBe(judgement))
})

describe('comparison', () => {
  const file = (path: string, sha256 = 'aa', more: Partial<PackFile> = {}): PackFile => ({ path, sha256, exec: false, ...more })
  const pack = (files: PackFile[], more: Partial<PackItem> = {}): PackItem => ({ identity: 'p', ref: 'p', files, registered: [], via: 'files', edited: false, ...more }) as PackItem
  const paths = (source: PackItem, target: PackItem): string[] => comparePacks(source, target).map(({ path, source: a, target: b }) => `${path} ${a} ${b}`)

  test('content, missing and extra files', () => {
    expect(paths(pack([file('a'), file('b'), file('c')]), pack([file('a'), file('b', 'bb'), file('d')]))).toEqual(['files/b sha256 aa sha256 bb', 'files/c sha256 aa missing', 'files/d missing sha256 aa'])
  })
  test('the execute bit one way', () => {
    expect(paths(pack([file('a', 'aa', { exec: true })]), pack([file('a')]))).toEqual(['files/a executable not executable'])
    expect(paths(pack([file('a')]), pack([file('a', 'aa', { exec: true })]))).toEqual([])
  })
  test('links by their target, or through the API by what they lead to', () => {
    const link = file('l', 'aa', { link: 'a' })
    expect(paths(pack([link]), pack([file('l', 'aa', { link: 'b' })]))).toEqual(['files/l link to a link to b'])
    expect(paths(pack([link, file('folder', '', { link: 'x' })]), pack([file('l')], { via: 'api' }))).toEqual([])
    expect(paths(pack([link]), pack([file('l', 'bb')], { via: 'api' }))).toEqual(['files/l link to a sha256 bb'])
  })
  test('a file that the API withholds counts as the same only at the same commit', () => {
    const source = pack([file('big')], { head: 'h', commit: 'c' })
    expect(paths(source, pack([file('big', '')], { via: 'api', commit: 'h' }))).toEqual([])
    expect(paths(source, pack([file('big', '')], { via: 'api', commit: 'x' }))).toEqual(['files/big sha256 aa not readable through the API'])
    expect(paths(source, pack([file('big', '')], { via: 'api' }))).toHaveLength(1)
  })
  test('what the files register must be registered', () => {
    expect(paths(pack([], { registered: ['action:p.a', 'rule:p.b'] }), pack([], { registered: ['rule:p.b', 'rule:p.c'] }))).toEqual(['registered/action:p.a registered missing'])
  })
})
