/** A pack as plain files on a sandbox's disk, registered there: for tests that need what a pack ships and no git. */
import * as fs from 'fs'
import * as path from 'path'
import type { Migration } from './migration'

/** Puts the files in place of those that were there. Without `types` everything is registered. */
export async function plainPack(m: Migration, side: 'old' | 'new', ref: string, files: Record<string, string>, types = ['all']): Promise<void> {
  const directory = path.join(m[side].sandbox.paths.packs, ref)
  fs.rmSync(directory, { recursive: true, force: true })
  const packYaml = `---\nref: ${ref}\nname: ${ref}\ndescription: A pack of the tests\nversion: 1.0.0\nauthor: Somebody\nemail: somebody@example.org\n`
  for (const [name, text] of Object.entries({ 'pack.yaml': packYaml, ...files })) {
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true })
    fs.writeFileSync(path.join(directory, name), text)
  }
  await m.on(side).post('/v1/packs/register', { packs: [ref], types })
}
