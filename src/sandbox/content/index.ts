/** The room of content: its routes and its start. */
import type { Room } from '../types'

export const contentRoom: Room = { name: 'content', routes: [] }
