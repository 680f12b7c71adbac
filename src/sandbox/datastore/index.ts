/** The room of the datastore: keys in system and user scope. */
import type { Room } from '../types'
import { listKeys } from './list'
import { deleteKey, getKey } from './single'
import { startSweeping, stopSweeping } from './sweep'
import { putKey } from './write'

export const datastoreRoom: Room = {
  name: 'datastore',
  routes: [
    { method: 'GET', pattern: '/keys', handler: listKeys },
    { method: 'GET', pattern: '/keys/{name}', handler: getKey },
    { method: 'PUT', pattern: '/keys/{name}', handler: putKey },
    { method: 'DELETE', pattern: '/keys/{name}', handler: deleteKey },
  ],
  start: startSweeping,
  stop: stopSweeping,
}
