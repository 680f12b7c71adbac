/** A pack with something of everything that acts, on the old of two sandboxes; what is switched on and off on either. */
import * as fs from 'fs'
import * as path from 'path'
import type { Kind } from '../../src/kinds/kind'
import { aliases } from '../../src/kinds/aliases'
import { keys } from '../../src/kinds/keys'
import { overrides } from '../../src/kinds/overrides'
import { packs } from '../../src/kinds/packs'
import { policies } from '../../src/kinds/policies'
import { rules } from '../../src/kinds/rules'
import { states } from '../../src/kinds/states'
import { packYaml, writeFiles } from './git-repository'
import { collect, type Migration } from './migration'

export const ACTING_KINDS: readonly Kind[] = [keys, packs, rules, policies, aliases, overrides, states]

export const rule = (pack: string, name: string, enabled: boolean): string => `---\nname: ${name}\npack: ${pack}\nenabled: ${enabled}\ntrigger:\n  type: core.st2.webhook\n  parameters: {url: ${pack}/${name}}\ncriteria: {}\naction: {ref: ${pack}.run}\n`

export const actingFiles = (pack: string): Record<string, string> => ({
  'pack.yaml': packYaml(pack),
  'actions/run.yaml': '---\nname: run\nrunner_type: local-shell-script\nentry_point: run.sh\nenabled: true\n',
  'actions/spare.yaml': '---\nname: spare\nrunner_type: local-shell-script\nentry_point: run.sh\nenabled: true\n',
  'actions/run.sh': '#!/bin/sh\necho hi\n',
  'rules/live.yaml': rule(pack, 'live', true),
  'rules/idle.yaml': rule(pack, 'idle', false),
  'rules/stopped.yaml': rule(pack, 'stopped', true),
  'rules/started.yaml': rule(pack, 'started', false),
  'sensors/watch.yaml': '---\nclass_name: Watch\nentry_point: watch.py\ndescription: Watches\nenabled: true\n',
  'sensors/watch.py': 'class Watch:\n    pass\n',
  'aliases/say.yaml': `---\nname: ${pack}_say\npack: ${pack}\ndescription: Says it\nenabled: true\naction_ref: ${pack}.run\nformats: ["${pack} say"]\n`,
  'policies/limit.yaml': `---\nname: ${pack}_limit\npack: ${pack}\nenabled: true\nresource_ref: ${pack}.run\npolicy_type: action.concurrency\nparameters: {action: delay, threshold: 3}\n`,
})

/** Puts packs on the old sandbox, and switches what people switch. */
export async function seedActing(m: Migration, names: readonly string[] = ['demo']): Promise<void> {
  for (const pack of names) {
    writeFiles(path.join(m.old.sandbox.paths.packs, pack), actingFiles(pack))
    await m.on('old').post('/v1/packs/register', { packs: [pack], types: ['all'] })
    await turn(m, 'old', 'rules', `${pack}.stopped`, false)
    await turn(m, 'old', 'rules', `${pack}.started`, true)
    await turn(m, 'old', 'actions', `${pack}.spare`, false)
    await turn(m, 'old', 'policies', `${pack}.${pack}_limit`, false)
  }
  await turn(m, 'old', 'runnertypes', 'winrm-cmd', false)
  const trigger = { type: 'core.st2.webhook', parameters: { url: 'made' } }
  for (const [name, enabled] of [['made_on', true], ['made_off', false]] as const) await m.on('old').post('/v1/rules', { pack: 'default', name, enabled, trigger, criteria: {}, action: { ref: 'core.noop' } })
  await m.on('old').post('/v1/actionalias', { pack: 'default', name: 'made', description: 'Made', enabled: true, action_ref: 'core.noop', formats: ['made'] })
}

export async function turn(m: Migration, side: 'old' | 'new', where: string, ref: string, enabled: boolean): Promise<void> {
  const row = await m.on(side).get<{ id: string }>(`/v1/${where}/${ref}`, { show_secrets: true })
  await m.on(side).put(`/v1/${where}/${row.id}`, { ...row, enabled })
}

const WHERE = ['rules', 'sensortypes', 'actions', 'actionalias', 'policies', 'runnertypes']

/** By `rules demo.live`: whether it is on. Only what is of these packs, of `default` or made, and runners that are off. */
export async function switches(m: Migration, side: 'old' | 'new', ofPacks: readonly string[] = ['demo', 'default']): Promise<Record<string, boolean>> {
  const found: Record<string, boolean> = {}
  for (const where of WHERE) {
    for (const { ref, name, pack, enabled } of await collect(m.on(side).list<{ ref?: string; name: string; pack?: string; enabled: boolean }>(`/v1/${where}`))) {
      if (pack === undefined ? !enabled : ofPacks.includes(pack)) found[`${where} ${ref ?? name}`] = enabled
    }
  }
  return found
}

const ACT = /^(?:rules|sensortypes|actionalias) /
/** The names of what acts and is on. */
export const acting = (found: Record<string, boolean>): string[] => Object.keys(found).filter((name) => ACT.test(name) && found[name]).sort()

export const overridesOn = (m: Migration, side: 'old' | 'new'): Record<string, string> => {
  const directory = m[side].sandbox.paths.overrides
  if (!fs.existsSync(directory)) return {}
  return Object.fromEntries(fs.readdirSync(directory).sort().map((name) => [name, fs.readFileSync(path.join(directory, name), 'utf8')]))
}

export function writeOverride(m: Migration, side: 'old' | 'new', name: string, text: string): void {
  fs.mkdirSync(m[side].sandbox.paths.overrides, { recursive: true })
  fs.writeFileSync(path.join(m[side].sandbox.paths.overrides, `${name}.yaml`), text)
}
