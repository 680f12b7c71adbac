/** The room of packs: its routes and its start. */
import type { Room } from '../types'

export const packsRoom: Room = { name: 'packs', routes: [] }
