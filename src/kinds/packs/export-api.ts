/**
 * A pack exported through the API alone: its files one by one, and its history when its origin still has the commit that
 * is checked out. Execute bits are told by a script's first line; what the API does not hand out comes from that commit, or a
 * person has to see to it.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { initBare } from '../../system/git-copy'
import { bundleMember, contentHash, type PackItem } from './item'
import { buildHistory, remoteOf, tagsBelow, writeBundle, type Checkout, type History } from './history'
import { fetchAll } from './origin'
import { treeOf, type Workshop } from './snapshot'
import { bareItem, carriedFiles, historyOf, someOf, workshop, type PackSource } from './source'
import { gitFileThroughApi, readHeadFiles, readThroughApi, type ApiPack } from './through-api'
import { walkPack } from './walk'

export async function exportFromApi(source: PackSource): Promise<PackItem | undefined> {
  const { reading, row, registered } = source
  const shop = workshop(source)
  const directory = path.join(source.workDir, 'files')
  await fs.mkdir(directory)
  const read = await readThroughApi(reading.instance.api, row, directory)
  const checkout = await checkoutThroughApi(source, shop)
  const lost = await fillGaps(shop, directory, read, checkout)
  if (lost.length > 0) return remarkLost(source, lost)
  const walked = await walkPack(directory)
  const history = await buildHistory(shop, directory, walked.files, checkout, row.ref)
  await writeBundle(shop, history.refs, await reading.stage!(bundleMember(row.ref)))
  for (const file of history.withheld) {
    reading.remark({ identity: `${row.ref}/${file.path}`, outcome: 'manual', note: 'it looks like a private key or password file: secrets are not put into git', advice: 'copy it to the new instance yourself' })
  }
  const item = bareItem(row, registered, carriedFiles(walked, history), 'api')
  return { ...item, ...(await historyOf(shop, history, row)), content: contentHash(read.files), changes: changesOf(history, read) }
}

/** The commit that `.git` names over there, when its origin hands it out here. */
async function checkoutThroughApi({ reading, row }: PackSource, shop: Workshop): Promise<Checkout> {
  await initBare(shop.git, shop.repo)
  const readGit = gitFileThroughApi(reading.instance.api, row.ref)
  const { branch, commit } = await readHeadFiles(readGit)
  const none: Checkout = { hadCredentials: false, tags: [], shallow: false }
  const config = await readGit('config')
  if (commit === undefined || config === undefined) return none
  const remote = remoteOf(await listConfig(shop, config), branch)
  const checkout = { ...none, ...remote, branch }
  if (remote.origin === undefined || !(await fetchAll(reading.system, shop, remote.origin, commit))) return { ...checkout, branch }
  return { ...checkout, commit, tags: await tagsBelow(shop.git, shop.repo, commit) }
}

async function listConfig({ git, scratch }: Workshop, config: string): Promise<string> {
  const file = path.join(scratch, 'config')
  await fs.writeFile(file, config)
  const listed = await git.try(['config', '-z', '--list', '-f', file])
  return listed.stdout.toString('utf8')
}

/** Puts files that the API withholds in place from the commit; the names of those that are in no commit either. */
async function fillGaps(shop: Workshop, directory: string, read: ApiPack, checkout: Checkout): Promise<ApiPack['missing']> {
  if (read.missing.length === 0 || checkout.commit === undefined) return read.missing
  const entries = await treeOf(shop, checkout.commit)
  const lost: ApiPack['missing'] = []
  for (const gap of read.missing) {
    const entry = entries.get(Buffer.from(gap.path, 'utf8').toString('latin1'))
    if (!entry) {
      lost.push(gap)
      continue
    }
    const file = path.join(directory, gap.path)
    await fs.mkdir(path.dirname(file), { recursive: true })
    const bytes = await shop.git.run(['cat-file', 'blob', entry.oid], { gitDir: shop.repo })
    await fs.writeFile(file, bytes, { mode: entry.mode === '100755' ? 0o755 : 0o644 })
  }
  return lost
}

function remarkLost({ reading, row }: PackSource, lost: ApiPack['missing']): undefined {
  reading.remark({
    identity: row.ref,
    outcome: 'manual',
    note: `${lost.length} of its files cannot be read through the API (${lost[0]!.path}: ${lost[0]!.why}) and its origin does not have its commit`,
    advice: 'run the export on the old instance itself, as root, where its files are; or install this pack on the new instance by hand',
  })
  return undefined
}

function changesOf({ checkout, head, edited, editedFiles }: History, read: ApiPack): string[] {
  const short = head.slice(0, 12)
  if (checkout.commit === undefined) return [`read through the API, without its history: it becomes a repository, at commit ${short}, execute bits by the first line of scripts; a file that was added since its last registration is not seen`]
  const taken = read.missing.map((gap) => gap.path)
  return [
    ...(edited ? [`edited where it was installed (${someOf(editedFiles)}): the edits become commit ${short}`] : []),
    ...(taken.length > 0 ? [`not readable through the API, taken from its origin's commit: ${someOf(taken)}`] : []),
  ]
}
