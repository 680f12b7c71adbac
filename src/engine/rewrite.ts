/**
 * Host names changed on the way: in items as the plan carries them, so that no kind needs to know. Only members that are
 * free text or data are touched: never a name, a reference, a user. Secrets are ciphertext here and stay as they are.
 */
import * as fs from 'fs'
import { sha256 } from '../core/canonical'
import { HostNames, type Hits, type Rewrite } from '../core/host-names'
import type { Change, Item, Rewritten } from '../core/model'
import { parseYaml } from '../core/yaml11'
import { jsonValues } from '../kinds/configs/item'
import type { Written } from '../kinds/kind'
import type { Archive } from '../archive/types'

/** Members, by kind, in which whole host names are changed, at any depth. Configurations are changed in their files' bytes. */
const MEMBERS: Record<string, readonly string[]> = {
  keys: ['value', 'description'],
  configs: ['values'],
  actions: ['description', 'parameters', 'notify'],
  rules: ['description', 'trigger.parameters', 'criteria', 'action.parameters'],
  policies: ['description', 'parameters'],
  aliases: ['description', 'formats', 'ack', 'result', 'extra', 'immutable_parameters'],
}

export interface Changed {
  item: Item
  /** Empty when nothing was to be changed. */
  rewritten: Rewritten[]
  /** Why a name that it holds stays, though this is a place where names are changed. */
  kept?: string
}

export class ItemRewriter {
  private readonly names: HostNames
  private readonly files = new Map<string, ConfigFile | Kept | undefined>()

  constructor(
    rewrites: readonly Rewrite[],
    private readonly archive: Pick<Archive, 'member'>,
  ) {
    this.names = new HostNames(rewrites)
  }

  /** The item as it reaches a target, and where it was changed. */
  rewrite(kind: string, item: Item): Changed {
    const members = MEMBERS[kind]
    if (!members || this.names.rewrites.length === 0) return { item, rewritten: [] }
    if (kind === 'configs') return this.config(item)
    const rewritten: Rewritten[] = []
    const changed = members.filter((member) => !(item.secret === true && member === 'value')).reduce((one, member) => this.in(one, member.split('.'), member, rewritten), item)
    return { item: changed, rewritten }
  }

  /** The path of a member's bytes as they reach a target; changed ones are written beside the unpacked file when they are asked for. */
  member(name: string): string | undefined {
    const original = this.archive.member(name)
    const file = name.startsWith('files/configs/') ? this.file(name) : undefined
    if (original === undefined || !file || 'why' in file) return original
    const path = `${original}.rewritten`
    if (!fs.existsSync(path)) fs.writeFileSync(path, file.text, { mode: 0o600 })
    return path
  }

  /** `item` with the member at `path` changed; itself when nothing is. */
  private in(item: Item, [first, ...rest]: string[], path: string, rewritten: Rewritten[]): Item {
    const value = item[first!]
    if (rest.length > 0) return isMapping(value) ? { ...item, [first!]: this.in(value as Item, rest, path, rewritten) } : item
    const changed = this.deep(value, path, rewritten)
    return changed === value ? item : { ...item, [first!]: changed }
  }

  /** Strings at any depth; names of members only where `keysToo` (a mapping from hosts). */
  private deep(value: unknown, path: string, rewritten: Rewritten[], keysToo = false): unknown {
    if (typeof value === 'string') {
      const hits: Hits = new Map()
      const text = this.names.rewrite(value, hits)
      this.note(path, hits, rewritten)
      return text
    }
    if (Array.isArray(value)) return value.map((one, at) => this.deep(one, `${path}.${at}`, rewritten, keysToo))
    if (!isMapping(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [keysToo ? this.memberName(name, value, path, rewritten) : name, this.deep(member, `${path}.${name}`, rewritten, keysToo)]))
  }

  private memberName(name: string, of: Record<string, unknown>, path: string, rewritten: Rewritten[]): string {
    const hits: Hits = new Map()
    const changed = this.names.rewrite(name, hits)
    if (changed in of) return name
    this.note(`${path} (the name of a member)`, hits, rewritten)
    return changed
  }

