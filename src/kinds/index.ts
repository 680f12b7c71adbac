/** The one ordered registry of kinds: the order is the order of an apply. */
import type { Kind } from './kind'
import { keys } from './keys'
import { packs } from './packs'
import { configs } from './configs'
import { actions } from './actions'
import { policies } from './policies'
import { aliases } from './aliases'

export const KINDS: readonly Kind[] = [keys, packs, configs, actions, policies, aliases]
