/**
 * Taking back one configuration: the file as it was, byte for byte, and the record as it was, which may be another thing (an
 * edit that was never registered). StackStorm deletes no record by itself: without its pack it can only be emptied.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { parseYaml } from '../../core/yaml11'
import { isSt2Error } from '../../st2/errors'
import { sweepParts } from '../../system/durable'
import type { InstanceFiles, Writing, Written } from '../kind'
import { sameValues } from './compare'
import { jsonValues, type ConfigItem } from './item'
import { fileNow, firstReplaced, type FileBefore } from './replaced'
import { bytesOf, hasSchema, place, registers, takeBack, USUAL_MODE, yamlText } from './write'

const fileOf = (files: InstanceFiles, pack: string): string => path.join(files.configs, `${pack}.yaml`)

export async function removeConfig(now: ConfigItem, writing: Writing): Promise<Written> {
  return now.unregistered ? clearConfig(now, writing) : withoutRecord(now, writing)
}

/** The file as it was before, or none; no record, as far as StackStorm lets go of it. */
async function withoutRecord({ pack }: ConfigItem, writing: Writing): Promise<Written> {
  const goes = (await writing.goes?.('packs', pack)) ?? false
  const { files } = writing.target
  if (!files) return emptyThroughApi(pack, goes, writing)
  const emptied = goes || (await setRecord(pack, {}, writing))
  await takeBack(fileOf(files, pack), (await firstReplaced(writing.keepDir, pack))?.file)
  if (goes) return { outcome: 'carried' }
  if (emptied) return { outcome: 'carried', note: 'its file is as it was; its record cannot be deleted and stays, empty' }
  return { outcome: 'left', note: `its file is as it was; its record cannot be deleted, and the schema of pack ${pack} refuses an empty one: its values stay`, advice: `uninstalling pack ${pack} removes the record` }
}

/** Its file stays where nobody can reach it, but with nothing in it. */
async function emptyThroughApi(pack: string, goes: boolean, writing: Writing): Promise<Written> {
  const emptied = await putValues(pack, {}, writing)
  const file = `/opt/stackstorm/configs/${pack}.yaml`
  const record = goes ? '' : ' and its record'
  return {
    outcome: 'left',
    note: `its file${record} cannot be deleted through the API: ${emptied ? 'empty now' : 'its values stay'}`,
    advice: `delete ${file} on the new instance${goes ? '' : `; uninstalling pack ${pack} removes the record`}`,
  }
}

/** A write that was cut off before StackStorm was told of the file. */
export async function clearConfig(item: ConfigItem, writing: Writing): Promise<Written> {
  const { files } = writing.target
  const first = await firstReplaced(writing.keepDir, item.pack)
  if (!files || !first) return { outcome: 'carried' }
  const file = fileOf(files, item.pack)
  await sweepParts(file)
  const now = await fs.readFile(file).catch(() => undefined)
  if (now && !(await isOurs(now, item, writing)) && !(first.file && now.equals(first.file.bytes))) {
    return { outcome: 'left', note: `${file} was changed since`, advice: 'look at it, and take it back by hand if it should go' }
  }
  await takeBack(file, first.file)
  return { outcome: 'carried' }
}

async function isOurs(now: Buffer, { identity }: ConfigItem, writing: Writing): Promise<boolean> {
  for await (const item of writing.archive.items('configs')) if (item.identity === identity) return now.equals(await bytesOf(item as ConfigItem, writing))
  return false
}

export async function restoreConfig(before: ConfigItem, _now: ConfigItem | undefined, writing: Writing): Promise<Written> {
  const { pack, values } = before
  const { files } = writing.target
  const first = files && (await firstReplaced(writing.keepDir, pack))
  if (!files || !first) return restoreThroughApi(before, writing)
  const taken = await (first.file && holds(first.file, values) ? setFile(fileOf(files, pack), first.file, pack, writing) : setRecord(pack, values, writing))
  await takeBack(fileOf(files, pack), first.file)
  if (taken) return { outcome: 'carried' }
  return { outcome: 'failed', note: 'its file is as it was, but StackStorm does not take the values that it had before', advice: `see that pack ${pack} is as it was, then: st2 pack register ${pack} --types configs` }
}

async function restoreThroughApi({ pack, values }: ConfigItem, writing: Writing): Promise<Written> {
  if (await putValues(pack, values, writing)) return { outcome: 'carried', note: 'its values are as they were; what its file had of comments and layout was lost when it was overwritten' }
  return { outcome: 'manual', note: 'StackStorm does not take the values that it had before', advice: "write them by hand; they are in the run's journal" }
}

/** Whether registering the file stores these values. */
function holds({ bytes }: FileBefore, values: Record<string, unknown>): boolean {
  try {
    return sameValues(values, jsonValues(parseYaml(bytes.toString('utf8')) ?? {}))
  } catch {
    return false
  }
}

async function setFile(file: string, before: FileBefore, pack: string, writing: Writing): Promise<boolean> {
  await place(file, before.bytes, before.mode, before)
  return taken(pack, writing)
}

/** The record alone: through a file that is there for a moment; whoever calls puts the right one back. */
async function setRecord(pack: string, values: Record<string, unknown>, writing: Writing): Promise<boolean> {
  const { configs } = writing.target.files as InstanceFiles
  const file = fileOf(writing.target.files as InstanceFiles, pack)
  const there = await fs.stat(file).catch(() => undefined)
  await place(file, Buffer.from(`${yamlText(values)}\n`), there ? there.mode & 0o777 : USUAL_MODE, there ?? (await fs.stat(configs)))
  return taken(pack, writing)
}

async function taken(pack: string, writing: Writing): Promise<boolean> {
  try {
    return await registers(pack, writing)
  } catch (error) {
    if (isSt2Error(error, 'bad_request', 'server', 'not_found')) return false
    throw error
  }
}

/** Only for a pack with a schema: without one the PUT stores a record that breaks the list of all configurations. */
async function putValues(pack: string, values: Record<string, unknown>, { target }: Writing): Promise<boolean> {
  if (!(await hasSchema(pack, target))) return false
  try {
    await target.api.put(`/v1/configs/${encodeURIComponent(pack)}`, values)
    return true
  } catch (error) {
    if (isSt2Error(error, 'bad_request')) return false
    throw error
  }
}

/** The record alone, for a pack that was unregistered and is back; the file stays as it is. */
export async function setRecordAlone(pack: string, values: Record<string, unknown>, writing: Writing): Promise<boolean> {
  const file = fileOf(writing.target.files as InstanceFiles, pack)
  const there = await fileNow(file)
  if (there && holds(there, values)) return taken(pack, writing)
  const set = await setRecord(pack, values, writing)
  await takeBack(file, there)
  return set
}
