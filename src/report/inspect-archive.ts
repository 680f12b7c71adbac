/** What an archive holds: where it comes from, how much of each kind, what was left out and why. Opening it checks every byte. */
import * as os from 'os'
import * as path from 'path'
import { openArchive } from '../archive/read'
import type { Archive, KeptMember, KeptSummary, Manifest, UnsealWith } from '../archive/types'
import { EXIT } from '../core/exit-codes'
import { Selection } from '../engine/selection'
import type { StageResult } from '../engine/types'
import { KINDS } from '../kinds'
import { withTemporaryDirectory } from '../system/look'

const SHOWN = 30

export async function inspectArchive(file: string, unseal: UnsealWith, only: string[]): Promise<StageResult> {
  return withTemporaryDirectory(path.join(os.tmpdir(), 'st2upgrade-inspect-'), async (directory) => {
    const archive = await openArchive(file, unseal, directory)
    try {
      return result(file, archive, await identities(archive, only))
    } finally {
      await archive.close()
    }
  })
}

interface Listed {
  /** The first of each kind. */
  names: string[]
  count: number
}

async function identities(archive: Archive, only: string[]): Promise<Record<string, Listed>> {
  const found: Record<string, Listed> = {}
  const selection = new Selection({ only })
  for (const kind of only.length === 0 ? [] : KINDS.filter(({ name, packless }) => selection.takesKind(name, packless))) {
    const listed: Listed = { names: [], count: 0 }
    for await (const item of archive.items(kind.name)) {
      if (selection.leftOut(kind, item) === undefined && listed.count++ < SHOWN) listed.names.push(item.identity)
    }
    found[kind.name] = listed
  }
  return found
}

function result(file: string, archive: Archive, listed: Record<string, Listed>): StageResult {
  const { manifest } = archive
  const left = Object.entries(manifest.remarks).flatMap(([kind, remarks]) => remarks.map((remark) => ({ kind, ...remark })))
  return {
    stage: 'inspect',
    exit: EXIT.done,
    summary: [
      `${file} is whole: an archive of format ${manifest.format}, ${sealing(manifest)}`,
      `instance ${manifest.instance.url} (StackStorm ${manifest.instance.version}), exported by ${manifest.instance.user} from ${manifest.started} to ${manifest.finished}`,
      ...Object.entries(manifest.kinds).map(([kind, { count }]) => `${count} ${kind}`),
      ...Object.entries(manifest.kept ?? {}).map(([name, kept]) => keptLine(name, kept)),
      ...Object.entries(listed).flatMap(([kind, { names, count }]) => [...names.map((name) => `${kind} ${JSON.stringify(name)}`), ...andMore(count - names.length, kind)]),
      ...(left.length > 0 ? [`${left.length} things were found and are not in it:`] : []),
      ...left.slice(0, SHOWN).map(({ kind, identity, note }) => `${kind} ${JSON.stringify(identity)}: ${note}`),
      ...(left.length > SHOWN ? [`... and ${left.length - SHOWN} more in its manifest.json`] : []),
    ],
    data: {
      type: 'archive',
      sha256: archive.sha256,
      format: manifest.format,
      tool: manifest.tool,
      instance: manifest.instance,
      started: manifest.started,
      finished: manifest.finished,
      sealed: manifest.sealed,
      kinds: manifest.kinds,
      ...(manifest.kept && { kept: Object.fromEntries(Object.entries(manifest.kept).map(([name, { members, ...kept }]) => [name, { ...kept, members: members.length, ...spanOf(members) }])) }),
      crypto_key: manifest.cryptoKey,
      left: left.slice(0, SHOWN),
      left_total: left.length,
      notes: manifest.notes,
      kv_file_left_out: manifest.kvFileLeftOut.length,
      identities: Object.fromEntries(Object.entries(listed).map(([kind, { names }]) => [kind, names])),
    },
  }
}

/** What is not listed is counted; narrower words list it. */
const andMore = (count: number, kind: string): string[] => (count > 0 ? [`... and ${count} more ${kind}: only=${kind}:PATTERN lists some of them`] : [])

/** How much of it, from when to when. */
function keptLine(name: string, { count, members, folder, filters }: KeptSummary): string {
  const { from, to } = spanOf(members)
  const asked = Object.entries(filters).map(([filter, value]) => `, ${filter}=${String(value)}`).join('')
  return `${count} ${name} ${folder === undefined ? 'kept' : `copied to ${folder}`}${from === undefined ? '' : `, from ${from} to ${to}`}${asked}`
}

function spanOf(members: KeptMember[]): { from?: string; to?: string } {
  const times = members.flatMap(({ from, to }) => (from !== undefined && to !== undefined ? [from, to] : [])).sort()
  return times.length === 0 ? {} : { from: times[0], to: times[times.length - 1] }
}

const sealing = ({ sealed }: Manifest): string => (sealed === 'plain' ? 'NOT sealed: it holds plain secrets' : `sealed with ${sealed}`)
