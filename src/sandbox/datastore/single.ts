/** One key: `GET` and `DELETE /v1/keys/{name}`. */
import { booleanParameter, textParameter } from '../http/parameters'
import { Fault, type Handler, type Sandbox, type SandboxRequest } from '../types'
import { requireDecryptRight, requireKeyPermission, requireOwnUser } from './access'
import { findsNothing, nameFromPath, requireLatin1 } from './names'
import { presentKey } from './present'
import { ALL, fullScope, keyReference, requireScope, splitReference, SYSTEM, USER } from './scopes'
import { keysOf, type KeyDoc } from './store'
import { requireIntact } from './write'

interface Meant {
  name: string
  scope: string
  user: string
  reference: string
}

export const getKey: Handler = (request, sandbox) => {
  const user = textParameter(request.query, 'user')
  const decrypt = booleanParameter(request.query, 'decrypt') ?? false
  const meant = meantKey(request, sandbox, user ? USER : undefined)
  if (!sandbox.traits.keysHavePermissions) requireDecryptRight(decrypt, meant.scope, request.caller)
  requireOwnUser(meant.user, request.caller, sandbox)
  requireKeyPermission('view', meant.scope, meant.reference, request.caller, sandbox)
  const doc = existingKey(meant, sandbox)
  if (decrypt && doc.secret) sandbox.audit('st2api', `User ${meant.user} decrypted the value ${meant.name} `, { user: meant.user, scope: meant.scope, key_name: meant.name, operation: 'decrypt' })
  return { status: 200, json: presentKey(doc, sandbox, decrypt) }
}

/** A secret that this instance's key cannot read cannot be deleted. */
export const deleteKey: Handler = (request, sandbox) => {
  const meant = meantKey(request, sandbox)
  requireOwnUser(meant.user, request.caller, sandbox)
  requireKeyPermission('delete', meant.scope, meant.reference, request.caller, sandbox)
  requireLatin1(meant.scope, meant.reference)
  const doc = existingKey(meant, sandbox)
  if (doc.secret) requireIntact(doc.value, doc.scope === USER ? splitReference(doc.name).name : doc.name, sandbox)
  keysOf(sandbox).delete(doc.id)
  keysOf(sandbox).changed({ before: doc })
  sandbox.audit('st2api', `DELETE /v1/keys/${meant.name} succeeded id=${doc.id}`, { scope: meant.scope, name: meant.name, user: meant.user, key_ref: meant.reference })
  return { status: 204 }
}

function meantKey(request: SandboxRequest, sandbox: Sandbox, implied?: string): Meant {
  const asked = textParameter(request.query, 'scope')
  const isDefault = !asked || (asked === ALL && sandbox.traits.allScopeMeansSystem)
  const scope = implied ?? fullScope(isDefault ? SYSTEM : asked)
  requireScope(scope)
  const user = textParameter(request.query, 'user') || request.caller.user
  const name = nameFromPath(request, sandbox.traits)
  return { name, scope, user, reference: keyReference(scope, name, user) }
}

function existingKey({ scope, reference }: Meant, sandbox: Sandbox): KeyDoc {
  const doc = findsNothing(reference) ? undefined : keysOf(sandbox).find(scope, reference)
  if (!doc) throw new Fault(404, `The key "${reference}" does not exist in the StackStorm datastore.`)
  return doc
}
