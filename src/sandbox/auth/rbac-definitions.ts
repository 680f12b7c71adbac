/**
 * `st2-apply-rbac-definitions` below the sandbox's root: reads the files of `opt/stackstorm/rbac` and makes roles and assignments
 * what they say, whether RBAC is on or off. Files that are disabled count as not there; a bad one ends it before anything is changed.
 */
import * as fs from 'fs'
import * as path from 'path'
import { parseYaml } from '../content/yaml'
import { controlFile } from '../control/file'
import { isMapping } from '../python'
import { ownDirectory } from '../paths'
import type { Sandbox } from '../types'
import { assignmentsIn, isOwn, rolesIn, type AssignmentDoc, type RoleDoc } from './roles'

type Definition = Record<string, unknown>

/** Applies all definitions; answers what became of them in a few lines. Throws with the sentence that the command ends with. */
export function applyRbacDefinitions(sandbox: Sandbox): { lines: string[] } {
  const roles = read(sandbox, 'roles', 'Role', 'name').map(({ file, content }) => roleOf(sandbox, file, content))
  const known = new Set([...rolesIn(sandbox).all().filter(isOwn), ...roles].map(({ name }) => name))
  const assigned = read(sandbox, 'assignments', 'Role assignment', 'username').flatMap(({ file, content }) => assignmentsOf(sandbox, file, content, known))
  const mapped = read(sandbox, 'mappings', 'Group to role map', 'group')
  for (const { id, system } of rolesIn(sandbox).all()) if (system === false) rolesIn(sandbox).delete(id)
  for (const { id } of assignmentsIn(sandbox).all()) assignmentsIn(sandbox).delete(id)
  for (const role of roles) rolesIn(sandbox).put(role)
  for (const assignment of assigned) assignmentsIn(sandbox).put(assignment)
  return { lines: [`Synchronized ${roles.length} roles, ${assigned.length} role assignments and ${mapped.length} group mappings.`] }
}

/** The enabled definitions of a folder, in the order of their names. */
function read(sandbox: Sandbox, folder: string, what: string, needed: string): { file: string; content: Definition }[] {
  const directory = path.join(sandbox.paths.stackstorm, 'rbac', folder)
  const names = fs.existsSync(directory) ? fs.readdirSync(directory).filter((name) => name.endsWith('.yaml')).sort() : []
  return names.flatMap((name) => {
    const file = path.join(directory, name)
    const content = parseYaml(fs.readFileSync(file, 'utf8'), { source: file })
    if (!isMapping(content)) throw new Error(`${what} definition file ${file} is empty and invalid`)
    if (typeof content[needed] !== 'string') throw new Error(`Failed to load ${what.toLowerCase()} definition from file ${file}: '${needed}' is a required property`)
    return (content.enabled ?? true) ? [{ file: `${folder}/${name}`, content }] : []
  })
}

function roleOf({ store }: Sandbox, file: string, { name, description, permission_grants }: Definition): RoleDoc {
  const grants = ((permission_grants ?? []) as Definition[]).map((grant) => ({ ...grant, id: store.newId() }))
  if (path.basename(file, '.yaml') !== name) throw new Error(`Role name "${String(name)}" does not match the name of its file ${file}`)
  return { id: store.newId(), name, system: false, grants, ...(typeof description === 'string' && { description }) }
}

function assignmentsOf({ store }: Sandbox, file: string, { username, roles, description }: Definition, known: ReadonlySet<string>): AssignmentDoc[] {
  return ((roles ?? []) as string[]).map((role) => {
    if (!known.has(role)) throw new Error(`Role "${role}" referenced in assignment file ${file} doesn't exist`)
    return { id: store.newId(), user: username as string, role, is_remote: false, source: file, ...(typeof description === 'string' && { description }) }
  })
}

/** Puts the command where packages install it. It speaks to the sandbox that runs with the root it lies in, and needs no path of its own. */
export function installRbacCommand({ paths }: Sandbox): void {
  const file = path.join(paths.stackstorm, 'st2/bin/st2-apply-rbac-definitions')
  const program = `
const { port, secret } = JSON.parse(require("fs").readFileSync(process.argv[1]))
const end = (code, text) => { process.stderr.write(text + "\\n"); process.exitCode = code }
require("http").request({ host: "127.0.0.1", port, method: "POST", path: "/apply-rbac", headers: { "x-control-secret": secret } }, (response) => {
  let body = ""
  response.on("data", (piece) => (body += piece)).on("end", () => {
    const { lines, error } = JSON.parse(body)
    end(error ? 1 : 0, error || lines.join("\\n"))
  })
}).on("error", (error) => end(1, error.message)).end("{}")
`
  const control = path.relative(path.dirname(file), controlFile(ownDirectory(paths.root)))
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, `#!/bin/sh\nexec '${process.execPath.replace(/'/g, `'\\''`)}' -e '${program}' "$(dirname "$0")/${control}"\n`)
  fs.chmodSync(file, 0o755)
}
