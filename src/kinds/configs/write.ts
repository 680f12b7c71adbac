/**
 * One configuration written: as the file's own bytes and then registered where the new instance's files can be reached, else
 * through the API. A file that StackStorm refuses is taken back at once: left there, it would make every later registration of
 * its pack answer 500 (recordings configs, 40-45).
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { isSt2Error } from '../../st2/errors'
import { fileError } from '../../system/file-errors'
import { writeDurable } from '../../system/durable'
import type { Change } from '../../core/model'
import type { InstanceFiles, Writing, Written } from '../kind'
import { maskedPaths, type ConfigItem } from './item'

/** What StackStorm's own API gives the files it writes. */
const USUAL_MODE = 0o644

export async function writeConfig(change: Change, item: ConfigItem, writing: Writing): Promise<Written> {
  if (maskedPaths(item.values).length > 0) return { outcome: 'manual', note: 'it holds ******** in place of a secret', advice: 'set the real value by hand' }
  const { files } = writing.target
  const refused = files ? await writeFile(item, files, writing) : await putValues(item, writing)
  if (refused) return refused
  return { outcome: change.transformed ? 'transformed' : 'carried', note: change.note }
}

async function writeFile(item: ConfigItem, files: InstanceFiles, writing: Writing): Promise<Written | undefined> {
  const file = path.join(files.configs, `${item.pack}.yaml`)
  const before = await fileBefore(file)
  const owner = before?.stat ?? (await fs.stat(files.configs))
  const mode = item.file?.mode ?? USUAL_MODE
  await place(file, await bytesOf(item, writing), mode, owner)
  try {
    const { configs } = await writing.target.api.post<{ configs?: number }>('/v1/packs/register', { packs: [item.pack], types: ['configs'] })
    if (configs === 1) return undefined
    await takeBack(file, before)
    return failed(item.pack, 'StackStorm registered no configuration')
  } catch (error) {
    await takeBack(file, before)
    if (isSt2Error(error, 'bad_request', 'server', 'not_found')) return failed(item.pack, error.message)
    throw error
  }
}

/** The original bytes; without them the values as JSON, which is YAML too. */
async function bytesOf(item: ConfigItem, { archive }: Writing): Promise<Buffer> {
  const member = item.file?.member === undefined ? undefined : archive.member(item.file.member)
  return member === undefined ? Buffer.from(`${yamlText(item.values)}\n`) : fs.readFile(member)
}

/** JSON with escapes for what YAML takes for a line break or refuses. */
const yamlText = (values: unknown): string =>
  JSON.stringify(values, null, 2).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

async function place(file: string, bytes: Buffer, mode: number, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  await writeDurable(file, bytes, mode)
  await fs.chmod(file, mode)
  // Whoever runs StackStorm must be able to read what root writes here.
  await fs.chown(file, uid, gid).catch(() => undefined)
}

interface FileBefore {
  bytes: Buffer
  stat: { mode: number; uid: number; gid: number }
}

/** Undefined only when there is none: one that may not be read could not be put back, so it is not replaced. */
async function fileBefore(file: string): Promise<FileBefore | undefined> {
  try {
    return { bytes: await fs.readFile(file), stat: await fs.stat(file) }
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw fileError(error, 'replace', file)
  }
}

/** As it was, mode included: the new one's could show secrets to more people. */
async function takeBack(file: string, before: FileBefore | undefined): Promise<void> {
  if (before) await place(file, before.bytes, before.stat.mode & 0o777, before.stat)
  else await fs.rm(file, { force: true })
}

const failed = (pack: string, why: string): Written => ({
  outcome: 'failed',
  note: `the new instance did not take it: ${why}; the file that was there before is back`,
  advice: `see that pack ${pack} is installed there, then run apply again`,
})

/** Only for a pack with a schema: without one the PUT stores a record that breaks the list of all configurations. */
async function putValues(item: ConfigItem, { target }: Writing): Promise<Written | undefined> {
  const name = encodeURIComponent(item.pack)
  if ((await target.api.find(`/v1/config_schemas/${name}`)) === undefined) {
    return { outcome: 'failed', note: `pack ${item.pack} has no schema on the new instance: not sent`, advice: `see that the pack is installed there, then run apply again; or put /opt/stackstorm/configs/${item.pack}.yaml there yourself` }
  }
  try {
    await target.api.put(`/v1/configs/${name}`, item.values)
    return undefined
  } catch (error) {
    if (isSt2Error(error, 'bad_request')) return { outcome: 'manual', note: 'the new instance refuses it', advice: `compare it with the schema of pack ${item.pack} and write it by hand (st2 pack config ${item.pack})` }
    throw error
  }
}
