/**
 * What the StackStorm versions do differently, as data: code asks for a trait, never for a version. Each trait was seen on live
 * instances of these versions; the recordings hold the exchanges. Each room keeps its own: core-traits.ts, content/traits.ts,
 * executions/traits.ts.
 */
import { CONTENT_TRAITS, type ContentTraits } from './content/traits'
import { CORE_TRAITS, type CoreTraits } from './core-traits'
import { EXECUTION_TRAITS, type ExecutionTraits } from './executions/traits'
import type { StackStormVersion } from './versions'

export type { StackStormVersion }
export interface VersionTraits extends CoreTraits, ContentTraits, ExecutionTraits {}

const traitsOf = (version: StackStormVersion): VersionTraits => ({ ...CORE_TRAITS[version], ...CONTENT_TRAITS[version], ...EXECUTION_TRAITS[version] })

export const TRAITS: Record<StackStormVersion, VersionTraits> = { '3.9.0': traitsOf('3.9.0'), '3.8.1': traitsOf('3.8.1'), '3.4.1': traitsOf('3.4.1') }
