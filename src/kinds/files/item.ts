/** What kinds of plain files share: a file of an instance as its bytes, mode and owner. */
import { z } from 'zod'
import { fingerprint } from '../../core/canonical'
import type { Difference, Item } from '../../core/model'

/** Numbers always; names where the instance's accounts have them. Names count, for numbers differ between hosts. */
export interface Owner {
  user?: string
  uid: number
  group?: string
  gid: number
}

export interface FileItem extends Item {
  sha256: string
  bytes: number
  /** Permission bits. */
  mode: number
  owner: Owner
  /** Archive member that holds the bytes; on a target, none. */
  member?: string
  /** Target only: why this file must not be replaced, for example that it is a symbolic link. */
  obstacle?: string
}

export const fileSchema = z.looseObject({
  identity: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  mode: z.number(),
  owner: z.looseObject({ user: z.string().optional(), uid: z.number(), group: z.string().optional(), gid: z.number() }),
  member: z.string().optional(),
})

/** For files without secrets. */
export const fileFingerprint = ({ sha256, mode, owner, obstacle }: FileItem): string => fingerprint({ sha256, mode, owner, obstacle })

/** Three octal digits or more: `640`. */
export const modeText = (mode: number): string => mode.toString(8).padStart(3, '0')

/** `st2:st2`; the number where there is no name. */
export const ownerText = ({ user, uid, group, gid }: Owner): string => `${user ?? uid}:${group ?? gid}`

/** The note of a kind of files whose instance can only be asked through its API. */
export const NOT_LOOKED_AT = "not looked at: no access to the files; run on the instance's host"

/** What a write that was cut off can leave: the bytes come whole, mode and owner after them. */
export const onlyRights = (differences: Difference[]): boolean => differences.every(({ path }) => path !== 'file')
