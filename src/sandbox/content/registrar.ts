/**
 * Brings what packs have on disk into the database, as `POST /packs/register` and the action packs.load do. Ids of what is known
 * stay; everything else, `enabled` too, becomes what the files say. What vanished from the disk is not removed.
 */
import * as fs from 'fs'
import * as path from 'path'
import { Fault, type Collection, type Doc, type Sandbox } from '../types'
import { isBuiltIn, resetBuiltIn, resetBuiltInTypes, type Counts } from './builtin'
import { actions, aliases, configSchemas, configs, packs, policies, rules, sensors, triggerTypes, triggers } from './documents'
import { registerPackItself } from './packs'
import { ENTITIES, type Entity } from './registrar-entities'
import { SchemaFault, textOf } from './validation'
import { leaveTrigger } from './trigger-service'

export type { Counts } from './builtin'

export interface RegisterOptions {
  /** Throw at the first resource that cannot be registered; else go on without it. */
  failOnFailure: boolean
}

const ALL = ['runner', 'trigger', 'sensor', 'action', 'rule', 'rule_type', 'alias', 'policy_type', 'policy', 'config']

/**
 * Registers resources of packs that are on disk; without packs, of all. `types` as the API takes them (`all`, `action` or
 * `actions` ...). Answers how many of each were registered and, as `rules(overridden)`, how many of those overrides changed. Throws a 400 for a pack that is not
 * on disk and, with `failOnFailure`, for the first resource that cannot be registered.
 */
export function registerContent(sandbox: Sandbox, names: readonly string[] | undefined, types: readonly string[], { failOnFailure }: RegisterOptions): Counts {
  const wanted = types.includes('all') ? ALL : types
  const counts: Counts = resetBuiltInTypes(sandbox, wanted)
  const all = !names?.length
  const targets = all ? packsOnDisk(sandbox) : [...new Set(names)]
  const owners = new Set<string>()
  const entities = ENTITIES.filter(({ type, plural }) => wanted.includes(type) || wanted.includes(plural))
  for (const entity of entities) {
    counts[entity.plural] ??= 0
    for (const pack of targets) addCounts(counts, entity, registerEntity({ sandbox, pack, entity, failOnFailure, all, owners }))
  }
  return counts
}

/** {@link registerContent} for given packs. */
export function registerPack(sandbox: Sandbox, pack: string | readonly string[], types: readonly string[], options: RegisterOptions): Counts {
  return registerContent(sandbox, typeof pack === 'string' ? [pack] : pack, types, options)
}

/** Whatever has a pack.yaml or content below the packs directory. */
function packsOnDisk({ paths }: Sandbox): string[] {
  return fs.readdirSync(paths.packs).filter((name) => fs.statSync(path.join(paths.packs, name)).isDirectory())
}

interface Result {
  registered: number
  overridden: number
}

function addCounts(counts: Counts, { plural }: Entity, { registered, overridden }: Result): void {
  counts[plural] = (counts[plural] ?? 0) + registered
  if (overridden > 0) counts[`${plural}(overridden)`] = overridden
}

interface Task {
  sandbox: Sandbox
  pack: string
  entity: Entity
  failOnFailure: boolean
  /** Part of a run over all packs, which wraps errors more. */
  all: boolean
  /** Packs that this run has taken in already. */
  owners: Set<string>
}

function registerEntity(task: Task): Result {
  const { sandbox, pack, entity } = task
  if (isBuiltIn(pack)) return resetBuiltIn(sandbox, pack, entity.plural)
  const directory = path.join(sandbox.paths.packs, pack)
  if (!fs.existsSync(directory)) throw new Fault(400, `Pack "${pack}" not found on disk: Directory "${directory}" doesn't exist`)
  registerOwner(task, directory)
  return entity.type === 'config' ? registerConfig(task) : registerFiles(task, path.join(directory, entity.folder))
}

function registerOwner({ sandbox, pack, failOnFailure, all, owners }: Task, directory: string): void {
  if (owners.has(pack)) return
  owners.add(pack)
  // A run over all packs passes over what has no manifest.
  if (all && !fs.existsSync(path.join(directory, 'pack.yaml'))) return
  attempt(failOnFailure, () => registerPackItself(sandbox, pack, directory), (text) => `Failed to register pack "${pack}": ${text}`)
}

/** The files of one kind, in the order of their names. */
function registerFiles({ sandbox, pack, entity, failOnFailure }: Task, folder: string): Result {
  const result: Result = { registered: 0, overridden: 0 }
  for (const name of resourceFiles(folder)) {
    const file = path.join(folder, name)
    const register = (): void => {
      if (entity.register(sandbox, pack, file)) result.overridden++
      result.registered++
    }
    attempt(failOnFailure, register, (text) => `Failed to register ${entity.type} "${file}" from pack "${pack}": ${text}`)
  }
  return result
}

function resourceFiles(folder: string): string[] {
  if (!fs.existsSync(folder) || !fs.statSync(folder).isDirectory()) return []
  const names = fs.readdirSync(folder).filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.'))
  return names.filter((name) => !(path.basename(folder) === 'actions' && name.startsWith('config.y'))).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

/** In a run for given packs a bad config is not caught by anybody: 500, whatever `failOnFailure` says. */
function registerConfig({ sandbox, pack, entity, failOnFailure, all }: Task): Result {
  const file = path.join(sandbox.paths.configs, `${pack}.yaml`)
  if (!fs.existsSync(file)) return { registered: 0, overridden: 0 }
  let registered = 0
  const register = (): void => {
    entity.register(sandbox, pack, file)
    registered++
  }
  if (all) attempt(failOnFailure, register, (text) => `Failed to register config "${file}" for pack "${pack}": ${text}`)
  else unforeseen(register)
  return { registered, overridden: 0 }
}

function unforeseen(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (error instanceof Fault && !(error instanceof SchemaFault)) throw error
    throw new Error(textOf(error))
  }
}

function attempt(failOnFailure: boolean, work: () => void, wrap: (text: string) => string): void {
  try {
    work()
  } catch (error) {
    if (failOnFailure) throw new Fault(400, wrap(textOf(error)))
  }
}

/**
 * Removes all that belongs to a pack: what its files brought, what was made over the API under its name, its config and schema. The
 * files of the pack and of its config stay. A pack that is not there is no error.
 */
export function unregisterPack(sandbox: Sandbox, pack: string): void {
  deleteOf(sensors(sandbox), pack)
  deleteOf(triggerTypes(sandbox), pack)
  deleteOf(triggers(sandbox), pack)
  deleteOf(actions(sandbox), pack)
  for (const rule of deleteOf(rules(sandbox), pack)) leaveTrigger(sandbox, rule.trigger)
  deleteOf(aliases(sandbox), pack)
  deleteOf(policies(sandbox), pack)
  const owner = packs(sandbox).by('ref_1', pack) ?? packs(sandbox).by('name_1', pack)
  if (owner) packs(sandbox).delete(owner.id)
  deleteOf(configSchemas(sandbox), pack)
  deleteOf(configs(sandbox), pack)
}

function deleteOf<T extends Doc & { pack: string }>(collection: Collection<T>, pack: string): T[] {
  const gone = collection.all().filter((doc) => doc.pack === pack)
  for (const { id } of gone) collection.delete(id)
  return gone
}
