/**
 * Writes an archive: items and files gather in a private staging directory, which becomes a tar, gzipped, sealed, read
 * back whole and only then given its name. The invariant: a file without `.part` at its end is complete and was checked.
 */
import { createHash } from 'crypto'
import * as fs from 'fs'
import * as path from 'path'
import { compareIdentity } from '../core/order'
import { withPath } from '../system/file-errors'
import { realDisk, type Disk } from './disk'
import { ArchiveError } from './errors'
import { gzip } from './gzip'
import { manifestText } from './manifest'
import { MANIFEST, SUMS, isKindName, itemsMember, nameProblem } from './names'
import { scanArchive } from './scan'
import { seal, type Proof } from './seal'
import { createSorter } from './sorter'
import { sumsText, type Sums } from './sums'
import { fileMember, packTar, type PackMember } from './tar'
import { FORMAT_VERSION, type ArchiveWriter, type ItemSink, type KindSummary, type Manifest, type SealWith } from './types'

/** Tells a staging directory, which may be emptied, from a directory of the user's. */
const MARK = '.st2upgrade-staging'

/**
 * @param stagingDir made when it is not there; what an earlier, killed run left in it is removed. A directory with
 *   other things in it is refused.
 */
export async function createArchive(stagingDir: string, disk: Disk = realDisk): Promise<ArchiveWriter> {
  await withPath('prepare', stagingDir, () => prepare(stagingDir))
  return new StagedArchive(stagingDir, disk)
}

async function prepare(directory: string): Promise<void> {
  await fs.promises.mkdir(directory, { recursive: true, mode: 0o700 })
  const present = await fs.promises.readdir(directory)
  if (present.length > 0 && !present.includes(MARK)) throw new ArchiveError('in-the-way', `The staging directory ${directory} holds other things.`)
  await fs.promises.chmod(directory, 0o700)
  await fs.promises.writeFile(path.join(directory, MARK), '')
  for (const name of ['members', 'sort']) {
    await fs.promises.rm(path.join(directory, name), { recursive: true, force: true })
    await fs.promises.mkdir(path.join(directory, name), { mode: 0o700 })
  }
}

class StagedArchive implements ArchiveWriter {
  private readonly members: string
  private readonly sinks = new Map<string, ItemSink & { abandon(): Promise<void> }>()
  private readonly kinds: Record<string, KindSummary> = {}

  constructor(
    private readonly directory: string,
    private readonly disk: Disk,
  ) {
    this.members = path.join(directory, 'members')
    // Synchronous, so that `items` can be: it is one directory, once.
    fs.mkdirSync(path.join(this.members, 'items'), { mode: 0o700 })
  }

  items(kind: string): ItemSink {
    if (!isKindName(kind) || this.sinks.has(kind)) throw new ArchiveError('bad-name', `${JSON.stringify(kind)} cannot be the name of a kind, or was opened twice.`)
    const sorter = createSorter(kind, { file: path.join(this.members, itemsMember(kind)), scratch: path.join(this.directory, 'sort', kind), disk: this.disk })
    this.sinks.set(kind, sorter)
    return { write: (item) => sorter.write(item), close: async () => (this.kinds[kind] ??= await sorter.close()) }
  }

  async stage(member: string): Promise<string> {
    const problem = member === MANIFEST || member === SUMS || member.split('/')[0] === 'items' ? 'is reserved' : nameProblem(member)
    if (problem) throw new ArchiveError('bad-name', `The member name ${JSON.stringify(member)} ${problem}.`)
    const file = path.join(this.members, member)
    await withPath('write', file, () => fs.promises.mkdir(path.dirname(file), { recursive: true, mode: 0o700 }))
    return file
  }

  async finish(manifest: Manifest, out: string, sealWith?: SealWith): Promise<{ path: string; bytes: number; sha256: string }> {
    for (const [kind] of this.sinks) if (!this.kinds[kind]) throw new Error(`The items of ${kind} are not closed`)
    const target = sealWith && !out.endsWith('.age') ? `${out}.age` : out
    await refuseExisting(target)
    const sealed = sealWith ? (sealWith.passphrase === undefined ? 'recipients' : 'passphrase') : 'plain'
    const text = manifestText({ ...manifest, format: FORMAT_VERSION, kinds: this.kinds, sealed })
    const written = await this.writePart(`${target}.part`, text, sealWith)
    await refuseExisting(target)
    await this.disk.rename(`${target}.part`, target)
    await this.abandon()
    return { path: target, ...written }
  }

