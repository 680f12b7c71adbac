import { dependencyName, isIndexName, isVersion, repositoryUrl, splitVersion } from '../../../../src/sandbox/packs/source'

describe('what a user may ask to install', () => {
  test.each([
    ['file:///srv/a=v1.0.0', { what: 'file:///srv/a', version: 'v1.0.0' }],
    ['https://host.example/a.git', { what: 'https://host.example/a.git' }],
    ['a=', { what: 'a' }],
    ['a=b=c', { what: 'a', version: 'b' }],
  ])('%s is cut at the first =', (text, expected) => expect(splitVersion(text)).toEqual(expected))

  test.each([
    ['owner/pack', 'https://github.com/owner/pack'],
    ['git@host.example:team/pack.git', 'git@host.example:team/pack.git'],
    ['gitlab@host.example:team/pack', 'gitlab@host.example:team/pack'],
    ['file:///srv/a', 'file:///srv/a'],
    ['ssh://git@host.example/team/pack', 'ssh://git@host.example/team/pack'],
  ])('the URL of %s is %s', (what, url) => expect(repositoryUrl(what)).toBe(url))

  test('only what has no slash is looked for in the index', () => {
    expect(isIndexName('pack')).toBe(true)
    expect(isIndexName('owner/pack')).toBe(false)
  })

  test.each(['1.0.0', '0.2.11', '1.0.0-rc.1', '1.0.0+5'])('%s is a version', (text) => expect(isVersion(text)).toBe(true))
  test.each(['1.0', 'v1.0.0', '01.0.0', 'dev', ''])('%s is none', (text) => expect(isVersion(text)).toBe(false))

  test('a dependency is looked for on disk by the last part of its URL', () => {
    expect(dependencyName('https://host.example/team/pack.git')).toBe('pack')
    expect(dependencyName('file:///srv/pack')).toBe('pack')
    expect(dependencyName('pack')).toBe('pack')
  })
})
