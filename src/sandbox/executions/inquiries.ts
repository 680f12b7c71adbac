/** /v1/inquiries: the questions of core.ask that wait for an answer. Knowledge: recordings inquiries. */
import { findError, describeError, type Schema } from '../schema'
import { Fault, type Handler, type Sandbox, type SandboxRequest } from '../types'
import { readBody } from './body'
import type { Execution, Json } from './model'
import { pager, sortBy } from './query'
import { executionsOf, moveTo } from './records'

interface Question extends Json {
  schema: Schema
  roles: string[]
  users: string[]
  route: string
  ttl: number
}

const questionOf = ({ result }: Execution): Question => result as Question

function viewInquiry(execution: Execution): Json {
  const { route, ttl, users, roles, schema } = questionOf(execution)
  return { id: execution.id, route, ttl, users, roles, schema }
}

export const listInquiries: Handler = (request, sandbox) => {
  const { items, headers } = pager(request, 20)(sortBy(pendingInquiries(sandbox), ['id'], ({ id }) => id))
  return { status: 200, json: items.map(viewInquiry), headers }
}

/** Questions that wait longer than their `ttl` (minutes; 0: for ever) time out, and a workflow that waits for one goes on. Answers how many. */
export function expireInquiries(sandbox: Sandbox, now: number): number {
  const late = pendingInquiries(sandbox).filter((one) => questionOf(one).ttl > 0 && Math.floor((now - Date.parse(one.start_timestamp)) / 60_000) > questionOf(one).ttl)
  for (const { id, result } of late) moveTo(sandbox, id, 'timeout', { result })
  return late.length
}

const pendingInquiries = (sandbox: Sandbox): Execution[] => executionsOf(sandbox).all().filter(({ status, runner }) => status === 'pending' && runner.name === 'inquirer')

export const getInquiry: Handler = (request, sandbox) => ({ status: 200, json: viewInquiry(openInquiry(request, sandbox)) })

/** The inquiry that a path names, when it can still be answered. */
function openInquiry({ params }: SandboxRequest, sandbox: Sandbox): Execution {
  const execution = executionsOf(sandbox).get(params.id ?? '')
  if (!execution) throw new Fault(404, 'The resource could not be found.')
  if (execution.runner.name !== 'inquirer') throw new Fault(400, `Action execution "${execution.id}" is not an inquiry.`)
  if (execution.status === 'timeout') throw new Fault(400, `Inquiry "${execution.id}" timed out and cannot be responded to.`)
  if (execution.status !== 'pending') throw new Fault(400, `Inquiry "${execution.id}" has already been responded to.`)
  return execution
}

const ANSWER: Schema = { type: 'object', properties: { id: { type: 'string', required: true }, response: { type: 'object', required: true } } }

export const answerInquiry: Handler = (request, sandbox) => {
  const response = readBody(request, ANSWER).response as Json
  const execution = openInquiry(request, sandbox)
  checkUser(execution, request.caller.user)
  checkAnswer(execution, response)
  moveTo(sandbox, execution.id, 'succeeded', { result: { ...questionOf(execution), response } })
  return { status: 200, json: { id: execution.id, response } }
}

/** Only the users that the question names may answer, also with RBAC off. */
function checkUser(execution: Execution, user: string): void {
  const { users } = questionOf(execution)
  if (users.length > 0 && !users.includes(user)) throw new Fault(403, `User "${user}" does not have permission to respond to inquiry "${execution.id}".`)
}

function checkAnswer(execution: Execution, response: Json): void {
  const error = findError(questionOf(execution).schema, response)
  if (error) throw new Fault(400, `Response for inquiry "${execution.id}" did not pass schema validation. ${describeError(error)}`)
}
