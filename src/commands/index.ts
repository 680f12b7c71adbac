/** The one list of commands, in the order that help shows them. */
import { apply } from './apply'
import { check } from './check'
import type { Command } from './command'
import { deliver } from './deliver'
import { demo } from './demo'
import { diff } from './diff'
import { exportCommand } from './export'
import { inspect } from './inspect'
import { migrate } from './migrate'
import { plan } from './plan'
import { publish } from './publish'
import { receive } from './receive'
import { sandbox, sandboxFaultsCommand, sandboxResetCommand, sandboxSetValueCommand } from './sandbox'
import { undo } from './undo'
import { seed } from './seed'
import { verify } from './verify'

export const COMMANDS: readonly Command[] = [check, exportCommand, plan, publish, apply, verify, undo, migrate, seed, deliver, receive, inspect, diff, demo, sandbox, sandboxSetValueCommand, sandboxResetCommand, sandboxFaultsCommand]
