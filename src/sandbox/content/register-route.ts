/** `POST /packs/register`: takes in what packs have on disk, and answers when it is done. */
import { validate } from '../schema'
import { Fault, type Handler, type Route } from '../types'
import { objectBody, ok } from './answers'
import { REGISTER_REQUEST } from './models'
import { registerContent } from './registrar'

const register: Handler = (request, sandbox) => {
  const body = objectBody(request)
  const complaint = validate(REGISTER_REQUEST, body)
  if (complaint) throw new Fault(400, complaint)
  const { packs, types = ['all'], fail_on_failure: failOnFailure = true } = body as { packs?: string[]; types?: string[]; fail_on_failure?: boolean }
  return ok(registerContent(sandbox, packs, types, { failOnFailure }))
}

export const registerRoutes: Route[] = [{ method: 'POST', pattern: '/packs/register', handler: register, permission: 'pack_register' }]
