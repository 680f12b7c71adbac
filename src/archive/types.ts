/**
 * The archive, format 1: a gzip tar that holds a whole instance's items, pack histories and files, sealed with age
 * when recipients or a passphrase are given. docs/archive-format.md is the contract; SHA256SUMS comes last and proves
 * completeness.
 */
import type { Item, Remark } from '../core/model'

export const FORMAT_VERSION = '1.1.0'

export interface KindSummary {
  count: number
  /** SHA-256 over the kind's canonical lines. */
  fingerprint: string
}

/** One file of what is kept: the records of one day (`history/...`), or a file of the instance (`audit/...`). */
export interface KeptMember {
  member: string
  /** Records in it; 1 for a file. */
  count: number
  /** Of the member's bytes. */
  sha256: string
  /** Times of its first and last record. */
  from?: string
  to?: string
  /** Of a file: its size, when it was last changed, its mode in octal. */
  bytes?: number
  modified?: string
  mode?: string
}

/** What no instance can take back, kept to be looked at. */
export interface KeptSummary {
  count: number
  /** How many of them stand in the manifest's remarks too. */
  listed: number
  members: KeptMember[]
  /** What was asked for, when that is not everything. */
  filters: Record<string, string | string[]>
  /** The folder that the files were copied to, when that is not the archive. */
  folder?: string
}

export interface Manifest {
  format: string
  tool: string
  instance: { id: string; url: string; version: string; user: string; rbac: boolean }
  started: string
  finished: string
  kinds: Record<string, KindSummary>
  /** Histories and audit logs by their name. Absent in archives of format 1.0. */
  kept?: Record<string, KeptSummary>
  /** Hash of the datastore crypto key, when its file could be read. */
  cryptoKey?: string
  sealed: 'recipients' | 'passphrase' | 'plain'
  /** What the kinds found and did not carry, with the reason. */
  remarks: Record<string, Remark[]>
  /** Free facts per kind, for example which users were looked at, what changed during the export. */
  notes: Record<string, string[]>
  /** What kv_file.json leaves out: identity and reason. */
  kvFileLeftOut: { identity: string; reason: string }[]
}

export interface SealWith {
  recipients?: string[]
  passphrase?: string
}
export interface UnsealWith {
  /** age identities (AGE-SECRET-KEY-1...). */
  identities?: string[]
  passphrase?: string
}

/** Takes the items of one kind in any order and writes them sorted by identity, memory bounded. */
export interface ItemSink {
  write(item: Item): Promise<void>
  close(): Promise<KindSummary>
}

/** A private staging directory (mode 0700) that becomes an archive. */
export interface ArchiveWriter {
  items(kind: string): ItemSink
  /** The staging path for a member such as `packs/x.bundle`; its directory exists. Refuses names that leave the staging directory. */
  stage(member: string): Promise<string>
  /** Tars, gzips, seals to `<out>.part`, reads it back whole, syncs, renames. Returns the final path. Removes the staging directory. */
  finish(manifest: Manifest, out: string, seal?: SealWith): Promise<{ path: string; bytes: number; sha256: string }>
  abandon(): Promise<void>
}

/** An archive that was read and checked whole, unpacked in a private work directory that `close` removes. */
export interface Archive {
  readonly manifest: Manifest
  /** SHA-256 of the archive file: what a plan refers to. */
  readonly sha256: string
  items(kind: string): AsyncGenerator<Item>
  /** The path of an unpacked member, or undefined when the archive has none. */
  member(name: string): string | undefined
  members(prefix: string): string[]
  close(): Promise<void>
}
