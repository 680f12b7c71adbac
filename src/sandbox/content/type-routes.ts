/** `/runnertypes`, `/ruletypes`, `/policytypes`: what StackStorm itself brings along. Only a runner can be switched off. */
import { Fault, type Handler, type Route } from '../types'
import { objectBody, ok, permit } from './answers'
import { policyTypes, ruleTypes, runnerByName, runners, type PolicyTypeDoc, type RunnerDoc } from './documents'
import { listReply, type ListRules } from './listing'

const RUNNERS: ListRules<RunnerDoc> = {
  filters: { name: ({ name }) => name },
  order: ['name'],
  sortable: ['name'],
  lists: ['name'],
  defaultLimit: 100,
  fields: ['id', 'uid', 'name', 'description', 'enabled', 'runner_package', 'runner_module', 'runner_parameters', 'query_module', 'output_key', 'output_schema'],
  always: ['id'],
}
const POLICY_TYPES: ListRules<PolicyTypeDoc> = {
  filters: { resource_type: ({ resource_type }) => resource_type, name: ({ name }) => name },
  order: ['resource_type', 'name'],
  sortable: ['resource_type', 'name'],
  lists: ['name'],
  defaultLimit: 100,
  fields: ['id', 'uid', 'ref', 'name', 'description', 'resource_type', 'enabled', 'module', 'parameters'],
  always: ['id'],
}

const listRunners: Handler = (request, sandbox) => listReply(runners(sandbox).all(), RUNNERS, request, sandbox, (runner) => ({ ...runner }))

const runnerFrom: (...args: Parameters<Handler>) => RunnerDoc = ({ params }, sandbox) => {
  const name = params.name ?? ''
  const runner = runners(sandbox).get(name) ?? runnerByName(sandbox, name)
  if (!runner) throw new Fault(404, `Resource with a name or id "${name}" not found`)
  return runner
}

const oneRunner: Handler = (request, sandbox) => {
  const runner = runnerFrom(request, sandbox)
  permit(request, sandbox, 'runner_view', runner.uid)
  return ok(runner)
}

const putRunner: Handler = (request, sandbox) => {
  const body = objectBody(request)
  const old = runnerFrom(request, sandbox)
  permit(request, sandbox, 'runner_modify', old.uid)
  // What StackStorm takes for granted in the body makes it fall over when it is not there.
  if (!('id' in body) || !('enabled' in body)) throw new Error("'GenericRequestParam' object has no attribute 'enabled'")
  const runner = runners(sandbox).put({ ...old, enabled: Boolean(body.enabled) })
  sandbox.audit('st2api', `Runner Type updated. RunnerType.id=${runner.id}.`, { _old_runner_type_db: old, _new_runner_type_db: runner })
  return ok(runner)
}

const listRuleTypes: Handler = (_request, sandbox) => ok(ruleTypes(sandbox).all())

const oneRuleType: Handler = ({ params }, sandbox) => {
  const id = params.id ?? ''
  const type = ruleTypes(sandbox).get(id)
  if (type) return ok(type)
  if (/^[0-9a-fA-F]{24}$/.test(id)) throw new Fault(404, `Unable to find the RuleTypeDB instance. {'id': '${id}'}`)
  throw new Fault(404, `Database lookup for id="${id}" resulted in exception. '${id}' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string`)
}

const listPolicyTypes: Handler = (request, sandbox) => listReply(policyTypes(sandbox).all(), POLICY_TYPES, request, sandbox, (type) => ({ ...type }))

const onePolicyType: Handler = ({ params }, sandbox) => {
  const ref = params.ref ?? ''
  const type = policyTypes(sandbox).get(ref) ?? policyTypes(sandbox).all().find((one) => one.ref === ref)
  if (!type) throw new Fault(404, `PolicyType with a reference of id "${ref}" not found.`)
  return ok(type)
}

export const typeRoutes: Route[] = [
  { method: 'GET', pattern: '/runnertypes', handler: listRunners, permission: 'runner_type_list' },
  { method: 'GET', pattern: '/runnertypes/{name}', handler: oneRunner },
  { method: 'PUT', pattern: '/runnertypes/{name}', handler: putRunner },
  { method: 'GET', pattern: '/ruletypes', handler: listRuleTypes },
  { method: 'GET', pattern: '/ruletypes/{id}', handler: oneRuleType },
  { method: 'GET', pattern: '/policytypes', handler: listPolicyTypes, permission: 'policy_type_list' },
  { method: 'GET', pattern: '/policytypes/{ref}', handler: onePolicyType },
]