  private note(path: string, hits: Hits, rewritten: Rewritten[]): void {
    for (const from of hits.keys()) rewritten.push({ path, from, to: this.names.rewrites.find((one) => one.from.toLowerCase() === from)!.to })
  }

  /** With a file, what the file becomes decides: its values are what registering it would store. */
  private config(item: Item): Changed {
    const own = item.file as { member?: string } | undefined
    const rewritten: Rewritten[] = []
    if (own?.member === undefined || this.archive.member(own.member) === undefined) {
      const values = this.deep(item.values, 'values', rewritten, true)
      return { item: rewritten.length === 0 ? item : { ...item, values }, rewritten }
    }
    const file = this.file(own.member)
    if (file === undefined) return { item, rewritten }
    if ('why' in file) return { item, rewritten, kept: file.why }
    this.deep(item.values, 'values', rewritten, true)
    const inComments = [...file.hits.keys()].filter((from) => !rewritten.some((one) => one.from === from))
    this.note('file (comments)', new Map(inComments.map((from) => [from, 1])), rewritten)
    return { item: { ...item, values: file.values, file: { ...own, sha256: file.sha256 } }, rewritten }
  }

  /** Made once. Undefined when it holds no such name. */
  private file(member: string): ConfigFile | Kept | undefined {
    if (!this.files.has(member)) this.files.set(member, this.makeFile(this.archive.member(member)))
    return this.files.get(member)
  }

  private makeFile(original: string | undefined): ConfigFile | Kept | undefined {
    if (original === undefined || this.names.rewrites.length === 0) return undefined
    const bytes = fs.readFileSync(original)
    const before = bytes.toString('utf8')
    const hits: Hits = new Map()
    const after = this.names.rewrite(before, hits)
    if (hits.size === 0) return undefined
    const held = `its file holds ${[...hits.keys()].join(', ')} and is carried as it is`
    if (!Buffer.from(before, 'utf8').equals(bytes)) return { why: `${held}: it is not UTF-8` }
    const values = valuesOf(after)
    if (values === undefined) return { why: `${held}: with the new name it could not be read any more` }
    if (membersIn(values) !== membersIn(valuesOf(before) ?? {})) return { why: `${held}: two of its members would get one name` }
    return { text: after, sha256: sha256(after), values, hits }
  }
}

interface Kept {
  why: string
}

interface ConfigFile {
  text: string
  sha256: string
  values: Record<string, unknown>
  hits: Hits
}

const isMapping = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function valuesOf(text: string): Record<string, unknown> | undefined {
  try {
    const values = parseYaml(text) ?? {}
    return isMapping(values) ? jsonValues(values) : undefined
  } catch {
    return undefined
  }
}

const membersIn = (value: unknown): number => (typeof value !== 'object' || value === null ? 1 : Object.values(value).reduce((sum: number, one) => sum + membersIn(one), Object.keys(value).length))

/** One line for a plan and a ledger: which name became which, and where. */
export function rewriteNote(rewritten: readonly Rewritten[] = []): string | undefined {
  if (rewritten.length === 0) return undefined
  const byName = new Map<string, string[]>()
  for (const { path, from, to } of rewritten) byName.set(`${from} -> ${to}`, [...(byName.get(`${from} -> ${to}`) ?? []), path])
  return `host names rewritten: ${[...byName].map(([change, paths]) => `${change} in ${paths.slice(0, NAMED).join(', ')}${paths.length > NAMED ? ` and ${paths.length - NAMED} more` : ''}`).join('; ')}`
}

const NAMED = 6

/** What became of a write, with what was rewritten in it: a kind does not know. */
export function tellRewritten({ rewritten = [], kept }: Change, written: Written): Written {
  const notes = [rewriteNote(rewritten), kept].filter((one): one is string => one !== undefined)
  if (notes.length === 0 || (written.outcome !== 'carried' && written.outcome !== 'transformed')) return written
  const untold = notes.filter((note) => !written.note?.includes(note))
  return { ...written, ...(rewritten.length > 0 && { outcome: 'transformed' }), note: [written.note, ...untold].filter(Boolean).join('; ') }
}
