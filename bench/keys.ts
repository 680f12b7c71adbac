/** Small keys as most of an estate's are, for the measures of speed: every twentieth is secret. */
import { login, pooled, PASSWORD } from '../src/sandbox/estate'
import type { Instance } from './tools'

export interface BenchKey {
  name: string
  value: string
  secret: boolean
}

export function benchKeys(count: number): BenchKey[] {
  return Array.from({ length: count }, (_, i) => ({ name: `bench.${String(i).padStart(6, '0')}`, value: `value ${i} ${'x'.repeat(80)}`, secret: i % 20 === 0 }))
}

/** Puts them onto an instance, as fast as it takes them. */
export async function fill(instance: Instance, keys: readonly BenchKey[]): Promise<void> {
  const client = await login(instance, 'st2admin', PASSWORD, 16)
  await pooled(keys, 16, (key) => client.call('PUT', `/v1/keys/${key.name}`, { ...key, scope: 'system' }))
  client.close()
}
