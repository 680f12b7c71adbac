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
  /** The schema of a runner's output names its properties alone. */
  flatOutputSchemas: boolean
  /** Built-in actions of later versions that are not there. */
  missingBuiltInActions: readonly string[]
  /** Parameters of built-in actions, by ref, that came with later versions. */
  missingBuiltInParameters: Readonly<Record<string, readonly string[]>>
  /** Saving a document again removes its empty objects from the database: lists that name attributes leave them out. */
  savedAgainLosesEmpty: boolean
}

const NEWER: ContentTraits = {
  overrides: true,
  outputSchemaDefaults: true,
  unknownFieldByName: true,
  parametersViewTakesRef: true,
  actionsCanBeCloned: true,
  flatOutputSchemas: false,
  missingBuiltInActions: [],
  missingBuiltInParameters: {},
  savedAgainLosesEmpty: false,
}

export const CONTENT_TRAITS: Record<StackStormVersion, ContentTraits> = {
  '3.9.0': NEWER,
  '3.8.1': { ...NEWER, missingBuiltInParameters: { 'packs.get': ['branch'] } },
  '3.4.1': {
    overrides: false,
    outputSchemaDefaults: false,
    unknownFieldByName: false,
    parametersViewTakesRef: false,
    actionsCanBeCloned: false,
    flatOutputSchemas: true,
    missingBuiltInActions: ['examples.python_runner_load_and_print_fixture', 'examples.orquesta-data-flow-large-data'],
    missingBuiltInParameters: { 'packs.get': ['branch'], 'core.inject_trigger': ['trigger_name'] },
    savedAgainLosesEmpty: true,
  },
}
