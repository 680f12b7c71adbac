/** What the endpoints of content answer alike: missing resources, permissions, changes of what belongs to the system, 409. */
import { lacking } from '../auth/permissions'
import { duplicateFault } from '../duplicate'
import { DuplicateKey, Fault, type Caller, type Collection, type Reply, type Sandbox, type SandboxRequest } from '../types'
import { plainJson } from '../http/json'
import { validate, type Schema } from '../schema'
import { byRefOrId, type ContentDoc, type ContentKind, type Json } from './documents'
import { cleaned } from './validation'

export const ok = (json: unknown): Reply => ({ status: 200, json })
export const created = (json: unknown): Reply => ({ status: 201, json })
export const noContent: Reply = { status: 204 }

/** The document that the path names, by ref or id; 404 when there is none. */
export function found<T extends ContentDoc>(collection: Collection<T>, kind: ContentKind, refOrId: string): T {
  const doc = byRefOrId(collection, kind, refOrId)
  if (!doc) throw new Fault(404, `Resource with a reference or id "${refOrId}" not found`)
  return doc
}

/** With RBAC, 403 for a caller without a role; `resource` is the uid. */
export function permit({ caller }: { caller: Caller }, { rbac }: Sandbox, permission: string, resource: string): void {
  if (rbac && !caller.isAdmin) throw lacking(caller.user, permission, resource)
}

/** 400 for what belongs to the pack core. */
export function refuseSystemPack({ pack }: { pack?: unknown }): void {
  if (pack === 'core') throw new Fault(400, "Resources belonging to system level packs can't be manipulated")
}

/** Stores a document; a taken unique value is a 409 that names the document with the same ref, where the resource knows that. */
export function putOrConflict<T extends ContentDoc>(sandbox: Sandbox, collection: Collection<T>, doc: T, database: string, tellsConflict = true): T {
  try {
    return collection.put(doc)
  } catch (error) {
    if (!(error instanceof DuplicateKey)) throw error
    const conflict = tellsConflict ? collection.all().find(({ ref }) => ref === doc.ref) : undefined
    throw duplicateFault(sandbox, database, error.index, keyOf(error, doc), conflict?.id ?? null)
  }
}

function keyOf({ index, value }: DuplicateKey, doc: ContentDoc): Record<string, string> {
  if (index === 'uid_1') return { uid: value }
  const members = index.replace(/_1$/, '').split('_1_')
  return Object.fromEntries(members.map((member) => [member, String((doc as unknown as Json)[member])]))
}

/** The 400 of a resource whose id is taken from the path, where a ref stands. */
export function refuseRefAsId(id: string, model: string, { traits }: Sandbox): void {
  if (!/^[0-9a-fA-F]{24}$/.test(id)) throw new Fault(400, `ValidationError (${model}:${id}) (Invalid ${traits.badIdWord}: ['id'])`)
}

/** The body as a model of StackStorm's reads it: an object that fits the schema, with defaults filled in. 400 when it does not. */
export function checkedBody(request: SandboxRequest, schema: Schema, { traits }: Sandbox): Json {
  // Names that are bytes cannot become members of a model: nobody foresaw it.
  if (traits.formBodies === 'bytes' && /form/.test(request.headers['content-type'] ?? '')) throw new Error('keywords must be strings')
  return plainJson(cleaned(schema, objectBody(request), traits)) as Json
}

/** The body, which must be an object; an empty one is `{}`. Numbers as the JSON reader gives them. */
export function objectBody(request: SandboxRequest): Json {
  const given = request.body()
  const body = given === undefined ? {} : given
  const complaint = validate({ type: 'object' }, body)
  if (complaint) throw new Fault(400, complaint)
  return body as Json
}
