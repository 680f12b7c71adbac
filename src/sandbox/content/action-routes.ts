/** `/actions`: list, one, make, change, delete. Files that come along are written into the pack, a metadata file is not. */
import * as fs from 'fs'
import * as path from 'path'
import { plainJson } from '../http/json'
import { validate, type Schema } from '../schema'
import { Fault, type Handler, type Route, type Sandbox, type SandboxRequest } from '../types'
import { actionDoc } from './actions'
import { created, found, noContent, objectBody, ok, permit, putOrConflict, refuseSystemPack } from './answers'
import { actions, packs, type ActionDoc, type Json } from './documents'
import { listReply, type ListRules } from './listing'
import { ACTION_REQUEST } from './models'
import { cleaned } from './validation'

const FIELDS = ['id', 'uid', 'ref', 'name', 'pack', 'description', 'metadata_file', 'tags', 'enabled', 'entry_point', 'runner_type', 'parameters', 'output_schema', 'notify']
const LIST: ListRules<ActionDoc> = {
  filters: { name: ({ name }) => name, pack: ({ pack }) => pack, tags: ({ tags }) => tags.map(({ name }) => name) },
  order: ['pack', 'name'],
  sortable: [],
  fields: FIELDS,
  excludable: ['parameters', 'notify'],
  always: ['id', 'ref'],
}

const list: Handler = (request, sandbox) => listReply(actions(sandbox).all(), LIST, request, sandbox, (action) => ({ ...action }))

const one: Handler = (request, sandbox) => {
  const action = found(actions(sandbox), 'action', request.params.ref ?? '')
  permit(request, sandbox, 'action_view', action.uid)
  return ok(action)
}

/** The members that the route itself checks, before the action's own schema. */
const BODY: Schema = {
  type: 'object',
  properties: {
    pack: { type: 'string' },
    id: { type: 'string' },
    ref: { type: 'string' },
    uid: { type: 'string' },
    name: { type: 'string' },
    description: { type: 'string' },
    enabled: { type: 'boolean' },
    runner_type: { type: 'string' },
    entry_point: { type: 'string' },
    parameters: { type: 'object' },
    tags: { type: 'array', items: { type: 'object' } },
    notify: { type: 'object' },
    data_files: { type: 'array', items: { type: 'object', properties: { file_path: { type: 'string' }, content: { type: 'string' } }, additionalProperties: false } },
  },
}

/** The action that a client sends, with defaults; where the version does not fill up the output schema it stays as sent. */
function actionFrom(request: SandboxRequest, { traits }: Sandbox): Json {
  const body = objectBody(request)
  const complaint = validate(BODY, body)
  if (complaint) throw new Fault(400, complaint)
  const filled = cleaned(ACTION_REQUEST, body, traits)
  return plainJson(traits.outputSchemaDefaults ? filled : { ...filled, output_schema: body.output_schema ?? {} }) as Json
}

const post: Handler = (request, sandbox) => {
  const spec = actionFrom(request, sandbox)
  permit(request, sandbox, 'action_create', `action:${String(spec.pack)}:${String(spec.name)}`)
  refuseSystemPack(spec)
  const doc = actionDoc(sandbox, spec)
  writeDataFiles(sandbox, doc.pack, spec.data_files as DataFile[])
  const action = putOrConflict(sandbox, actions(sandbox), doc, 'action_d_b')
  sandbox.audit('st2api', `Action created. Action.id=${action.id}`, { _action_db: action })
  return created(action)
}

const put: Handler = (request, sandbox) => {
  const spec = actionFrom(request, sandbox)
  const old = found(actions(sandbox), 'action', request.params.ref ?? '')
  permit(request, sandbox, 'action_modify', old.uid)
  refuseSystemPack(spec)
  const doc = actionDoc(sandbox, spec)
  writeDataFiles(sandbox, doc.pack, spec.data_files as DataFile[])
  const action = putOrConflict(sandbox, actions(sandbox), { ...doc, id: old.id }, 'action_d_b')
  sandbox.audit('st2api', `Action updated. Action.id=${action.id}`, { _action_db: action })
  return ok(action)
}

const remove: Handler = (request, sandbox) => {
  const action = found(actions(sandbox), 'action', request.params.ref ?? '')
  permit(request, sandbox, 'action_delete', action.uid)
  refuseSystemPack(action)
  const { remove_files } = objectBody(request)
  actions(sandbox).delete(action.id)
  if (remove_files && sandbox.traits.actionsCanBeCloned) removeFiles(sandbox, action)
  sandbox.audit('st2api', `Action deleted. Action.id=${action.id}`, { _action_db: action })
  return noContent
}

interface DataFile {
  file_path: string
  content: string
}

/** Writes files below the pack's actions and adds them to the pack's list. Throws a 400 for a path that leads elsewhere. */
function writeDataFiles(sandbox: Sandbox, pack: string, files: DataFile[] = []): void {
  if (files.length === 0) return
  const written = files.map(({ file_path, content }) => {
    const file = actionFile(sandbox, pack, file_path)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
    return path.relative(path.join(sandbox.paths.packs, pack), file)
  })
  const owner = packs(sandbox).by('ref_1', pack)
  if (owner) packs(sandbox).put({ ...owner, files: [...new Set([...owner.files, ...written])] })
}

function actionFile(sandbox: Sandbox, pack: string, file: string): string {
  const relative = `actions/${file}`
  if (path.posix.normalize(`/${relative}`).replace(/^\/+/, '') === relative) return path.join(sandbox.paths.packs, pack, relative)
  const directory = path.join(sandbox.paths.packs, pack, 'actions/')
  throw new Fault(400, `Invalid file path: "${relative}". File path needs to be relative to the pack actions directory (${directory}). For example "my_action.py".`)
}

function removeFiles(sandbox: Sandbox, { pack, entry_point, metadata_file }: ActionDoc): void {
  const below = path.join(sandbox.paths.packs, pack)
  if (entry_point) fs.rmSync(path.join(below, 'actions', entry_point), { force: true })
  if (metadata_file) fs.rmSync(path.join(below, metadata_file), { force: true })
}

export const actionRoutes: Route[] = [
  { method: 'GET', pattern: '/actions', handler: list, permission: 'action_list' },
  { method: 'POST', pattern: '/actions', handler: post },
  { method: 'GET', pattern: '/actions/{ref}', handler: one },
  { method: 'PUT', pattern: '/actions/{ref}', handler: put },
  { method: 'DELETE', pattern: '/actions/{ref}', handler: remove },
]
