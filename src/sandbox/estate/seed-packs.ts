/** Brings the estate's packs onto the old sandbox the way each one came there: installed, edited in place, or copied by hand. */
import * as fs from 'fs'
import * as path from 'path'
import type { RawClient } from './client'
import { filesAt, isScript, writeRepository } from './git-repository'
import type { EstatePack, Files } from './packs'
import { together } from './pool'

export interface PackSeeding {
  admin: RawClient
  /** The sandbox's `opt/stackstorm`. */
  stackstorm: string
  /** Where the git server's repositories lie. */
  served: string
  gitUrl: string
}

/** All packs, each as soon as what it needs is there; then their configurations, read in by one register call. */
export async function seedPacks(seeding: PackSeeding, packs: readonly EstatePack[]): Promise<void> {
  const dependants = packs.filter((pack) => /^dependencies:/m.test(metadata(pack)))
  await together(packs.filter((pack) => !dependants.includes(pack)).map((pack) => seedPack(seeding, pack)))
  await together(dependants.map((pack) => seedPack(seeding, pack)))
  for (const { ref, config } of packs) {
    if (config !== undefined) fs.writeFileSync(path.join(seeding.stackstorm, 'configs', `${ref}.yaml`), config)
  }
  await seeding.admin.call('POST', '/v1/packs/register', { types: ['configs'], packs: packs.map(({ ref }) => ref) })
}

const metadata = (pack: EstatePack): string => String(filesAt(pack.history)['pack.yaml'])

async function seedPack(seeding: PackSeeding, pack: EstatePack): Promise<void> {
  const installed = path.join(seeding.stackstorm, 'packs', pack.ref)
  if (pack.origin === 'none') writeFiles(installed, filesAt(pack.history))
  else await installFromGit(seeding, pack)
  if (pack.edits) writeFiles(installed, pack.edits)
  if (pack.edits || pack.origin === 'none') await seeding.admin.call('POST', '/v1/packs/register', { packs: [pack.ref] })
}

async function installFromGit({ admin, served, gitUrl }: PackSeeding, pack: EstatePack): Promise<void> {
  const repository = path.join(served, `${pack.ref}.git`)
  await writeRepository(repository, pack.history)
  const url = `${gitUrl}/${pack.ref}.git`
  await install(admin, pack.version === undefined ? url : `${url}=${pack.version}`)
  if (pack.origin === 'gone') fs.rmSync(repository, { recursive: true, force: true })
}

interface Execution {
  status: string
  result: unknown
}

async function install(admin: RawClient, wanted: string): Promise<void> {
  const { execution_id } = await admin.call<{ execution_id: string }>('POST', '/v1/packs/install', { packs: [wanted], skip_dependencies: true })
  for (;;) {
    const { status, result } = await admin.call<Execution>('GET', `/v1/executions/${execution_id}?include_attributes=status,result`)
    if (status === 'succeeded') return
    if (['failed', 'timeout', 'abandoned', 'canceled'].includes(status)) throw new Error(`install of ${wanted}: ${status} ${JSON.stringify(result)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function writeFiles(directory: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
    fs.chmodSync(file, isScript(content) ? 0o755 : 0o644)
  }
}
