/** The room of executions: its routes and its start. */
import type { Room } from '../types'

export const executionsRoom: Room = { name: 'executions', routes: [] }
