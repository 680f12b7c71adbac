/** What the versions do differently with packs' content. */
import type { StackStormVersion } from '../versions'

export interface ContentTraits {
  /** Files below `/opt/stackstorm/overrides` count. */
  overrides: boolean
  /** An action's `output_schema` is answered filled up with the defaults of JSON schema. */
  outputSchemaDefaults: boolean
  /** An unknown field of a list is refused by its name alone. */
  unknownFieldByName: boolean
  /** `/actions/views/parameters/{ref}` takes a ref; else an id only. */
  parametersViewTakesRef: boolean
  /** There is `/actions/{ref}/clone`. */
  actionsCanBeCloned: boolean
}

const NEWER: ContentTraits = { overrides: true, outputSchemaDefaults: true, unknownFieldByName: true, parametersViewTakesRef: true, actionsCanBeCloned: true }

export const CONTENT_TRAITS: Record<StackStormVersion, ContentTraits> = {
  '3.9.0': NEWER,
  '3.8.1': NEWER,
  '3.4.1': { overrides: false, outputSchemaDefaults: false, unknownFieldByName: false, parametersViewTakesRef: false, actionsCanBeCloned: false },
}