  async abandon(): Promise<void> {
    for (const sink of this.sinks.values()) await sink.abandon()
    await fs.promises.rm(this.directory, { recursive: true, force: true })
  }

  /** Removes the part when anything goes wrong. */
  private async writePart(part: string, manifest: string, sealWith: SealWith | undefined): Promise<{ bytes: number; sha256: string }> {
    await withPath('write', part, () => fs.promises.rm(part, { force: true }))
    try {
      const sums: Sums = new Map()
      const { bytes, proof } = await this.sealed(gzip(packTar(this.pack(manifest, sums))), sealWith)
      const written = await writeFile(this.disk, part, bytes)
      await readBack(part, proof, written.sha256)
      return written
    } catch (error) {
      await fs.promises.rm(part, { force: true }).catch(() => undefined)
      throw error
    }
  }

  private async sealed(bytes: AsyncGenerator<Buffer>, sealWith: SealWith | undefined): Promise<{ bytes: AsyncGenerator<Buffer>; proof: Proof }> {
    return sealWith ? seal(bytes, sealWith) : { bytes, proof: {} }
  }

  /** The manifest first, the checksums last, the rest sorted. */
  private async *pack(manifest: string, sums: Sums): AsyncGenerator<PackMember> {
    yield hashed(textMember(MANIFEST, manifest), sums)
    for (const { name, file, size } of await listFiles(this.members)) yield hashed(fileMember(name, file, size), sums)
    yield textMember(SUMS, sumsText(sums))
  }
}

function textMember(name: string, text: string): PackMember {
  const bytes = Buffer.from(text)
  return { name, size: bytes.length, content: once(bytes) }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

/** Notes the member's hash when its content has passed. */
function hashed(member: PackMember, sums: Sums): PackMember {
  async function* content(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256')
    for await (const piece of member.content) {
      hash.update(piece)
      yield piece
    }
    sums.set(member.name, hash.digest('hex'))
  }
  return { ...member, content: content() }
}

async function listFiles(root: string): Promise<{ name: string; file: string; size: number }[]> {
  const found: { name: string; file: string; size: number }[] = []
  const walk = async (prefix: string): Promise<void> => {
    for (const entry of await fs.promises.readdir(path.join(root, prefix))) {
      const name = prefix ? `${prefix}/${entry}` : entry
      const file = path.join(root, name)
      const stat = await fs.promises.lstat(file)
      if (stat.isDirectory()) await walk(name)
      else if (stat.isFile() && !nameProblem(name)) found.push({ name, file, size: stat.size })
      else throw new ArchiveError('bad-name', `${JSON.stringify(name)} was staged, but is no plain file with a safe name.`)
    }
  }
  await walk('')
  return found.sort((a, b) => compareIdentity(a.name, b.name))
}

async function writeFile(disk: Disk, file: string, bytes: AsyncIterable<Buffer>): Promise<{ bytes: number; sha256: string }> {
  const out = await disk.create(file)
  const hash = createHash('sha256')
  let count = 0
  try {
    for await (const piece of bytes) {
      hash.update(piece)
      count += piece.length
      await out.write(piece)
    }
    await out.sync()
  } finally {
    await out.close()
  }
  return { bytes: count, sha256: hash.digest('hex') }
}

/** Opens, checks and forgets everything that is in the file now. */
async function readBack(file: string, proof: Proof, sha256: string): Promise<void> {
  const nowhere = { write: async () => undefined, end: async () => undefined, close: async () => undefined }
  const scanned = await scanArchive(file, proof, async () => nowhere)
  if (scanned.sha256 !== sha256) throw new ArchiveError('damaged', `${file} was read back with other bytes than were written: the disk is not to be trusted.`)
}

async function refuseExisting(file: string): Promise<void> {
  const there = await fs.promises.lstat(file).catch(() => undefined)
  if (there) throw new ArchiveError('in-the-way', `${file} is already there.`)
}

