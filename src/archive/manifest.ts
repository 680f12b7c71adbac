/** The manifest's schema: a newer minor may add members, which survive; a newer major is refused. */
import { z } from 'zod'
import { canonicalJson } from '../core/canonical'
import { ArchiveError } from './errors'
import { FORMAT_VERSION, type Manifest } from './types'

const count = z.int().nonnegative()
const kept = z.looseObject({
  count,
  listed: count,
  members: z.array(
    z.looseObject({
      member: z.string(),
      count,
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      from: z.string().optional(),
      to: z.string().optional(),
      bytes: count.optional(),
      modified: z.string().optional(),
      mode: z.string().optional(),
    }),
  ),
  filters: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  folder: z.string().optional(),
})

const schema = z.looseObject({
  format: z.string().regex(/^\d+\.\d+\.\d+$/),
  tool: z.string(),
  instance: z.looseObject({ id: z.string(), url: z.string(), version: z.string(), user: z.string(), rbac: z.boolean() }),
  started: z.string(),
  finished: z.string(),
  kinds: z.record(
    z.string().regex(/^[a-z][a-z0-9_]*$/),
    z.looseObject({ count, fingerprint: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
  kept: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), kept).optional(),
  cryptoKey: z.string().optional(),
  sealed: z.enum(['recipients', 'passphrase', 'plain']),
  remarks: z.record(z.string(), z.array(z.looseObject({ identity: z.string(), outcome: z.enum(['left', 'manual', 'failed']), note: z.string(), advice: z.string().optional() }))),
  notes: z.record(z.string(), z.array(z.string())),
  kvFileLeftOut: z.array(z.looseObject({ identity: z.string(), reason: z.string() })),
})

/** @throws ArchiveError `newer-format` or `bad-manifest`. */
export function parseManifest(text: string): Manifest {
  const data = parseJson(text)
  checkFormat(data)
  const result = schema.safeParse(data)
  if (!result.success) throw new ArchiveError('bad-manifest', `The manifest of the archive makes no sense: ${firstIssue(result.error)}.`)
  return result.data
}

/** Members sorted, indented for people. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(manifest)), null, 2)}\n`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new ArchiveError('bad-manifest', 'The manifest of the archive is no JSON.')
  }
}

/** Before the schema: what a newer major looks like is not known. */
function checkFormat(data: unknown): void {
  const format = (data as { format?: unknown } | null)?.format
  const major = typeof format === 'string' ? Number(/^(\d+)\./.exec(format)?.[1]) : NaN
  const ours = Number(FORMAT_VERSION.split('.')[0])
  if (Number.isNaN(major)) throw new ArchiveError('bad-manifest', 'The manifest of the archive names no format version.')
  if (major > ours) throw new ArchiveError('newer-format', `The archive has format ${format as string}; this release reads format ${ours}.`)
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0]
  return issue ? `${issue.path.join('.') || 'the whole'}: ${issue.message}` : 'unknown'
}
