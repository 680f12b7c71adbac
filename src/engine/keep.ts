/**
 * The part of an export that gathers what no instance takes back (src/kinds/kept), and what is told of it. A history that cannot
 * be read does not end the export: what a migration carries does not hang on it.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import type { ArchiveWriter, KeptSummary, Manifest } from '../archive/types'
import { countedKinds } from '../core/counted'
import { EXIT, Refusal } from '../core/exit-codes'
import type { LedgerFact, Remark } from '../core/model'
import type { Instance } from '../kinds/kind'
import { historyPrefix, KEPT, type Keeping, type KeptHistory } from '../kinds/kept'
import { isSt2Error } from '../st2/errors'
import { Selection } from './selection'
import type { StageContext, StageSettings } from './types'

/** The histories that `only` and `except` leave. They are taken whole. */
export function selectedKept({ kept = KEPT }: StageContext, settings: StageSettings): KeptHistory[] {
  const selection = new Selection(settings)
  const part = selection.patterns(kept).find((word) => kept.some(({ name }) => word.startsWith(`${name}:`)))
  if (part !== undefined) throw new Refusal(`${part.split(':')[0]} cannot be selected by name: ${part}`, 'of executions a part is chosen with since, history_action and history_status', EXIT.usage)
  return kept.filter(({ name }) => selection.takesKind(name, true))
}

/** Gathers them into the archive and writes what was found into the manifest. */
export async function keepHistories(histories: readonly KeptHistory[], writer: ArchiveWriter, manifest: Manifest, source: Instance, workDir: string, context: StageContext, settings: StageSettings): Promise<void> {
  const { system } = context
  manifest.kept = {}
  for (const history of histories) {
    const { name, title } = history
    const remarks: Remark[] = (manifest.remarks[name] = [])
    const notes: string[] = (manifest.notes[name] = [])
    const keeping: Keeping = {
      system,
      instance: source,
      filters: settings.history ?? {},
      auditLogsTo: settings.auditLogsTo,
      stage: (member) => writer.stage(member),
      remark: (remark) => void remarks.push(remark),
      note: (text) => notes.push(text),
      workDir: path.join(workDir, `keep-${name}`),
    }
    system.progress.stage(`keep ${title}`)
    manifest.kept[name] = await history.keep(keeping).catch((error: unknown) => unreadable(name, error, keeping))
    system.progress.say(`${manifest.kept[name].count} ${title} kept`)
  }
}

/** What the API refuses or breaks at, again and again; a network that is gone ends the export as it does everywhere. */
async function unreadable(name: string, error: unknown, keeping: Keeping): Promise<KeptSummary> {
  if (!isSt2Error(error, 'server', 'not_found', 'forbidden', 'bad_request', 'mismatch', 'not_stackstorm')) throw error
  await fs.rm(path.dirname(await keeping.stage(`${historyPrefix(name)}x`)), { recursive: true, force: true })
  keeping.remark({ identity: name, outcome: 'failed', note: `they could not be read, and are not in the archive: ${error.message}`, advice: `export again, with a later since, or leave them out with except=${name}` })
  return { count: 0, listed: 0, members: [], filters: {} }
}

/** Counts by name, and in one line; undefined where nothing was kept. */
export function keptCounts({ kept = {} }: Pick<Manifest, 'kept'>): Record<string, number> {
  return Object.fromEntries(Object.entries(kept).map(([name, { count }]) => [name, count]))
}

/** One line for an export's answer; none where nothing was kept. */
export function keptLines(manifest: Pick<Manifest, 'kept' | 'notes'>): string[] {
  const told = countedKinds(keptCounts(manifest))
  const folders = Object.values(manifest.kept ?? {}).flatMap(({ folder }) => folder ?? [])
  return [...(told === '' ? [] : [`kept, since StackStorm has no import for them: ${told} (st2upgrade history)`]), ...folders.map((folder) => `audit logs: ${folder}`), ...(manifest.notes.audit_logs ?? []).map((note) => `audit logs: ${note}`)]
}

/** What the ledger tells of one of them: those that are for a person have lines of their own. */
export function keptFact(name: string, { count, listed, folder, filters }: KeptSummary): LedgerFact {
  const asked = Object.entries(filters).map(([filter, value]) => ` ${filter}=${String(value)}`).join('')
  const place = folder === undefined ? 'kept in the archive' : `copied to ${folder}`
  const how = name === 'audit_logs' ? '' : '; search them with st2upgrade history'
  return { kind: name, fact: `${count} ${name.replace(/_/g, ' ')} ${place}${asked}: StackStorm has no import for them${how}`, counted: { left: count - listed } }
}
