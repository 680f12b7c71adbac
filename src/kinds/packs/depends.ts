/** Dependencies between packs, and the order in which packs are installed. Installs pull nothing in by themselves: every pack comes at its own commit. */
import type { Change, Item } from '../../core/model'
import type { PackItem } from './item'

/** `pack.yaml` names a dependency by name, `name=version`, or URL; a repository is called `stackstorm-<ref>` by convention. */
export function dependencyRef(text: string): string {
  const address = text.split('=')[0]!.trim().replace(/\/+$/, '')
  const last = address.slice(address.lastIndexOf('/') + 1).slice(address.slice(address.lastIndexOf('/') + 1).lastIndexOf(':') + 1)
  const name = last.replace(/\.git$/, '')
  return (address === last ? name : name.replace(/^stackstorm-/, '')).toLowerCase()
}

/** Packs in waves: each after what it depends on. Packs in a circle come together, last. */
export function wavesOf(changes: Change[], items: Map<string, Item>): Change[][] {
  const waves: Change[][] = []
  let left = [...changes]
  while (left.length > 0) {
    const waiting = new Set(left.map((change) => change.identity))
    const ready = left.filter((change) => !needsOneOf(items.get(change.identity) as PackItem | undefined, waiting))
    const wave = ready.length > 0 ? ready : left
    waves.push(wave)
    left = left.filter((change) => !wave.includes(change))
  }
  return waves
}

function needsOneOf(item: PackItem | undefined, waiting: Set<string>): boolean {
  return (item?.dependencies ?? []).map(dependencyRef).some((ref) => ref !== item?.identity && waiting.has(ref))
}
