import * as fc from 'fast-check'
import * as fs from 'fs'
import * as path from 'path'
import type { Change } from '../../../../src/core/model'
import { rbac } from '../../../../src/kinds/rbac'
import { archiveOf, listed, plant, tempRoot, treeOf, writingTo } from '../../../support/file-trees'

const DIR = 'opt/stackstorm/rbac'
const name = fc.stringMatching(/^[a-zäß€ .'$-]{1,12}$/u).filter((text) => text.trim() !== '.' && !text.includes('..'))
const file = fc.record({ text: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)), mode: fc.constantFrom(0o600, 0o640, 0o644, 0o755, 0o400) })
const tree = fc.dictionary(fc.tuple(fc.constantFrom('roles', 'assignments', 'mappings'), name).map(([directory, one]) => `${DIR}/${directory}/${one}.yaml`), file, { maxKeys: 6 })

test('whatever files there are: written they are the same, written again nothing changes, undone the target is as before', async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, async (ofOld, ofNew) => {
      const [old, young, staging] = [tempRoot(), tempRoot(), tempRoot()]
      try {
        plant(old, ofOld)
        plant(young, ofNew)
        const undone = treeOf(path.join(young, DIR))
        const { items } = await listed(rbac, { root: old, side: 'source' }, { staging })
        const changes = items.map(({ identity }): Change => ({ kind: 'rbac', identity, action: 'create' }))
        const writing = writingTo({ root: young, side: 'target' }, archiveOf('rbac', items, staging), { changes })
        const onTarget = async () => new Map((await listed(rbac, { root: young, side: 'target' })).items.map((item) => [item.identity, item]))
        const before = await onTarget()
        for (let round = 0; round < 2; round++) {
          for (const [i, item] of items.entries()) expect((await rbac.write(changes[i]!, item, (await onTarget()).get(item.identity), writing)).outcome).toBe('carried')
          const now = await onTarget()
          for (const item of items) expect(await rbac.compare(item, now.get(item.identity)!, writing)).toEqual([])
        }
        for (const item of items) {
          const [was, now] = [before.get(item.identity), (await onTarget()).get(item.identity)!]
          expect(await (was ? rbac.restore!(was, now, writing) : rbac.remove!(now, writing))).toEqual({ outcome: 'carried' })
        }
        expect(treeOf(path.join(young, DIR))).toEqual(undone)
      } finally {
        for (const root of [old, young, staging]) fs.rmSync(root, { recursive: true, force: true })
      }
    }),
    { numRuns: 40 },
  )
})
