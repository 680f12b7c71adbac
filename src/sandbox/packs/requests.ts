/** POST /v1/packs/install and /v1/packs/uninstall: they start an ordinary execution and answer its id. */
import { readBody } from '../executions/body'
import { start } from '../executions/requests'
import type { Schema } from '../schema'
import { Fault, type Handler, type Reply, type Sandbox, type SandboxRequest } from '../types'

const PACKS: Schema = { type: 'array', items: { type: 'string' } }
const INSTALL: Schema = {
  type: 'object',
  properties: { packs: PACKS, force: { type: 'boolean' }, skip_dependencies: { type: 'boolean' } },
}
const UNINSTALL: Schema = { type: 'object', properties: { packs: PACKS } }

/** Unknown members are accepted and mean nothing. */
export const postInstall: Handler = (request, sandbox) => {
  const body = readBody(request, INSTALL)
  if (!('packs' in body)) throw sandbox.traits.installBodyIsChecked ? new Fault(400, "'packs' is a required property") : new Fault(500, 'Internal Server Error')
  const flags = { ...(body.force === true && { force: true }), ...(body.skip_dependencies === true && { skip_dependencies: true }) }
  return accepted(sandbox, request, 'packs.install', { packs: body.packs, ...flags })
}

export const postUninstall: Handler = (request, sandbox) => {
  const body = readBody(request, UNINSTALL)
  if (!('packs' in body)) throw new Fault(500, 'Internal Server Error')
  return accepted(sandbox, request, 'packs.uninstall', { packs: body.packs })
}

function accepted(sandbox: Sandbox, { caller }: SandboxRequest, action: string, parameters: Record<string, unknown>): Reply {
  const { execution } = start(sandbox, { action, parameters, user: caller.user }, false)
  return { status: 202, json: { execution_id: execution.id } }
}
