import * as fc from 'fast-check'
import type { Item } from '../../../src/core/model'
import { LeftOut, Selection } from '../../../src/engine/selection'

const KEYS = { name: 'keys', packless: true } as const
const RULES = { name: 'rules' }
const PACKS = { name: 'packs', packOf: ({ identity }: Item) => identity }
const KINDS = [KEYS, RULES, PACKS]

const key = (name: string): Item => ({ identity: `st2kv.system:${name}`, name })
const rule = (pack: string, name: string): Item => ({ identity: `${pack}.${name}`, pack, name, ref: `${pack}.${name}` })
const pack = (ref: string): Item => ({ identity: ref, ref, name: `the pack ${ref}` })

const of = (only: string[], except: string[] = []) => new Selection({ only, except })

describe('which kinds are looked at', () => {
  it.each([
    [[], [], ['keys', 'rules', 'packs']],
    [['keys'], [], ['keys']],
    [['keys:deploy.*'], [], ['keys']],
    [[], ['keys'], ['rules', 'packs']],
    [[], ['keys:tmp.*'], ['keys', 'rules', 'packs']],
    [['pack:est_*'], [], ['rules', 'packs']],
    [['pack:est_*', 'keys'], [], ['keys', 'rules', 'packs']],
    [['pack:est_*'], ['rules'], ['packs']],
  ])('only %j except %j: %j', (only, except, kinds) => {
    const selection = of(only, except)
    expect(KINDS.filter(({ name, ...kind }) => selection.takesKind(name, 'packless' in kind)).map(({ name }) => name)).toEqual(kinds)
  })
})

describe('which items', () => {
  it('by name or identity', () => {
    const selection = of(['keys:deploy.*'])
    expect(selection.leftOut(KEYS, key('deploy.host'))).toBeUndefined()
    expect(selection.leftOut(KEYS, key('other'))).toBe('left out by only=keys:deploy.*')
    expect(of(['keys:st2kv.user:bob:*']).leftOut(KEYS, { identity: 'st2kv.user:bob:x', name: 'x' })).toBeUndefined()
  })

  it('what belongs to a pack, in every kind; keys belong to none', () => {
    const selection = of([], ['pack:est_*'])
    expect(selection.leftOut(PACKS, pack('est_net'))).toBe('left out by except=pack:est_*')
    expect(selection.leftOut(RULES, rule('est_net', 'a'))).toBe('left out by except=pack:est_*')
    expect(selection.leftOut(RULES, rule('other', 'est_net'))).toBeUndefined()
    expect(selection.leftOut(KEYS, { ...key('est_net'), pack: 'est_net' })).toBeUndefined()
  })

  it('except wins over only', () => {
    const selection = of(['packs', 'rules:est_*'], ['rules:est_net.tmp*'])
    expect(selection.leftOut(RULES, rule('est_net', 'a'))).toBeUndefined()
    expect(selection.leftOut(RULES, rule('est_net', 'tmp1'))).toBe('left out by except=rules:est_net.tmp*')
  })

  it('tells which words fitted something', () => {
    const met = new Set<string>()
    const selection = of([], ['keys:tmp.*', 'pack:x', 'keys:tmpp.*'])
    selection.leftOut(KEYS, key('tmp.1'), (word) => met.add(word))
    expect([...met]).toEqual(['keys:tmp.*'])
    expect(selection.patterns(KINDS)).toEqual(['keys:tmp.*', 'pack:x', 'keys:tmpp.*'])
    expect(selection.patterns([RULES])).toEqual(['pack:x'])
  })

  it.each(['pack', 'pack:', 'keys:', ':x'])('%j is refused', (word) => {
    if (word === ':x') expect(of([word]).named).toEqual([''])
    else expect(() => of([], [word])).toThrow(expect.objectContaining({ exit: 2 }))
  })
})

const selectors = fc.array(fc.constantFrom('keys', 'rules', 'packs', 'keys:a*', 'rules:*b', 'pack:a', 'pack:?b', 'rules:a.b'), { maxLength: 3 })
const items = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'ab'), fc.constantFrom('a', 'b', 'ab')), { maxLength: 6 })

it('property: an item stays exactly when some word of only (if any) and no word of except fits it', () => {
  fc.assert(
    fc.property(selectors, selectors, items, (only, except, pairs) => {
      for (const [p, n] of pairs) {
        for (const [kind, item] of [[KEYS, key(n)], [RULES, rule(p, n)], [PACKS, pack(p)]] as const) {
          const alone = (word: string) => of([word]).leftOut(kind, item) === undefined
          const stays = (only.length === 0 || only.some(alone)) && !except.some(alone)
          expect(of(only, except).leftOut(kind, item) === undefined).toBe(stays)
          if (stays && only.length > 0) expect(of(only, except).takesKind(kind.name, 'packless' in kind)).toBe(true)
        }
      }
    }),
  )
})

it('says how many were left out, by which word, and names some', () => {
  const left = new LeftOut()
  for (let i = 0; i < 9; i++) left.add('left out by except=keys:t*', `t${i}`)
  expect(left.total).toBe(9)
  expect(left.notes('datastore keys')).toEqual(['left out by except=keys:t*: 9 of the datastore keys: t0, t1, t2, t3, t4, t5 and 3 more'])
})
