/** Policies: what is stored, and `/policies`. The policy type's own schema judges the parameters. */
import { Fault, type Handler, type Route, type Sandbox, type SandboxRequest } from '../types'
import { checkedBody, created, found, noContent, ok, permit, putOrConflict, refuseRefAsId, refuseSystemPack } from './answers'
import { policies, policyTypes, refOf, uidOf, type Json, type PolicyDoc } from './documents'
import { listReply, type ListRules } from './listing'
import { POLICY } from './models'
import { cleaned, parametersSchema } from './validation'

interface PolicySpec {
  id?: string | null
  name: string
  pack?: string | null
  description?: string | null
  enabled?: boolean
  resource_ref: string
  policy_type: string
  parameters?: Json
  metadata_file?: string
}

/** The policy with its parameters filled up by the policy type. Throws a fault when the type is unknown or does not accept them. */
export function checkedPolicy(sandbox: Sandbox, content: Json): Json {
  const spec = content as unknown as PolicySpec
  const type = policyTypes(sandbox).all().find(({ ref }) => ref === spec.policy_type)
  if (!type) throw new Fault(400, `Referenced policy_type "${spec.policy_type}" doesnt exist`)
  return { ...content, parameters: cleaned(parametersSchema(type.parameters), spec.parameters ?? {}, sandbox.traits) }
}

/** A policy as it is stored. It keeps an id that it brings along: a trap, since that of another policy replaces it. */
function policyDoc({ store }: Sandbox, content: Json): PolicyDoc {
  const spec = content as unknown as PolicySpec
  // A model without a pack: nobody foresaw it. With null for one, Python makes a text of it.
  if (spec.pack === undefined) throw new Error("'PolicyAPI' object has no attribute 'pack'")
  const pack = spec.pack ?? 'None'
  return {
    uid: uidOf('policy', pack, spec.name),
    metadata_file: spec.metadata_file ?? '',
    name: spec.name,
    ref: refOf(pack, spec.name),
    pack,
    ...(typeof spec.description === 'string' && { description: spec.description }),
    enabled: spec.enabled ?? true,
    resource_ref: spec.resource_ref,
    policy_type: spec.policy_type,
    parameters: spec.parameters ?? {},
    id: spec.id || store.newId(),
  }
}

/** Stores a policy of a pack's file. StackStorm looks for an old one by the bare name: another pack's policy of that name is replaced. */
export function registerPolicy(sandbox: Sandbox, content: Json): void {
  const doc = policyDoc(sandbox, content)
  const existing = policies(sandbox).all().find(({ name }) => name === doc.name)
  putOrConflict(sandbox, policies(sandbox), existing ? { ...doc, id: existing.id } : doc, 'policy_d_b')
}

const LIST: ListRules<PolicyDoc> = {
  filters: { pack: ({ pack }) => pack, name: ({ name }) => name },
  order: ['pack', 'name'],
  sortable: [],
  defaultLimit: 100,
  fields: ['id', 'uid', 'ref', 'name', 'pack', 'description', 'metadata_file', 'enabled', 'resource_ref', 'policy_type', 'parameters'],
  always: ['id', 'ref'],
}

const list: Handler = (request, sandbox) => listReply(policies(sandbox).all(), LIST, request, sandbox, (policy) => ({ ...policy }))

const one: Handler = (request, sandbox) => {
  const policy = found(policies(sandbox), 'policy', request.params.ref ?? '')
  permit(request, sandbox, 'policy_view', policy.uid)
  return ok(policy)
}

const policyFrom = (request: SandboxRequest, sandbox: Sandbox): Json => checkedPolicy(sandbox, checkedBody(request, POLICY, sandbox))

const post: Handler = (request, sandbox) => {
  const spec = policyFrom(request, sandbox)
  permit(request, sandbox, 'policy_create', `policy:${String(spec.pack)}:${String(spec.name)}`)
  if (spec.id) refuseRefAsId(spec.id as string, 'PolicyDB', sandbox)
  const policy = putOrConflict(sandbox, policies(sandbox), policyDoc(sandbox, spec), 'policy_d_b')
  sandbox.audit('st2api', `Policy created. Policy.id=${policy.id}`, { _policy_db: policy })
  return created(policy)
}

const put: Handler = (request, sandbox) => {
  const spec = policyFrom(request, sandbox)
  const old = found(policies(sandbox), 'policy', request.params.ref ?? '')
  permit(request, sandbox, 'policy_modify', old.uid)
  refuseSystemPack(old)
  const doc = policyDoc(sandbox, { ...spec, pack: spec.pack ?? old.pack })
  const policy = putOrConflict(sandbox, policies(sandbox), { ...doc, id: old.id }, 'policy_d_b')
  sandbox.audit('st2api', `Policy updated. Policy.id=${policy.id}`, { _policy_db: policy })
  return ok(policy)
}

const remove: Handler = (request, sandbox) => {
  const policy = found(policies(sandbox), 'policy', request.params.ref ?? '')
  permit(request, sandbox, 'policy_delete', policy.uid)
  refuseSystemPack(policy)
  policies(sandbox).delete(policy.id)
  sandbox.audit('st2api', `Policy deleted. Policy.id=${policy.id}`, { _policy_db: policy })
  return noContent
}

export const policyRoutes: Route[] = [
  { method: 'GET', pattern: '/policies', handler: list, permission: 'policy_list' },
  { method: 'POST', pattern: '/policies', handler: post },
  { method: 'GET', pattern: '/policies/{ref}', handler: one },
  { method: 'PUT', pattern: '/policies/{ref}', handler: put },
  { method: 'DELETE', pattern: '/policies/{ref}', handler: remove },
]
