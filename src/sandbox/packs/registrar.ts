/** Stands in for the registrar of content until that is there. */
import type { Sandbox } from '../types'

export function registerPack(_sandbox: Sandbox, _refs: string[], _types: string[], _options: { failOnFailure: boolean }): Record<string, number> {
  throw new Error('content is not registered yet')
}
export function unregisterPack(_sandbox: Sandbox, _ref: string): void {}
