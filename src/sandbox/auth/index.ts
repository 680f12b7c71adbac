/** The room of who may come in: tokens, API keys, roles, the caller himself. */
import type { Room } from '../types'
import { apiKeyRoutes } from './apikeys'
import { ensureHtpasswd } from './passwords'
import { installRbacCommand } from './rbac-definitions'
import { ensureRoles, roleRoutes } from './roles'
import { tokenRoutes } from './tokens'

export const authRoom: Room = {
  name: 'auth',
  routes: [...tokenRoutes, ...apiKeyRoutes, ...roleRoutes],
  start: (sandbox) => {
    ensureHtpasswd(sandbox.paths.htpasswd)
    ensureRoles(sandbox)
    installRbacCommand(sandbox)
  },
}
