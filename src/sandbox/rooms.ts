/** The one list of rooms, in the order in which they start; they stop in the opposite order. */
import { contentRoom } from './content'
import { executionsRoom } from './executions'
import { packsRoom } from './packs'
import { authRoom } from './auth'
import { datastoreRoom } from './datastore'
import { generalRoom } from './general'
import type { Room } from './types'

export const ROOMS: readonly Room[] = [authRoom, datastoreRoom, generalRoom, contentRoom, packsRoom, executionsRoom]
