/**
 * The rules that an instance's packs ship, as their files tell them: what registering makes of a rule. Read from the disk where
 * the files of the instance can be reached, else through the API.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import pMap from 'p-map'
import { canonicalJson } from '../../core/canonical'
import { parseYaml } from '../../core/yaml11'
import { isSt2Error } from '../../st2/errors'
import type { Instance } from '../kind'
import { isMapping } from '../members'

export interface ShippedRule {
  /** Relative to the pack, as `metadata_file` has it. */
  file: string
  /** Undefined for a file that cannot be read as a rule: registering fails at it too. */
  rule?: Record<string, unknown>
}

/** Requests at a time for the files of one pack. */
const AT_ONCE = 8

/** The files of rules/ by pack, each pack read once; undefined for a pack whose files cannot be seen. */
export class ShippedRules {
  private readonly byPack = new Map<string, Promise<ShippedRule[] | undefined>>()

  constructor(private readonly instance: Instance) {}

  of(pack: string): Promise<ShippedRule[] | undefined> {
    const known = this.byPack.get(pack) ?? this.read(pack)
    this.byPack.set(pack, known)
    return known
  }

  private async read(pack: string): Promise<ShippedRule[] | undefined> {
    const names = await this.names(pack)
    return names && pMap(names, async (file) => ({ file, rule: asRule(await this.bytes(pack, file)) }), { concurrency: AT_ONCE })
  }

  private async names(pack: string): Promise<string[] | undefined> {
    const { api, files } = this.instance
    if (files) {
      const directory = path.join(files.packs, pack)
      if (!(await fs.stat(path.join(directory, 'pack.yaml')).catch(() => undefined))) return undefined
      return (await fs.readdir(path.join(directory, 'rules')).catch(() => [])).map((name) => `rules/${name}`).filter(isRuleFile).sort()
    }
    const row = await api.find<{ files?: string[] }>(`/v1/packs/${encodeURIComponent(pack)}`)
    return row?.files?.filter(isRuleFile).sort()
  }

  private async bytes(pack: string, file: string): Promise<Buffer | undefined> {
    const { api, files } = this.instance
    if (files) return fs.readFile(path.join(files.packs, pack, file)).catch(() => undefined)
    try {
      return await api.getBytes(`/v1/packs/views/file/${encodeURIComponent(pack)}/${file.split('/').map(encodeURIComponent).join('/')}`)
    } catch (error) {
      // Too large for this view, or with a name that it does not take.
      if (isSt2Error(error, 'bad_request', 'server')) return undefined
      throw error
    }
  }
}

const isRuleFile = (name: string): boolean => /^rules\/[^/]+\.ya?ml$/.test(name)

function asRule(bytes: Buffer | undefined): Record<string, unknown> | undefined {
  try {
    const value = parseYaml((bytes ?? Buffer.alloc(0)).toString('utf8'))
    // As JSON has it: a date becomes its text.
    return isMapping(value) ? (JSON.parse(canonicalJson(value)) as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
