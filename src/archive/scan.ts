/**
 * Reads an archive file whole, once, and checks all that can be checked while its bytes pass: seal, compression, tar,
 * names, checksums, counts, fingerprints, the order of the items. Where the members go is the caller's business.
 */
import { createHash } from 'crypto'
import { ByteReader, fileBytes } from './bytes'
import { ArchiveError } from './errors'
import { gunzip } from './gzip'
import { ItemsCheck } from './items-check'
import { parseManifest } from './manifest'
import { MANIFEST, SUMS, itemsMember } from './names'
import { sealedBy, unseal, type Proof } from './seal'
import { compareSums, parseSums, type Sums } from './sums'
import { unpackTar, type TarMember } from './tar'
import type { KindSummary, Manifest, UnsealWith } from './types'

/** Takes the bytes of one member; `end` after the last one, `close` in any case. */
export interface Receiver {
  write(piece: Buffer): Promise<void>
  end(): Promise<void>
  close(): Promise<void>
}
export type Receive = (name: string) => Promise<Receiver>

export interface Scanned {
  manifest: Manifest
  /** Of the archive file. */
  sha256: string
  bytes: number
  names: string[]
}

/** @throws ArchiveError for everything that is not as it was written. */
export async function scanArchive(file: string, unsealWith: UnsealWith & Proof, receive: Receive): Promise<Scanned> {
  const opened = await openLayers(file, unsealWith)
  try {
    const members = await scanMembers(opened.tar, receive)
    // What is wrong inside says more than a header that another gzip wrote, so it comes first.
    const manifest = members.check()
    opened.check()
    return { manifest, ...opened.outside(), names: members.names }
  } finally {
    await opened.close()
  }
}

async function openLayers(file: string, unsealWith: UnsealWith & Proof) {
  const hash = createHash('sha256')
  let bytes = 0
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const piece of fileBytes(file)) {
      hash.update(piece)
      bytes += piece.length
      yield piece
    }
  }
  const reader = new ByteReader(hashed())
  const start = await reader.take(64).catch((error: NodeJS.ErrnoException) => {
    throw new ArchiveError('unreadable', `It cannot be read (${error.code ?? error.message}).`)
  })
  async function* whole(): AsyncGenerator<Buffer> {
    yield start
    yield* reader.rest()
  }
  const by = sealedBy(start)
  const zipped = gunzip(by ? unseal(whole(), by, unsealWith) : whole())
  return { tar: zipped.bytes, check: () => zipped.check(), outside: () => ({ sha256: hash.digest('hex'), bytes }), close: () => reader.close() }
}

async function scanMembers(tar: AsyncIterable<Buffer>, receive: Receive) {
  const texts = new Map<string, string>()
  const found: Sums = new Map()
  const summaries = new Map<string, KindSummary>()
  for await (const member of unpackTar(tar)) {
    if (found.has(SUMS)) throw new ArchiveError('extra-member', `The member ${member.name} comes after ${SUMS}.`)
    const watch = watcher(member)
    await passOn(member, await receive(member.name), (piece) => watch.push(piece))
    found.set(member.name, watch.sha256())
    if (watch.text) texts.set(member.name, watch.text())
    if (watch.items) summaries.set(member.name, watch.items(found.get(member.name) as string))
    if (member.name === MANIFEST) parseManifest(texts.get(MANIFEST) as string)
  }
  return { names: [...found.keys()], check: () => checkWhole(texts, found, summaries) }
}

async function passOn(member: TarMember, receiver: Receiver, see: (piece: Buffer) => void): Promise<void> {
  try {
    await member.pump((piece) => {
      see(piece)
      return receiver.write(piece)
    })
    await receiver.end()
  } finally {
    await receiver.close()
  }
}

/** What is kept of a member while it passes: its hash, and more of those that the checks need. */
function watcher(member: TarMember) {
  const hash = createHash('sha256')
  const kept: Buffer[] = []
  const isText = member.name === MANIFEST || member.name === SUMS
  const items = /^items\/[^/]+$/.test(member.name) ? new ItemsCheck(member.name) : undefined
  return {
    push(piece: Buffer) {
      hash.update(piece)
      if (isText) kept.push(Buffer.from(piece))
      items?.push(piece)
    },
    sha256: () => hash.digest('hex'),
    text: isText ? () => Buffer.concat(kept).toString() : undefined,
    items: items ? (fingerprint: string) => ({ count: items.end(), fingerprint }) : undefined,
  }
}

function checkWhole(texts: Map<string, string>, found: Sums, summaries: Map<string, KindSummary>): Manifest {
  const sums = texts.get(SUMS)
  if (sums === undefined) throw new ArchiveError('missing-member', `${SUMS} is missing: the archive was never completed.`)
  found.delete(SUMS)
  compareSums(parseSums(sums), found)
  const text = texts.get(MANIFEST)
  if (text === undefined) throw new ArchiveError('missing-member', `${MANIFEST} is missing.`)
  const manifest = parseManifest(text)
  compareKinds(manifest, summaries)
  compareKept(manifest, found)
  return manifest
}

/** A kept member that was copied to a folder of its own is not in the archive. */
function compareKept({ kept = {} }: Manifest, found: Sums): void {
  for (const { members, folder } of Object.values(kept)) {
    for (const { member, sha256 } of folder === undefined ? members : []) {
      const hash = found.get(member)
      if (hash === undefined) throw new ArchiveError('missing-member', `The manifest names ${member}, which is missing.`)
      if (hash !== sha256) throw new ArchiveError('bad-manifest', `The hash of ${member} in the manifest is not the one of its bytes.`)
    }
  }
}

function compareKinds(manifest: Manifest, found: Map<string, KindSummary>): void {
  for (const [kind, expected] of Object.entries(manifest.kinds)) {
    const name = itemsMember(kind)
    const summary = found.get(name)
    if (!summary) throw new ArchiveError('missing-member', `The manifest counts ${expected.count} ${kind}, but ${name} is missing.`)
    if (summary.count !== expected.count) throw new ArchiveError('bad-manifest', `The manifest counts ${expected.count} ${kind}, ${name} holds ${summary.count}.`)
    if (summary.fingerprint !== expected.fingerprint) throw new ArchiveError('bad-manifest', `The fingerprint of ${kind} in the manifest is not the one of ${name}.`)
    found.delete(name)
  }
  const unknown = [...found.keys()][0]
  if (unknown !== undefined) throw new ArchiveError('extra-member', `The manifest does not know ${unknown}.`)
}
