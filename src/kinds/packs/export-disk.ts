/** A pack exported from its directory: its history as a bundle, its edits as a commit, and what cannot be carried, told. */
import { promises as fs } from 'fs'
import { GitError } from '../../system/git'
import { initBare } from '../../system/git-copy'
import { bundleMember, contentHash, type PackItem } from './item'
import { buildHistory, openCheckout, writeBundle, type Checkout, type History } from './history'
import { bareItem, carriedFiles, historyOf, someOf, workshop, type PackSource } from './source'
import { changedByCheckout, keyOf, type Workshop } from './snapshot'
import { walkPack, type DiskFile, type Walked } from './walk'

export async function exportFromDisk(source: PackSource, directory: string): Promise<PackItem> {
  const shop = workshop(source)
  const walked = await walkPack(directory)
  const checkout = await openCheckout(shop, directory)
  const history = await bundled(source, shop, directory, walked, checkout)
  await tellOddities(source, shop, walked, history)
  return toItem(source, shop, walked, history)
}

/** A repository that turns out to be damaged while it is bundled counts as none: the files are what runs. */
async function bundled(source: PackSource, shop: Workshop, directory: string, walked: Walked, checkout: Checkout): Promise<History> {
  const { reading, row } = source
  try {
    const history = await buildHistory(shop, directory, walked.files, checkout, row.ref)
    await writeBundle(shop, history.refs, await reading.stage!(bundleMember(row.ref)))
    return history
  } catch (error) {
    if (!(error instanceof GitError) || checkout.commit === undefined) throw error
    await fs.rm(shop.repo, { recursive: true, force: true })
    await initBare(shop.git, shop.repo)
    return bundled(source, shop, directory, walked, { origin: checkout.origin, hadCredentials: checkout.hadCredentials, tags: [], shallow: false, broken: error.message })
  }
}

async function toItem({ row, registered }: PackSource, shop: Workshop, walked: Walked, history: History): Promise<PackItem> {
  const item = bareItem(row, registered, carriedFiles(walked, history), history.checkout.commit === undefined ? 'files' : 'git')
  return { ...item, ...(await historyOf(shop, history, row)), content: contentHash(walked.files), changes: changesOf(history) }
}

/** In which other form the pack reaches a target. */
function changesOf({ checkout, head, edited, editedFiles }: History): string[] {
  const short = head.slice(0, 12)
  if (checkout.broken !== undefined) return [`its repository is damaged (${checkout.broken}): it becomes a new one, at commit ${short}`]
  if (checkout.commit === undefined) return [`it was not under git: it becomes a repository, at commit ${short}`]
  const changes = checkout.shallow ? [`only a part of its history was there: it starts anew, at commit ${short}`] : []
  if (edited) changes.push(`edited where it was installed (${someOf(editedFiles)}): the edits become commit ${short}`)
  return changes
}

/** What git cannot carry, what a person should know. */
async function tellOddities({ reading, row }: PackSource, shop: Workshop, walked: Walked, history: History): Promise<void> {
  const tell = (what: string, names: string[]): void => {
    if (names.length > 0) reading.note(`pack ${row.ref}: ${what}: ${someOf(names)}`)
  }
  for (const file of history.withheld) remarkSecret(reading, row.ref, file)
  const committed = walked.files.filter((file) => file.secret && !history.withheld.includes(file))
  tell('looks like it holds a private key or password, and is carried since it is part of the pack', committed.map((file) => file.path))
  tell('empty directories are not carried, git has none', walked.empty)
  tell('files of a repository inside the pack are carried, its history is not', walked.nested)
  tell('its .gitattributes will change line endings or encoding at the install', await notAsHere(shop, walked, history))
  if (history.checkout.hadCredentials) reading.note(`pack ${row.ref}: the URL of its remote holds credentials, which are not carried`)
  for (const name of walked.special) {
    reading.remark({ identity: `${row.ref}/${name}`, outcome: 'manual', note: 'it is no regular file (a pipe, socket or device): it cannot be carried', advice: 'make it on the new instance if the pack needs it' })
  }
}

function remarkSecret(reading: PackSource['reading'], ref: string, file: DiskFile): void {
  reading.remark({
    identity: `${ref}/${file.path}`,
    outcome: 'manual',
    note: 'it looks like a private key or password file and was never committed: secrets are not put into git',
    advice: `copy it to /opt/stackstorm/packs/${ref}/${file.path} on the new instance yourself (scp -p) after the apply; better keep it outside of the pack`,
  })
}

async function notAsHere(shop: Workshop, walked: Walked, { entries, withheld }: History): Promise<string[]> {
  if (![...entries.keys()].some((key) => key.endsWith('.gitattributes'))) return []
  const carried = walked.files.filter((file) => !withheld.includes(file) && entries.has(keyOf(file.raw)))
  return (await changedByCheckout(shop, carried, entries)).map((file) => file.path)
}
