/** Puts a downloaded pack where StackStorm keeps it, with the permissions that the installer gives to every file. */
import * as fs from 'fs'
import * as path from 'path'
import { move, remove } from 'fs-extra'

/** rwxrwxr-x; because of it every file of an installed pack shows as modified in `git status`. */
const PACK_MODE = 0o775

/** Replaces `target` by `source`. A `config.yaml` of the old copy survives; all other edits in place are lost. */
export async function placePack(source: string, target: string): Promise<void> {
  const oldConfig = path.join(target, 'config.yaml')
  if (fs.existsSync(oldConfig)) await move(oldConfig, path.join(source, 'config.yaml'), { overwrite: true })
  await remove(target)
  await move(source, target)
  await allowAll(target)
}

async function allowAll(directory: string): Promise<void> {
  await fs.promises.chmod(directory, PACK_MODE)
  for (const entry of await fs.promises.readdir(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name)
    if (entry.isDirectory()) await allowAll(file)
    else await fs.promises.chmod(file, PACK_MODE)
  }
}
