/**
 * The tar layer, streaming and bounded both ways: plain files only, with fixed metadata, so that the same members give
 * the same bytes. The reader takes nothing that is not a plain file with a safe name, and nothing after the end.
 */
import { Header, Pax } from 'tar'
import { ByteReader, fileBytes } from './bytes'
import { sha256 } from '../core/canonical'
import { ArchiveError } from './errors'
import { nameProblem } from './names'

const BLOCK = 512
const LARGEST_PAX = 64 * 1024
const END = Buffer.alloc(2 * BLOCK)

export interface PackMember {
  name: string
  /** Bytes; the content must have just as many. */
  size: number
  content: AsyncIterable<Buffer>
}

/** The tar of these members, in their order. */
export async function* packTar(members: AsyncIterable<PackMember>): AsyncGenerator<Buffer> {
  for await (const member of members) {
    yield memberHead(member.name, member.size)
    let written = 0
    for await (const piece of member.content) {
      written += piece.length
      yield piece
    }
    if (written !== member.size) throw new ArchiveError('damaged', `${member.name} changed while it was archived (${member.size} bytes became ${written}).`)
    yield Buffer.alloc(padding(member.size))
  }
  yield END
}

function memberHead(name: string, size: number): Buffer {
  const fields = { path: name, size, mode: 0o600, uid: 0, gid: 0, mtime: new Date(0), type: 'File' as const }
  const header = new Header(fields)
  if (!header.encode()) return header.block as Buffer
  // Cut to what the plain header holds, a path may end with a slash and be taken for a directory: there a short name stands in.
  const standIn = new Header({ ...fields, path: `long-name/${sha256(name).slice(0, 32)}` })
  standIn.encode()
  return Buffer.concat([new Pax({ path: name, size, mtime: new Date(0), uid: 0, gid: 0 }).encode(), standIn.block as Buffer])
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}

export interface TarMember {
  name: string
  size: number
  /** Hands the content on; must be called exactly once, before the next member is asked for. */
  pump(to: (piece: Buffer) => Promise<void> | void): Promise<void>
}

/** @throws ArchiveError `truncated`, `damaged`, `unsafe-member` or `duplicate-member`. */
export async function* unpackTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarMember> {
  const reader = new ByteReader(source)
  const seen = new Set<string>()
  try {
    for (let header = await nextHeader(reader); header; header = await nextHeader(reader)) {
      checkMember(header, seen)
      const { name, size } = header
      yield { name, size, pump: (to) => pumpMember(reader, name, size, to) }
    }
    for await (const piece of reader.rest()) requireZeros(piece, 'after the last member')
  } finally {
    await reader.close()
  }
}

async function pumpMember(reader: ByteReader, name: string, size: number, to: (piece: Buffer) => Promise<void> | void): Promise<void> {
  if ((await reader.pump(size, to)) < size) throw new ArchiveError('truncated', `The archive ends in the middle of ${name}.`)
  const pad = await reader.take(padding(size))
  if (pad.length < padding(size)) throw new ArchiveError('truncated', `The archive ends after ${name}.`)
  requireZeros(pad, `behind ${name}`)
}

interface Head {
  name: string
  size: number
  type: string
}

async function nextHeader(reader: ByteReader): Promise<Head | undefined> {
  let extended: Pax | undefined
  for (;;) {
    const block = await reader.take(BLOCK)
    if (block.length < BLOCK) throw new ArchiveError('truncated', 'The archive ends without its end mark.')
    const header = decode(block)
    if (header.nullBlock) return undefined
    if (!header.cksumValid) throw new ArchiveError('damaged', 'The checksum of a tar header is wrong.')
    // The extended header holds the whole path; `Header` would put the block's prefix before it once more.
    if (header.type !== 'ExtendedHeader' || extended) return { name: extended?.path ?? header.path ?? '', size: Number(extended?.size ?? header.size ?? 0), type: header.type }
    extended = Pax.parse((await paxBody(reader, header.size ?? 0)).toString(), undefined)
  }
}

function decode(block: Buffer): Header {
  try {
    return new Header(block)
  } catch {
    throw new ArchiveError('damaged', 'A tar header makes no sense.')
  }
}

async function paxBody(reader: ByteReader, size: number): Promise<Buffer> {
  if (size > LARGEST_PAX) throw new ArchiveError('damaged', 'An extended tar header is too long.')
  const body = await reader.take(size)
  await reader.take(padding(size))
  return body
}

function checkMember({ name, type }: Head, seen: Set<string>): void {
  if (type !== 'File') throw new ArchiveError('unsafe-member', `The member ${JSON.stringify(name)} is no plain file (${type}).`)
  const problem = nameProblem(name)
  if (problem) throw new ArchiveError('unsafe-member', `The name of the member ${JSON.stringify(name)} ${problem}.`)
  if (seen.has(name)) throw new ArchiveError('duplicate-member', `The member ${name} is there twice.`)
  seen.add(name)
}

function requireZeros(piece: Buffer, where: string): void {
  if (piece.some((byte) => byte !== 0)) throw new ArchiveError('damaged', `There are bytes ${where} that do not belong there.`)
}

/** A file as a member. */
export function fileMember(name: string, file: string, size: number): PackMember {
  return { name, size, content: fileBytes(file) }
}
