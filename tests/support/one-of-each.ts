/**
 * Two things of every kind for the old of two sandboxes: one to stand on the new one already when it is looked at, one to come
 * afterwards. Small, for suites that go the whole way many times; the names are those that the kinds' fixtures know.
 */
import * as fs from 'fs'
import * as path from 'path'
import { packYaml, writeFiles } from './git-repository'
import type { Migration } from './migration'

const ACTION = '---\nname: run\nrunner_type: local-shell-script\nentry_point: run.sh\nenabled: true\n'
const RULE = '---\nname: device_down\nenabled: true\ntrigger:\n  type: core.st2.webhook\n  parameters: {url: PACK/down}\ncriteria: {}\naction: {ref: PACK.run}\n'
const SCHEMA = '---\nhost: {type: string, required: true}\npassword: {type: string, secret: true}\n'

export interface Names {
  pack: string
  key: string
  made: string
  rule: string
  triggerType: string
  role: string
  hostFile: string
}

/** What the kinds' fixtures change on the new instance once it is there. */
export const FIRST: Names = { pack: 'netops', key: 'a first', made: 'greet', rule: 'orphan', triggerType: 'link_state', role: 'operators', hostFile: 'etc/st2/st2.conf' }
export const SECOND: Names = { pack: 'fresh', key: 'b second é', made: 'part', rule: 'quarter: hour', triggerType: 'capacity', role: 'auditors', hostFile: 'opt/stackstorm/chatops/st2chatops.env' }

/** Puts one of each of the 13 kinds on the old instance, as people would: by files that are registered, and by the API. */
export async function putOneOfEach(m: Migration, names: Names): Promise<void> {
  const { pack } = names
  const { paths } = m.old.sandbox
  const api = m.on('old')
  await api.putKey({ name: names.key, scope: 'system', value: 's3cret', secret: true })
  await api.post('/v1/apikeys', { user: 'alice', metadata: { of: names.made }, enabled: pack === FIRST.pack })
  writeFiles(path.join(paths.packs, pack), packFiles(pack))
  writeFiles(paths.configs, { [`${pack}.yaml`]: `---\nhost: ${pack}.example.org   # ours\npassword: s3cret\n` })
  fs.mkdirSync(paths.overrides, { recursive: true })
  writeFiles(paths.overrides, { [`${pack}.yaml`]: '---\nactions:\n  exceptions:\n    spare: {enabled: false}\n' })
  await api.post('/v1/packs/register', { packs: [pack], types: ['all'] })
  const rule = await api.get<{ id: string }>(`/v1/rules/${pack}.device_down`, { show_secrets: true })
  await api.put(`/v1/rules/${rule.id}`, { ...rule, enabled: false })
  await api.post('/v1/triggertypes', { name: names.triggerType, pack, description: 'Sent by hand', payload_schema: { type: 'object' } })
  await api.post('/v1/actions', { name: names.made, pack: 'default', runner_type: 'local-shell-script', entry_point: `${names.made}.sh`, data_files: [{ file_path: `${names.made}.sh`, content: 'echo hello\n' }] })
  await api.post('/v1/rules', { name: names.rule, pack: 'default', enabled: true, trigger: { type: `${pack}.${names.triggerType}` }, criteria: {}, action: { ref: 'default.gone', parameters: {} } })
  await api.post('/v1/policies', { name: names.made, pack: 'default', resource_ref: `default.${names.made}`, policy_type: 'action.retry', parameters: { retry_on: 'failure', max_retry_count: 2, delay: 1.5 } })
  await api.post('/v1/actionalias', { name: names.made, pack: 'default', description: 'd', action_ref: `default.${names.made}`, formats: [`${names.made} {{x}}`] })
  writeFiles(paths.root, { [`opt/stackstorm/rbac/roles/${names.role}.yaml`]: `---\nname: ${names.role}\n`, [names.hostFile]: '[api]\nhost = old.example.org\n' })
}

function packFiles(pack: string): Record<string, string> {
  const files = {
    'actions/run.yaml': ACTION,
    'actions/spare.yaml': ACTION.replace('run', 'spare'),
    'actions/run.sh': '#!/bin/sh\necho hi\n',
    'rules/device_down.yaml': RULE,
    'config.schema.yaml': SCHEMA,
  }
  return { 'pack.yaml': packYaml(pack), ...Object.fromEntries(Object.entries(files).map(([name, text]) => [name, text.replace(/PACK/g, pack)])) }
}
