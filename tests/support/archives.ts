/** Archives for tests: a small one to start from, and hands to take it apart and put it together wrongly. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { gunzipSync } from 'zlib'
import { Header } from 'tar'
import { gzip } from '../../src/archive/gzip'
import type { Manifest, SealWith } from '../../src/archive/types'
import { createArchive } from '../../src/archive/write'
import type { Item } from '../../src/core/model'

export const MANIFEST: Manifest = {
  format: '1.0.0',
  tool: '0.1.0',
  instance: { id: '5ef9c1d6a0f1d2b3c4d5e6f7', url: 'https://old.example.org/api', version: '3.8.1', user: 'st2admin', rbac: false },
  started: '2024-01-01T00:00:00Z',
  finished: '2024-01-01T00:01:00Z',
  kinds: {},
  sealed: 'plain',
  remarks: {},
  notes: {},
  kvFileLeftOut: [],
}

export function tempDir(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'st2upgrade-test-'))
}

export interface Content {
  items?: Record<string, Item[]>
  files?: Record<string, string | Buffer>
}

/** Writes an archive named a.st2.tar.gz in `dir`. */
export async function makeArchive(dir: string, content: Content, seal?: SealWith, manifest = MANIFEST) {
  const writer = await createArchive(path.join(dir, 'staging'))
  for (const [kind, items] of Object.entries(content.items ?? {})) {
    const sink = writer.items(kind)
    for (const item of items) await sink.write(item)
    await sink.close()
  }
  for (const [name, bytes] of Object.entries(content.files ?? {})) fs.writeFileSync(await writer.stage(name), bytes)
  return writer.finish(manifest, path.join(dir, 'a.st2.tar.gz'), seal)
}

export interface RawMember {
  name: string
  body: Buffer
  type?: string
  linkpath?: string
}

/** The members of a plain archive, without any check. */
export function takeApart(file: string): RawMember[] {
  const tar = gunzipSync(fs.readFileSync(file))
  const members: RawMember[] = []
  for (let at = 0; ; ) {
    const header = new Header(tar, at)
    if (header.nullBlock) return members
    const size = header.size ?? 0
    members.push({ name: header.path ?? '', body: tar.subarray(at + 512, at + 512 + size) })
    at += 512 + Math.ceil(size / 512) * 512
  }
}

/** A gzip tar of these members, without any check. */
export async function putTogether(file: string, members: RawMember[]): Promise<string> {
  const parts = members.flatMap((member) => {
    const header = new Header({ path: member.name, size: member.body.length, mode: 0o600, uid: 0, gid: 0, mtime: new Date(0), type: (member.type ?? 'File') as 'File', linkpath: member.linkpath })
    header.encode()
    return [header.block as Buffer, member.body, Buffer.alloc((512 - (member.body.length % 512)) % 512)]
  })
  return gzipTo(file, [...parts, Buffer.alloc(1024)])
}

/** As the product's own gzip writes it. */
export async function gzipTo(file: string, parts: Buffer[]): Promise<string> {
  async function* source() {
    yield* parts
  }
  const out: Buffer[] = []
  for await (const piece of gzip(source())) out.push(piece)
  fs.writeFileSync(file, Buffer.concat(out))
  return file
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of source) all.push(one)
  return all
}
