/**
 * What of a record is not as the pack's file says: it was changed through the API, or in the file since its last registration.
 * The same question on both sides, so that on a target a record as its pack ships it counts as not there yet.
 */
import { canonicalJson } from '../../core/canonical'
import type { Instance } from '../kind'
import type { System } from '../../system/ports'
import { differingMembers, MASK } from '../members'
import { metadataOf, type Folder, type Named } from '../packs/names'
import type { ContentItem } from './item'

/** The members that count, with what StackStorm fills in where they are absent. */
export type Normal = (members: Record<string, unknown>) => Record<string, unknown>

/** What the packs' files say. */
export class ShippedFiles {
  private constructor(
    private readonly files: Named[],
    private readonly normal: Normal,
  ) {}

  /** Of all packs, or of these. */
  static async read(reading: { instance: Instance; system: System }, folder: Folder, normal: Normal, packs?: ReadonlySet<string>): Promise<ShippedFiles> {
    return new ShippedFiles(packs?.size === 0 ? [] : await metadataOf(reading, [folder], packs), normal)
  }

  of({ pack, name, metadata_file: file }: Pick<ContentItem, 'pack' | 'name'> & { metadata_file?: string }): Named | undefined {
    return this.files.find((one) => one.pack === pack && one.file === file && one.name === name)
  }

  /** Paths of the members that differ; undefined when its file cannot be seen. */
  edited(row: Record<string, unknown> & { pack: string; name: string; metadata_file?: string }): string[] | undefined {
    const file = this.of(row)
    if (!file) return undefined
    const said = this.normal(JSON.parse(canonicalJson(file.content)) as Record<string, unknown>)
    return differingMembers(this.normal(row), said, '').filter(({ source }) => source !== MASK).map(({ path }) => path)
  }

  /** Other packs that have one of this bare name. */
  namesakes({ pack, name }: Pick<ContentItem, 'pack' | 'name'>): string[] {
    return [...new Set(this.files.filter((one) => one.name === name && one.pack !== pack).map((one) => one.pack))].sort()
  }
}
