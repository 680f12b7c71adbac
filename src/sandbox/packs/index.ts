/** The room of packs: listed, looked into, installed, uninstalled; and the pack index. */
import * as fs from 'fs'
import * as path from 'path'
import { remove } from 'fs-extra'
import { packs } from '../content/documents'
import type { Room, Sandbox } from '../types'
import { registerPackActions } from './actions'
import { getIndex, getIndexHealth, postIndexSearch } from './index-views'
import { postInstall, postUninstall } from './requests'
import { getFile, getFiles, getPack, listPacks } from './views'
import { registerPackWorkflows } from './workflows'

registerPackActions()
registerPackWorkflows()

/** Removes the directories of packs that are not in the store any more. */
async function removeForeignPacks(sandbox: Sandbox): Promise<void> {
  const { paths } = sandbox
  const known = new Set(packs(sandbox).all().map(({ ref }) => ref))
  for (const parent of [paths.packs, paths.virtualenvs]) {
    for (const name of await fs.promises.readdir(parent)) if (!known.has(name)) await remove(path.join(parent, name))
  }
}

export const packsRoom: Room = {
  name: 'packs',
  routes: [
    { method: 'GET', pattern: '/packs', handler: listPacks, permission: 'pack_list' },
    { method: 'GET', pattern: '/packs/{ref}', handler: getPack },
    { method: 'GET', pattern: '/packs/views/files/{ref}', handler: getFiles },
    { method: 'GET', pattern: '/packs/views/file/{ref}/{path*}', handler: getFile },
    { method: 'GET', pattern: '/packs/index', handler: getIndex, permission: 'pack_list' },
    { method: 'GET', pattern: '/packs/index/health', handler: getIndexHealth, permission: 'pack_views_index_health' },
    { method: 'POST', pattern: '/packs/index/search', handler: postIndexSearch, permission: 'pack_search' },
    { method: 'POST', pattern: '/packs/install', handler: postInstall, permission: 'pack_install' },
    { method: 'POST', pattern: '/packs/uninstall', handler: postUninstall, permission: 'pack_uninstall' },
  ],
  reset: removeForeignPacks,
}
