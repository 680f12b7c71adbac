/**
 * history: what an archive holds of the past, which no StackStorm takes back: a table of what fits, newest first, or one record.
 * Reads the archive only; asks no network. Secrets of a record are hidden unless they are asked for.
 */
import { dump } from 'js-yaml'
import * as os from 'os'
import * as path from 'path'
import { openMembers, type OpenMembers } from '../../archive/read'
import type { UnsealWith } from '../../archive/types'
import { EXIT, Refusal } from '../../core/exit-codes'
import { unsealBeside } from '../../engine/sides'
import type { StageResult } from '../../engine/types'
import { historyPrefix, maskRecord, RECORD_KINDS, type HistoryRecord, type RecordKind } from '../../kinds/kept'
import { writeDurable } from '../../system/durable'
import { withTemporaryDirectory } from '../../system/look'
import type { Stop } from '../../system/ports'
import { membersOf, recordsIn } from './records'
import { search, type Asked, type HistoryRow } from './search'
import { table } from './table'

export interface HistoryOptions extends Asked {
  unseal?: UnsealWith
  /** Names of kinds; empty: executions. */
  kinds: readonly string[]
  /** One record, of any kind. */
  id?: string
  showSecrets: boolean
  /** A file for the whole answer: rows as JSON lines, a record as YAML. */
  to?: string
}

export async function historyOf(file: string, options: HistoryOptions, stop: Pick<Stop, 'check'>): Promise<StageResult> {
  const kinds = kindsOf(options)
  return withTemporaryDirectory(path.join(os.tmpdir(), 'st2upgrade-history-'), async (directory) => {
    const wanted = (name: string): boolean => kinds.some((kind) => name.startsWith(historyPrefix(kind.name)))
    const open = await openMembers(file, await unsealBeside(file, options.unseal), directory, wanted)
    try {
      refuseWithout(open, kinds, file)
      return options.id === undefined ? await listed(open, kinds, options, file, stop) : await one(open, kinds, options.id, options, file, stop)
    } finally {
      await open.close()
    }
  })
}

/** Refuses an unknown name, which must not pass for a history that holds nothing. */
function kindsOf({ kinds, id }: HistoryOptions): readonly RecordKind[] {
  const names = RECORD_KINDS.map(({ name }) => name)
  const unknown = kinds.find((name) => !names.includes(name))
  if (unknown === 'audit_logs') throw new Refusal('audit logs are kept as files, not as records', 'unpack them from the archive: they lie below audit/', EXIT.usage)
  if (unknown !== undefined) throw new Refusal(`there is no history of ${unknown}`, `there are: ${names.join(', ')}`, EXIT.usage)
  if (kinds.length > 0) return RECORD_KINDS.filter(({ name }) => kinds.includes(name))
  return id === undefined ? RECORD_KINDS.slice(0, 1) : RECORD_KINDS
}

function refuseWithout({ manifest: { kept = {} } }: OpenMembers, kinds: readonly RecordKind[], file: string): void {
  if (kinds.some(({ name }) => kept[name])) return
  const there = RECORD_KINDS.map(({ name }) => name).filter((name) => kept[name])
  throw new Refusal(`${file} was made without ${kinds.map(({ name }) => name).join(', ')}`, there.length > 0 ? `it holds: ${there.join(', ')}` : 'export again, without leaving them out', EXIT.usage)
}

async function listed(open: OpenMembers, kinds: readonly RecordKind[], asked: HistoryOptions, file: string, stop: Pick<Stop, 'check'>): Promise<StageResult> {
  const { rows, more } = await search(open, kinds, asked, stop)
  if (asked.to !== undefined) await writeDurable(asked.to, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const held = kinds.reduce((sum, { name }) => sum + (open.manifest.kept?.[name]?.count ?? 0), 0)
  const what = kinds.map(({ title }) => title).join(', ')
  return {
    stage: 'history',
    exit: EXIT.done,
    summary: [
      rows.length === 0 ? `none of the ${held} ${what} in ${file} fits` : `${more ? `the newest ${rows.length}` : `${rows.length}`} that fit of ${held} ${what} in ${file}`,
      ...(asked.to === undefined ? table(rows, kinds.length > 1) : [`written to ${asked.to}`]),
      ...nextLines(rows, more, asked),
    ],
    data: { archive: file, ...(asked.to === undefined ? { rows } : { to: asked.to }), found: rows.length, more },
  }
}

function nextLines(rows: HistoryRow[], more: boolean, { last }: Asked): string[] {
  const oldest = rows[rows.length - 1]
  if (!oldest) return []
  return [...(more ? [`there are more: until=${oldest.time} lists older ones, a last above ${last} lists more of them`] : []), `next: id=${oldest.id} shows one of them whole`]
}

async function one(open: OpenMembers, kinds: readonly RecordKind[], id: string, options: HistoryOptions, file: string, stop: Pick<Stop, 'check'>): Promise<StageResult> {
  for (const kind of kinds) {
    const found = await recordWith(id, open, kind, stop)
    if (!found) continue
    const record = options.showSecrets ? found : maskRecord(found)
    const yaml = dump(record, { lineWidth: -1, noRefs: true, skipInvalid: true })
    if (options.to !== undefined) await writeDurable(options.to, yaml)
    return {
      stage: 'history',
      exit: EXIT.done,
      summary: [`# ${kind.name}, from ${file}`, ...(options.to === undefined ? yaml.trimEnd().split('\n') : [`# written to ${options.to}`])],
      data: { archive: file, kind: kind.name, ...(options.to === undefined ? { record } : { to: options.to }) },
    }
  }
  throw new Refusal(`${file} holds no record ${id}`, 'look for it without the id, by its action, user or time', EXIT.failed)
}

async function recordWith(id: string, open: OpenMembers, kind: RecordKind, stop: Pick<Stop, 'check'>): Promise<HistoryRecord | undefined> {
  const wanted = Buffer.from(JSON.stringify(id))
  for (const member of membersOf(open.manifest, kind)) {
    for await (const record of recordsIn(open, member, (line) => line.includes(wanted))) {
      stop.check()
      if (record.id === id) return record
    }
  }
  return undefined
}
