/** What the new instance has, and will have once the plan is carried out, of what rules refer to. Asked once a stage. */
import type { Item } from '../../core/model'
import type { Weighing } from '../kind'
import type { PackItem } from '../packs/item'

export interface Prospects {
  /** Trigger types that are there or come with this plan, by ref. */
  types: ReadonlySet<string>
  actions: ReadonlySet<string>
  /** Rules there that a pack's file ships: ref and file. */
  shipped: ReadonlyMap<string, string>
  /** Names of the rules there that belong to pack `default`. */
  ofDefault: ReadonlySet<string>
  /** What comes with this plan; rules are those of packs, by ref. */
  comes: { packs: ReadonlySet<string>; actions: ReadonlySet<string>; rules: readonly string[] }
}

const known = new WeakMap<Weighing, Promise<Prospects>>()

export function prospectsOf(weighing: Weighing): Promise<Prospects> {
  const found = known.get(weighing) ?? ask(weighing)
  known.set(weighing, found)
  return found
}

async function ask(weighing: Weighing): Promise<Prospects> {
  const packs = (await planned('packs', weighing)) as PackItem[]
  const coming = await planned('trigger_types', weighing)
  const rules = await rows<{ ref: string; metadata_file?: string }>('/v1/rules', 'ref,metadata_file', weighing)
  return {
    types: new Set([...(await refs('/v1/triggertypes', weighing)), ...coming.map(({ identity }) => identity)]),
    actions: new Set(await refs('/v1/actions', weighing)),
    shipped: new Map(rules.filter(({ metadata_file }) => metadata_file).map((rule) => [rule.ref, rule.metadata_file!])),
    ofDefault: new Set(rules.filter(({ ref }) => ref.startsWith('default.')).map(({ ref }) => nameIn(ref))),
    comes: {
      packs: new Set(packs.map(({ ref }) => ref)),
      actions: new Set([...registered('action', packs), ...(await planned('actions', weighing)).map(({ identity }) => identity)]),
      rules: registered('rule', packs),
    },
  }
}

const registered = (sort: string, packs: PackItem[]): string[] => packs.flatMap((pack) => pack.registered.filter((name) => name.startsWith(`${sort}:`)).map((name) => name.slice(sort.length + 1)))

/** The name in `pack.name`: packs have no dots. */
export const nameIn = (ref: string): string => ref.slice(ref.indexOf('.') + 1)

/** The archive's items of a kind that is planned too. */
async function planned(kind: string, { archive, kinds }: Weighing): Promise<Item[]> {
  const items: Item[] = []
  if (kinds?.includes(kind) ?? true) for await (const item of archive.items(kind)) items.push(item)
  return items
}

const refs = async (path: string, weighing: Weighing): Promise<string[]> => (await rows<{ ref: string }>(path, 'ref', weighing)).map(({ ref }) => ref)

async function rows<T>(path: string, attributes: string, { target }: Weighing): Promise<T[]> {
  const found: T[] = []
  for await (const row of target.api.list<T>(path, { query: { include_attributes: attributes } })) found.push(row)
  return found
}
