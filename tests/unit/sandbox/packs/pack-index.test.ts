import { fetchIndex, indexHealth, readIndex, requireIndex, searchIndex } from '../../../../src/sandbox/packs/pack-index'
import { listen } from '../../../../src/sandbox/http/listen'

const URL_ = 'http://index.example/v1/index.json'
const PACK = { name: 'demo_lib', ref: 'demo_lib', description: 'lib', keywords: ['demo'], author: 'Demo', email: 'demo@example.org', repo_url: 'file:///srv/git/demo_lib' }
const text = JSON.stringify({ packs: { demo_lib: PACK } })

describe('the pack index', () => {
  test('is told with its packs, or with what is wrong with it', () => {
    expect(readIndex(URL_, text)).toEqual({ index: { demo_lib: PACK }, status: [{ url: URL_, packs: 1, message: 'Success.', error: null }] })
    const errorOf = (content: string): unknown => readIndex(URL_, content).status[0]?.error
    expect(errorOf('{')).toBe('malformed')
    expect(errorOf('[]')).toBe('malformed')
    expect(errorOf('{}')).toBe('empty')
    expect(errorOf('{"a":1}')).toBe('malformed')
  })

  test('is searched in all members but the URL and the mail', () => {
    const index = readIndex(URL_, text)
    expect(searchIndex(index, 'DEMO')).toEqual([PACK])
    expect(searchIndex(index, 'example.org')).toEqual([])
    expect(searchIndex(index, 'git')).toEqual([])
  })

  test('finds by name before keyword before the rest', () => {
    const packs = { a: { description: 'net tools', name: 'a' }, b: { keywords: ['net'], name: 'b' }, c: { name: 'net' } }
    expect(searchIndex(readIndex(URL_, JSON.stringify({ packs })), 'net')).toEqual([packs.c, packs.b, packs.a])
  })

  test('out of reach is told in the health, and thrown where packs are needed', async () => {
    const server = await listen((_, response) => response.writeHead(503).end())
    const health = indexHealth(await fetchIndex(server.url)) as { indexes: { errors: unknown }; packs: unknown }
    expect(health.indexes.errors).toEqual({ unresponsive: 1 })
    expect(health.packs).toEqual({ count: 0 })
    await expect(requireIndex(server.url, 2)).rejects.toThrow(`No results from the index: tried ${server.url}.\nStatus: [\n  {\n    "url":`)
    await server.close()
    const gone = await fetchIndex(server.url)
    expect(gone.status[0]).toMatchObject({ error: 'unresponsive', packs: 0 })
    expect((await fetchIndex(undefined)).status[0]?.error).toBe('unresponsive')
  })
})
