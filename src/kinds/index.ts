/** The one ordered registry of kinds: the order is the order of an apply. */
import type { Kind } from './kind'
import { keys } from './keys'
import { apiKeys } from './api-keys'
import { packs } from './packs'
import { configs } from './configs'
import { triggerTypes } from './trigger-types'
import { rules } from './rules'
import { actions } from './actions'
import { policies } from './policies'
import { aliases } from './aliases'
import { rbac } from './rbac'
import { hostFiles } from './host-files'
import { overrides } from './overrides'
import { states } from './states'

export const KINDS: readonly Kind[] = [keys, apiKeys, packs, configs, triggerTypes, actions, rules, policies, aliases, rbac, hostFiles, overrides, states]
