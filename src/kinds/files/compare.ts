/** Two files: bytes, mode, and owners by their names. Without accounts (two archives) every name counts. */
import type { Difference } from '../../core/model'
import type { Weighing } from '../kind'
import { accountsOf, type Accounts } from './accounts'
import { modeText, ownerText, type FileItem, type Owner } from './item'

export async function compareFiles(source: FileItem, target: FileItem, weighing: Weighing): Promise<Difference[]> {
  return [
    ...(source.sha256 === target.sha256 ? [] : [{ path: 'file', source: 'its bytes', target: 'other bytes' }]),
    ...(await compareRights(source, target, weighing)),
    ...(target.obstacle === undefined || source.sha256 === target.sha256 ? [] : [{ path: 'file', source: 'a file', target: target.obstacle }]),
  ]
}

async function compareRights(source: FileItem, target: FileItem, weighing: Weighing): Promise<Difference[]> {
  const accounts = weighing.target.files && accountsOf(weighing.target.files, weighing.system)
  const rights = [
    { path: 'mode', source: modeText(source.mode), target: modeText(target.mode) },
    { path: 'owner', source: ownerText(source.owner), target: ownerText(target.owner) },
  ]
  const same = [source.mode === target.mode, await sameOwner(source.owner, target.owner, accounts)]
  return rights.filter((_, i) => !same[i])
}

/** A name that the target does not know cannot be given there: {@link strangers} tells it. */
async function sameOwner(source: Owner, target: Owner, accounts: Accounts | undefined): Promise<boolean> {
  const unknown = accounts ? await strangers(source, accounts) : {}
  const user = unknown.user !== undefined || (source.user === undefined ? source.uid === target.uid : source.user === target.user)
  const group = unknown.group !== undefined || (source.group === undefined ? source.gid === target.gid : source.group === target.group)
  return user && group
}

/** The names of an owner that this instance has no account of. */
export async function strangers({ user, group }: Owner, accounts: Accounts): Promise<{ user?: string; group?: string }> {
  const knows = async (base: 'passwd' | 'group', name: string | undefined): Promise<boolean> => name === undefined || (await accounts.idOf(base, name)) !== undefined
  return { ...(!(await knows('passwd', user)) && { user }), ...(!(await knows('group', group)) && { group }) }
}
