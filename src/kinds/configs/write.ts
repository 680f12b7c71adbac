/**
 * One configuration written: as the file's own bytes and then registered where the new instance's files can be reached, else
 * through the API. A file that StackStorm refuses is taken back at once: left there, it would make every later registration of
 * its pack answer 500 (recordings configs, 40-45).
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { isSt2Error } from '../../st2/errors'
import { sweepParts, writeDurable } from '../../system/durable'
import type { Change } from '../../core/model'
import type { Instance, InstanceFiles, Writing, Written } from '../kind'
import { maskedPaths, type ConfigItem } from './item'
import { keepReplaced, type FileBefore } from './replaced'

/** What StackStorm's own API gives the files it writes. */
export const USUAL_MODE = 0o644

export async function writeConfig(change: Change, item: ConfigItem, writing: Writing): Promise<Written> {
  if (maskedPaths(item.values).length > 0) return { outcome: 'manual', note: 'it holds ******** in place of a secret', advice: 'set the real value by hand' }
  const { files } = writing.target
  const refused = files ? await writeFile(item, files, writing) : await putValues(item, writing)
  if (refused) return refused
  return { outcome: change.transformed ? 'transformed' : 'carried', note: change.note }
}

async function writeFile(item: ConfigItem, files: InstanceFiles, writing: Writing): Promise<Written | undefined> {
  const file = path.join(files.configs, `${item.pack}.yaml`)
  const bytes = await bytesOf(item, writing)
  const replaced = await keepReplaced(writing.keepDir, item.pack, file)
  await place(file, bytes, item.file?.mode ?? USUAL_MODE, replaced.file ?? (await fs.stat(files.configs)))
  try {
    if (await registers(item.pack, writing)) return undefined
    await takeBack(file, replaced.file)
    return failed(item.pack, 'StackStorm registered no configuration')
  } catch (error) {
    await takeBack(file, replaced.file)
    if (isSt2Error(error, 'bad_request', 'server', 'not_found')) return failed(item.pack, error.message)
    throw error
  } finally {
    await replaced.forget()
  }
}

/** Has StackStorm take the file in; false when it saw none. Throws an St2Error for one that it refuses. */
export async function registers(pack: string, { target }: Writing): Promise<boolean> {
  const { configs } = await target.api.post<{ configs?: number }>('/v1/packs/register', { packs: [pack], types: ['configs'] })
  return configs === 1
}

/** The original bytes; without them the values as JSON, which is YAML too. */
export async function bytesOf(item: ConfigItem, { archive }: Writing): Promise<Buffer> {
  const member = item.file?.member === undefined ? undefined : archive.member(item.file.member)
  return member === undefined ? Buffer.from(`${yamlText(item.values)}\n`) : fs.readFile(member)
}

/** JSON with escapes for what YAML takes for a line break or refuses. */
export const yamlText = (values: unknown): string =>
  JSON.stringify(values, null, 2).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

export async function place(file: string, bytes: Buffer, mode: number, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  await sweepParts(file)
  await writeDurable(file, bytes, mode)
  await fs.chmod(file, mode)
  // Whoever runs StackStorm must be able to read what root writes here.
  await fs.chown(file, uid, gid).catch(() => undefined)
}

/** As it was, mode included: the new one's could show secrets to more people. */
export async function takeBack(file: string, before: FileBefore | undefined): Promise<void> {
  if (before) return place(file, before.bytes, before.mode, before)
  await sweepParts(file)
  await fs.rm(file, { force: true })
}

const failed = (pack: string, why: string): Written => ({
  outcome: 'failed',
  note: `the new instance did not take it: ${why}; the file that was there before is back`,
  advice: `see that pack ${pack} is installed there, then run apply again`,
})

export const hasSchema = async (pack: string, { api }: Instance): Promise<boolean> => (await api.find(`/v1/config_schemas/${encodeURIComponent(pack)}`)) !== undefined

/** Only for a pack with a schema: without one the PUT stores a record that breaks the list of all configurations. */
async function putValues(item: ConfigItem, { target }: Writing): Promise<Written | undefined> {
  const name = encodeURIComponent(item.pack)
  if (!(await hasSchema(item.pack, target))) {
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
