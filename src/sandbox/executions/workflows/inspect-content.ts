/** Whether the actions that a workflow calls are there and take what it gives them. */
import type { Parameters } from '../model'
import type { Definition, Task } from './definition'
import { languageOf } from './expressions'
import { TASK_PATH, type Finding } from './finding'

/** The parameters of an action, its runner's among them; undefined when there is no such action. */
export type ActionLookup = (ref: string) => Parameters | undefined

export function inspectContent({ tasks }: Definition, lookUp: ActionLookup): Finding[] {
  return [...tasks.values()].flatMap((task) => inspectTask(task, lookUp))
}

function inspectTask({ name, action, input }: Task, lookUp: ActionLookup): Finding[] {
  if (!action || languageOf(action)) return []
  const finding = (message: string, member: string, spec = '', schema = ''): Finding => ({
    type: 'content',
    message,
    spec_path: `tasks.${name}.${member}${spec}`,
    schema_path: `${TASK_PATH}.properties.${member}${schema}`,
  })
  if (!/^[^.]+\..+$/.test(action)) return [finding(`The action reference "${action}" is not formatted correctly.`, 'action')]
  const parameters = lookUp(action)
  if (!parameters) return [finding(`The action "${action}" is not registered in the database.`, 'action')]
  const given = Object.keys(input as object)
  const missing = Object.keys(parameters).filter((one) => parameters[one]?.required && (parameters[one]?.default ?? null) === null && !given.includes(one))
  const unexpected = given.filter((one) => !(one in parameters))
  return [
    ...missing.sort().map((one) => finding(`Action "${action}" is missing required input "${one}".`, 'input')),
    ...unexpected.sort().map((one) => finding(`Action "${action}" has unexpected input "${one}".`, 'input', `.${one}`, '.patternProperties.^\\w+$')),
  ]
}
