import { findDependencies, isSuccess } from '../../../../src/sandbox/packs/dependencies'

const disk = (packs: Record<string, { version?: string; dependencies?: string[] }>) => (name: string) => packs[name]

describe('dependencies of downloaded packs', () => {
  test('those that are not on disk are to be fetched, each once', () => {
    const found = findDependencies({ a: 'Success.', b: 'Success.' }, 10, disk({ a: { dependencies: ['c', 'file:///srv/d=1.0.0'] }, b: { dependencies: ['c'] } }))
    expect(found).toEqual({ dependency_list: ['c', 'file:///srv/d=1.0.0'], conflict_list: [], nested: 9 })
  })

  test('one that is there in another version is a conflict, with or without the v', () => {
    const packs = { a: { dependencies: ['c=1.0.0', 'd=v2.0.0', 'e'] }, c: { version: '1.1.0' }, d: { version: '2.0.0' }, e: { version: '3.0.0' } }
    expect(findDependencies({ a: 'Success.' }, 3, disk(packs))).toEqual({ dependency_list: [], conflict_list: ['c=1.0.0'], nested: 2 })
  })

  test('two that want different versions of a third are a conflict', () => {
    const packs = { a: { dependencies: ['c=1.0.0'] }, b: { dependencies: ['c=2.0.0'] } }
    expect(findDependencies({ a: 'Success.', b: 'Success.' }, 3, disk(packs))).toEqual({ dependency_list: ['c=1.0.0'], conflict_list: ['c=2.0.0'], nested: 2 })
  })

  test('a pack named stackstorm-x is also found as x', () => {
    expect(findDependencies({ a: 'Success.' }, 3, disk({ a: { dependencies: ['https://host.example/t/stackstorm-x.git'] }, x: { version: '1.0.0' } })).dependency_list).toEqual([])
  })

  test('failed downloads and the last level are not looked into', () => {
    expect(findDependencies({ a: 'Failure : no' }, 3, disk({ a: { dependencies: ['b'] } })).dependency_list).toEqual([])
    expect(findDependencies({ a: 'Success.' }, 0, disk({ a: { dependencies: ['b'] } }))).toEqual({})
    expect(isSuccess('Success.')).toBe(true)
  })
})
