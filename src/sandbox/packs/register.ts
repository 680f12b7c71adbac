/** packs.load and packs.unload: what is on disk comes into the database, and out of it. */
import { configSchemas, packs } from '../content/documents'
import { registerPack, unregisterPack } from '../content/registrar'
import { pyRepr } from '../python'
import { Fault, type Sandbox } from '../types'

/** Plural forms that the action turns into those of the API. */
const SINGULAR: Record<string, string> = {
  runners: 'runner',
  triggers: 'trigger',
  sensors: 'sensor',
  actions: 'action',
  rules: 'rule',
  rule_types: 'rule_type',
  aliases: 'alias',
  policiy_types: 'policy_type',
  policies: 'policy',
  configs: 'config',
}

/** Registers packs with the types of a comma list; answers the counts. An error is told as StackStorm's client tells it. */
export function loadPacks(sandbox: Sandbox, names: readonly string[], register: string, log: (line: string) => void): Record<string, number> {
  const types = register.split(',').map((type) => SINGULAR[type] ?? type)
  const refs = [...names].reverse()
  log(`st2.actions.python.St2RegisterAction: DEBUG    Calling client method "register" with kwargs "${pyRepr({ types, packs: refs })}"`)
  try {
    return registerPack(sandbox, refs, types, { failOnFailure: true })
  } catch (error) {
    throw clientError(error, sandbox)
  }
}

function clientError(error: unknown, { apiUrl }: Sandbox): Error {
  const [status, message] = error instanceof Fault ? [error.status, error.message] : [500, 'Internal Server Error']
  const reason = status >= 500 ? 'Server Error: Internal Server Error' : 'Client Error: Bad Request'
  const told = new Error(`${status} ${reason}\nMESSAGE: ${message} for url: ${apiUrl}/v1/packs/register`)
  told.name = 'requests.exceptions.HTTPError'
  return told
}

/** Packs that StackStorm itself needs. */
const SYSTEM_PACKS = ['chatops', 'core', 'packs', 'linux']

/** Removes all that belongs to the packs, also what was made over the API. Packs that are not there are no error. */
export function unloadPacks(sandbox: Sandbox, names: readonly string[], log: (line: string) => void): void {
  refuseSystemPacks(names, 'Unregister includes an unregisterable pack')
  const say = (level: string, text: string): void => log(`st2.actions.python.UnregisterPackAction: ${level.padEnd(8)} ${text}`)
  for (const name of names) {
    say('DEBUG', `Removing pack ${name}.`)
    if (!packs(sandbox).by('ref_1', name)) say('ERROR', 'Pack DB object not found')
    if (!configSchemas(sandbox).by('pack_1', name)) say('ERROR', 'ConfigSchemaDB object not found')
    unregisterPack(sandbox, name)
    say('INFO', `Removed pack ${name}.`)
  }
}

export function refuseSystemPacks(names: readonly string[], complaint: string): void {
  const found = SYSTEM_PACKS.filter((name) => names.includes(name))
  if (found.length > 0) throw new Error(`${complaint} - ${found.join(', ')}.`)
}
