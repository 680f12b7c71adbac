/** What a plan tells of changed host names: item by item, in sum, and which places hold an old name and stay as they are. */
import { counted, countedKinds } from '../core/counted'
import { HostNames, type Rewrite } from '../core/host-names'
import type { Change, Item } from '../core/model'
import type { Kind, SecretSide } from '../kinds/kind'
import type { KeyItem } from '../kinds/keys'
import { plainText, SecretUnreadable } from '../kinds/keys/secrets'
import type { Carried } from './carried'
import { rewriteNote } from './rewrite'

/** Lines for a person at most; each item's own change tells it too. */
const SHOWN = 10

export class Rewriting {
  private readonly names: HostNames
  private readonly counts = new Map<string, number>()
  private readonly held: string[] = []

  constructor(rewrites: readonly Rewrite[] = []) {
    this.names = new HostNames(rewrites)
  }

  /** Why an old name stays in this item; also counts it. Opens a secret in memory. */
  async look(kind: Kind, { item, rewritten, kept, leftOut }: Carried, source: SecretSide): Promise<string | undefined> {
    if (this.names.rewrites.length === 0 || leftOut !== undefined) return undefined
    if (rewritten) this.counts.set(kind.name, (this.counts.get(kind.name) ?? 0) + 1)
    const why = kept ?? (await this.inSecret(kind, item, source))
    if (why !== undefined) this.held.push(`for a person: ${kind.name} ${item.identity}: ${why}`)
    return why
  }

  private async inSecret({ name }: Kind, item: Item, source: SecretSide): Promise<string | undefined> {
    if (name !== 'keys' || item.secret !== true) return undefined
    try {
      const found = [...this.names.in(await plainText(item as KeyItem, source)).keys()]
      return found.length === 0 ? undefined : `its secret value holds ${found.join(', ')} and is carried as it is`
    } catch (error) {
      if (error instanceof SecretUnreadable) return undefined
      throw error
    }
  }

  lines(): string[] {
    if (this.names.rewrites.length === 0) return []
    const changes = this.names.rewrites.map(({ from, to }) => `${from} -> ${to}`).join(', ')
    const total = [...this.counts.values()].reduce((a, b) => a + b, 0)
    const more = this.held.length - SHOWN
    return [
      `host names are rewritten (${changes}) in ${counted(total, 'item')}${total === 0 ? '' : `: ${countedKinds(Object.fromEntries(this.counts))}`}`,
      ...this.held.slice(0, SHOWN),
      ...(more > 0 ? [`... and ${more} more that hold such a name and stay as they are`] : []),
    ]
  }
}

const ADVICE = 'set it with the new name by hand, on the new instance'

/** The change of an item, with what was rewritten in it and what was not. */
export function withRewriting(change: Change, { rewritten = [] }: Carried, held: string | undefined): Change {
  const note = [change.note, rewriteNote(rewritten), held].filter((one) => one !== undefined && one !== '').join('; ')
  const written = change.action === 'create' || change.action === 'update'
  return {
    ...change,
    ...(note !== '' && { note }),
    ...(rewritten.length > 0 && { rewritten, ...(written && { transformed: true }) }),
    ...(held !== undefined && { kept: held, advice: [change.advice, ADVICE].filter(Boolean).join('; ') }),
  }
}
