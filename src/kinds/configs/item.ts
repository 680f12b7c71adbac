/** What one pack's configuration is: the values in use, and the file they came from, byte for byte. */
import { scryptSync } from 'crypto'
import { z } from 'zod'
import { canonicalJson } from '../../core/canonical'
import type { Item } from '../../core/model'

export interface ConfigItem extends Item {
  pack: string
  /** As the next registration of the file would have them; secrets in the clear. */
  values: Record<string, unknown>
  /** Whether the pack had a schema on its instance. */
  schema: boolean
  /** Absent when the file was not there or could not be reached. */
  file?: ConfigFile
  /** Whether files could be looked at. */
  via: 'files' | 'api'
  /** Target only: a file that StackStorm has no record of, since nobody registered it; `pack`: because its pack is not registered either. `values` are what registering it would store. */
  unregistered?: 'file' | 'pack'
}

export interface ConfigFile {
  sha256: string
  /** Archive member that holds the bytes; on a target, none. */
  member?: string
  /** Permission bits. */
  mode: number
}

export const configSchema = z.looseObject({
  identity: z.string(),
  pack: z.string(),
  values: z.record(z.string(), z.unknown()),
  schema: z.boolean(),
  file: z.looseObject({ sha256: z.string(), member: z.string().optional(), mode: z.number() }).optional(),
})

/** What the API shows in place of a secret; stored when somebody sent it back. */
const MASK = '********'

/** A slow hash: values hold short secrets, and a plan file shows this. */
export function configFingerprint({ identity, values, file }: ConfigItem): string {
  return scryptSync(canonicalJson({ values, file: file?.sha256 }), `st2upgrade config ${identity}`, 32).toString('hex')
}

/** Values as JSON has them: a YAML date becomes its text. */
export const jsonValues = (values: unknown): Record<string, unknown> => JSON.parse(canonicalJson(values ?? {})) as Record<string, unknown>

/** Paths of all values that `test` holds for, for example `credentials.password`. */
function pathsOf(value: unknown, test: (value: unknown) => boolean, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return test(value) ? [path] : []
  return Object.entries(value).flatMap(([name, member]) => pathsOf(member, test, path === '' ? name : `${path}.${name}`))
}

export const maskedPaths = (values: unknown): string[] => pathsOf(values, (value) => value === MASK)
/** Numbers that JSON in between has rounded. */
export const roundedPaths = (values: unknown): string[] => pathsOf(values, (value) => typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
