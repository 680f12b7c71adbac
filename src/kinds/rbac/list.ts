/** RBAC definitions of an instance: the files that `st2-apply-rbac-definitions` reads, whether RBAC is on or off. */
import * as path from 'path'
import { accountsOf } from '../files/accounts'
import { itemOf, remarkHindered, remarkLeft } from '../files/carry'
import { NOT_LOOKED_AT, type FileItem } from '../files/item'
import { lookAt, namesIn } from '../files/look'
import type { Reading } from '../kind'
import { pendingFor } from './pending'

export interface RbacItem extends FileItem {
  /** Target only: the definitions were placed, and the command that puts them in force has not succeeded since. */
  unapplied?: true
}

const DIRECTORIES = ['roles', 'assignments', 'mappings']

export async function* listRbac(reading: Reading): AsyncGenerator<RbacItem> {
  const { files } = reading.instance
  if (!files) return reading.note(NOT_LOOKED_AT)
  await remarkStrays(reading, files.rbac)
  const pending = reading.instance.side === 'target' ? await pendingFor(files.rbac) : undefined
  for (const directory of DIRECTORIES) {
    const { names, hindered } = await namesIn(files.rbac, directory)
    hindered.forEach((one) => remarkHindered(reading, one))
    for (const name of names) {
      const item = await listOne(reading, files.rbac, path.posix.join(directory, name))
      if (item) yield item.identity === pending ? { ...item, unapplied: true } : item
    }
  }
}

async function listOne(reading: Reading, base: string, identity: string): Promise<RbacItem | undefined> {
  if (!identity.endsWith('.yaml')) {
    remarkLeft(reading, identity, 'StackStorm reads *.yaml alone there: this file does nothing')
    return undefined
  }
  const sight = await lookAt(base, identity, accountsOf(reading.instance.files!, reading.system))
  return sight && itemOf(reading, identity, sight, `files/rbac/${identity}`)
}

/** What lies beside the three directories. */
async function remarkStrays(reading: Reading, base: string): Promise<void> {
  const { names, hindered } = await namesIn(base, '')
  hindered.forEach((one) => remarkHindered(reading, one))
  for (const name of names) if (!DIRECTORIES.includes(name) && !name.startsWith('.')) remarkLeft(reading, name, `StackStorm reads ${DIRECTORIES.join(', ')} alone: what lies beside them does nothing`)
}
