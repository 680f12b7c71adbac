/** The six packs of the sample estate, in the order in which they come onto the old instance (a dependency first). */
import { BRANDING } from './branding'
import { DEPLOY } from './deploy'
import { HOMEGROWN } from './homegrown'
import { NETOPS } from './netops'
import { REPORTS } from './reports'
import { TICKETS } from './tickets'
import type { EstatePack } from './pack'

export const PACKS: readonly EstatePack[] = [NETOPS, DEPLOY, TICKETS, BRANDING, HOMEGROWN, REPORTS]
export type { EstatePack, Files, PackCommit } from './pack'
