/** The room of content: what packs bring along, rules, configs, types; the packs' own endpoints are in packs/. */
import * as fs from 'fs'
import { emptyDirSync } from 'fs-extra'
import type { Room } from '../types'
import { actionRoutes } from './action-routes'
import { actionViewRoutes } from './action-views'
import { aliasRoutes } from './alias-routes'
import { registerBuiltIn } from './builtin'
import { configRoutes } from './config-routes'
import { policyRoutes } from './policies'
import { registerRoutes } from './register-route'
import { ruleRoutes } from './rule-routes'
import { sensorRoutes } from './sensors'
import { triggerRoutes } from './trigger-routes'
import { typeRoutes } from './type-routes'

export const contentRoom: Room = {
  name: 'content',
  routes: [...ruleRoutes, ...actionRoutes, ...actionViewRoutes, ...aliasRoutes, ...policyRoutes, ...sensorRoutes, ...triggerRoutes, ...typeRoutes, ...configRoutes, ...registerRoutes],
  start: (sandbox) => {
    if (!sandbox.store.sealed) registerBuiltIn(sandbox)
  },
  reset: ({ paths }) => {
    for (const folder of [paths.configs, paths.overrides]) if (fs.existsSync(folder)) emptyDirSync(folder)
  },
}
