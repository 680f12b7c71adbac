/** The room of the datastore: keys in system and user scope. */
import type { Room } from '../types'

export const datastoreRoom: Room = { name: 'datastore', routes: [] }
