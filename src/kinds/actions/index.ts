/**
 * The kind `actions`: those that somebody made through the API, which no pack's file knows, with the files that StackStorm wrote
 * for them. All others come with their packs. Facts: recordings actions.
 */
import { contentFingerprint } from '../content/item'
import type { Kind } from '../kind'
import { compareActions } from './compare'
import { actionSchema, type ActionItem } from './item'
import { listActions } from './list'
import { weighAction } from './weigh'
import { removeAction, restoreAction } from './undo'
import { writeAction } from './write'

export type { ActionItem } from './item'

export const actions: Kind<ActionItem> = {
  name: 'actions',
  title: 'actions made or edited through the API',
  after: ['packs'],
  activated: true,
  schema: actionSchema,
  // Parameters have defaults, and files may hold anything.
  plainSecrets: true,
  list: listActions,
  compare: async (source, target, weighing) => compareActions(source, target, weighing),
  fingerprint: ({ files, ...item }) => contentFingerprint({ ...item, files: files.map(({ path, sha256 }) => ({ path, sha256 })) }),
  weigh: weighAction,
  // Several may write into one pack, whose list of files StackStorm reads and writes back.
  maxConcurrent: 1,
  write: (change, item, _before, writing) => writeAction(change, item, writing),
  // Its files lie in it.
  needs: ({ pack }) => [{ kind: 'packs', identity: pack }],
  remove: (now, writing) => removeAction(now, writing),
  restore: (before, _now, writing) => restoreAction(before, writing),
}
