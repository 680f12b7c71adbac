/** Two actions member by member, and the files that go with them by their bytes. Differences never show a value that may be a secret. */
import type { Difference } from '../../core/model'
import { compareContent } from '../content/compare'
import type { Weighing } from '../kind'
import type { ActionItem } from './item'
import { withoutDefaults } from './schema-defaults'

export function compareActions(source: ActionItem, target: ActionItem, weighing: Pick<Weighing, 'activity'>): Difference[] {
  return [...compareContent(comparable(source), comparable(target), weighing, false), ...compareFiles(source, target)]
}

/** Of the output schema what it says; empty and absent are the same. */
function comparable(item: ActionItem): ActionItem {
  const { output_schema: schema, ...rest } = item
  return { ...rest, output_schema: withoutDefaults(schema ?? {}), tags: item.tags ?? [], notify: item.notify ?? {}, parameters: item.parameters ?? {} }
}

function compareFiles(source: ActionItem, target: ActionItem): Difference[] {
  const theirs = new Map(target.files.map((file) => [file.path, file]))
  return source.files.flatMap((file) => {
    const path = `files/${file.path}`
    const other = theirs.get(file.path)
    if (!other) return [{ path, source: 'there', target: 'missing' }]
    if (file.sha256 !== other.sha256) return [{ path, source: 'its bytes', target: 'other bytes' }]
    return file.exec && other.exec === false ? [{ path, source: 'executable', target: 'not executable' }] : []
  })
}
