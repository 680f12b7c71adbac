/** The room of who may come in: tokens, API keys, the caller himself. */
import type { Room } from '../types'
import { ensureHtpasswd } from './passwords'
import { tokenRoutes } from './tokens'

export const authRoom: Room = {
  name: 'auth',
  routes: [...tokenRoutes],
  start: (sandbox) => ensureHtpasswd(sandbox.paths.htpasswd),
}
