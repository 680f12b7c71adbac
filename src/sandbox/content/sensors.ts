/** Sensors: what is stored, and `/sensortypes`, where nothing but `enabled` can be changed. */
import * as path from 'path'
import { Fault, type Handler, type Route, type Sandbox } from '../types'
import { found, objectBody, ok, permit, refuseSystemPack } from './answers'
import { refOf, sensors, uidOf, type Json, type SensorDoc } from './documents'
import { listReply, type ListRules } from './listing'
import { registerTriggerType, type TriggerTypeSpec } from './trigger-service'

interface SensorSpec {
  class_name?: string
  pack: string
  description?: string | null
  entry_point?: string
  enabled?: boolean
  trigger_types?: TriggerTypeSpec[] | null
  poll_interval?: number | null
  metadata_file: string
}

const SHORTEST_POLL = 1

/** Stores the sensor of a pack's file and its trigger types. StackStorm checks little here: no schema is asked. */
export function registerSensor(sandbox: Sandbox, content: Json): void {
  const spec = content as unknown as SensorSpec
  const { class_name: name, pack, metadata_file, poll_interval, entry_point = '' } = spec
  if (poll_interval && poll_interval < SHORTEST_POLL) throw new Fault(400, `Minimum possible poll_interval is ${SHORTEST_POLL} seconds`)
  if (spec.trigger_types === null) throw new Error("'NoneType' object is not iterable")
  const types = (spec.trigger_types ?? []).map((type) => registerTriggerType(sandbox, { ...type, pack, metadata_file }).ref)
  if (!name) throw new Fault(400, `Both pack and name needed for building ref. pack=${pack}, name=None`)
  const file = path.join(sandbox.paths.packs, pack, path.dirname(metadata_file), entry_point)
  const existing = sensors(sandbox).by('uid_1', uidOf('sensor_type', pack, name))
  sensors(sandbox).put({
    ...(typeof spec.description === 'string' && { description: spec.description }),
    uid: uidOf('sensor_type', pack, name),
    metadata_file,
    name,
    ref: refOf(pack, name),
    pack,
    artifact_uri: `file://${file}`,
    entry_point: moduleOf(path.relative(path.join(sandbox.paths.packs, pack), file), name),
    trigger_types: types,
    ...(typeof poll_interval === 'number' && { poll_interval }),
    enabled: spec.enabled ?? true,
    id: existing?.id ?? sandbox.store.newId(),
  })
}

const moduleOf = (file: string, className: string): string => `${file.replace(/\//g, '.').replace('.py', '')}.${className}`

const LIST: ListRules<SensorDoc> = {
  filters: {
    name: ({ name }) => name,
    pack: ({ pack }) => pack,
    enabled: ({ enabled }) => enabled,
    trigger: ({ trigger_types }) => trigger_types,
  },
  fields: ['id', 'uid', 'ref', 'name', 'pack', 'description', 'metadata_file', 'artifact_uri', 'entry_point', 'trigger_types', 'poll_interval', 'enabled'],
  always: ['id', 'ref'],
}

const list: Handler = (request, sandbox) => listReply(sensors(sandbox).all(), LIST, request, sandbox, (sensor) => ({ ...sensor }))

const one: Handler = (request, sandbox) => {
  const sensor = found(sensors(sandbox), 'sensor_type', request.params.ref ?? '')
  permit(request, sandbox, 'sensor_view', sensor.uid)
  return ok(sensor)
}

const put: Handler = (request, sandbox) => {
  const { enabled = false } = objectBody(request)
  const old = found(sensors(sandbox), 'sensor_type', request.params.ref ?? '')
  permit(request, sandbox, 'sensor_modify', old.uid)
  refuseSystemPack(old)
  if (typeof enabled !== 'boolean') throw new Fault(400, `ValidationError (SensorTypeDB:${old.id}) (BooleanField only accepts boolean values: ['enabled'])`)
  const sensor = sensors(sandbox).put({ ...old, enabled })
  sandbox.audit('st2api', `Sensor updated. Sensor.id=${sensor.id}.`, { _old_sensor_type_db: old, _new_sensor_type_db: sensor })
  return ok(sensor)
}

export const sensorRoutes: Route[] = [
  { method: 'GET', pattern: '/sensortypes', handler: list, permission: 'sensor_type_list' },
  { method: 'GET', pattern: '/sensortypes/{ref}', handler: one },
  { method: 'PUT', pattern: '/sensortypes/{ref}', handler: put },
]
