/**
 * Runners, which no override holds for: StackStorm registers them along with the actions of any pack, and was seen to switch them
 * on then (3.8.1, 3.9.0), though its registrar means to leave them. So whoever has actions registered looks, and puts them back.
 */
import { isSt2Error } from '../../st2/errors'
import type { StackStorm } from '../../st2/port'
import type { Instance } from '../kind'
import { findResource, isOn, resourcesOf, switchResource } from './resources'

/** Names of those that are switched off. */
export async function runnersOff(api: StackStorm): Promise<Set<string>> {
  const off = new Set<string>()
  for await (const row of resourcesOf(api, 'runner')) if (!isOn(row)) off.add(row.name)
  return off
}

/** Switches off again those of them that are on. What StackStorm refuses stays: a later look tells it. */
export async function switchRunnersOff(api: StackStorm, names: ReadonlySet<string>): Promise<void> {
  if (names.size === 0) return
  const off = await runnersOff(api)
  for (const name of names) {
    const row = off.has(name) ? undefined : await findResource(api, 'runner', name)
    if (!row) continue
    await switchResource(api, 'runner', row, false).catch((error: unknown) => {
      if (!isSt2Error(error, 'bad_request', 'not_found', 'server')) throw error
    })
  }
}

const turns = new WeakMap<Instance, Promise<unknown>>()

/** One after the other on an instance: what one registration switches on must not be taken by the next for how it was. */
export function keepingRunners<T>(target: Instance, work: () => Promise<T>): Promise<T> {
  const kept = async (): Promise<T> => {
    const off = await runnersOff(target.api)
    // Also after an error: the runners are registered before anything else.
    try {
      return await work()
    } finally {
      await switchRunnersOff(target.api, off)
    }
  }
  const turn = (turns.get(target) ?? Promise.resolve()).then(kept, kept)
  turns.set(target, turn)
  return turn
}
