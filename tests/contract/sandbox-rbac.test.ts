/** st2-apply-rbac-definitions below the sandbox's root: what it reads, what it makes of it, and how it fails. */
import { execFile } from 'child_process'
import * as fs from 'fs'
import * as path from 'path'
import { sandboxApi, type SandboxApi } from '../support/sandbox-api'

let t: SandboxApi
beforeAll(async () => void (t = await sandboxApi({ rbac: true })))
afterAll(() => t.stop())

const file = (name: string): string => path.join(t.root, 'opt/stackstorm/rbac', name)
const write = (name: string, text: string): void => {
  fs.mkdirSync(path.dirname(file(name)), { recursive: true })
  fs.writeFileSync(file(name), text)
}
const apply = (): Promise<{ code: number; said: string }> =>
  new Promise((resolve) => execFile(path.join(t.root, 'opt/stackstorm/st2/bin/st2-apply-rbac-definitions'), (error, _out, said) => resolve({ code: error ? Number(error.code) : 0, said })))
const roles = async (): Promise<string[]> => (await t.call('GET', '/v1/rbac/roles')).body.map(({ name, system }: { name: string; system: boolean }) => `${name}${system ? '' : ' of a file'}`).sort()
const given = async (): Promise<string[]> => (await t.call('GET', '/v1/rbac/role_assignments')).body.map(({ user, role, source }: Record<string, string>) => `${user} ${role} ${source}`)
const asAlice = (): Record<string, string> => ({ 'X-Auth-Token': t.sandbox.mintToken('alice', 60).token })

const OWN = ['admin', 'observer', 'system_admin']

it('makes the roles and assignments that files describe, and takes away what they no longer do', async () => {
  expect(await apply()).toEqual({ code: 0, said: 'Synchronized 0 roles, 0 role assignments and 0 group mappings.\n' })
  write('roles/operators.yaml', '---\nname: operators\npermission_grants:\n  - permission_types: [execution_list]\n')
  write('roles/old.yaml', '---\nname: old\nenabled: false\n')
  write('assignments/alice.yaml', '---\nusername: alice\nroles: [operators, admin]\n')
  write('assignments/bob.yaml', '---\nusername: bob\nenabled: false\nroles: [operators]\n')
  write('mappings/staff.yaml', '---\ngroup: staff\nroles: [observer]\n')
  expect(await apply()).toEqual({ code: 0, said: 'Synchronized 1 roles, 2 role assignments and 1 group mappings.\n' })
  expect(await roles()).toEqual([OWN[0], OWN[1], 'operators of a file', OWN[2]])
  expect(await given()).toEqual(['alice operators assignments/alice.yaml', 'alice admin assignments/alice.yaml'])
  expect((await t.call('GET', '/v1/user', undefined, asAlice())).body.rbac).toEqual({ enabled: true, roles: ['operators', 'admin'], is_admin: true })
  fs.rmSync(file('assignments/alice.yaml'))
  expect(await apply()).toMatchObject({ code: 0 })
  expect(await given()).toEqual([])
  expect((await t.call('GET', '/v1/user', undefined, asAlice())).body.rbac.is_admin).toBe(false)
})

it.each([
  ['an empty file', 'roles/empty.yaml', '', /Role definition file .*empty\.yaml is empty and invalid/],
  ['a role without a name', 'roles/x.yaml', 'enabled: true\n', /'name' is a required property/],
  ['a role that nobody described', 'assignments/bob.yaml', 'username: bob\nroles: [kings]\n', /Role "kings" referenced in assignment file assignments\/bob\.yaml doesn't exist/],
])('fails at %s and changes nothing', async (_, name, text, said) => {
  const before = await roles()
  write(name, text)
  const ended = await apply()
  expect(ended.code).toBe(1)
  expect(ended.said).toMatch(said)
  expect(await roles()).toEqual(before)
  fs.rmSync(file(name))
})

it('says so when the sandbox does not run', async () => {
  const other = await sandboxApi()
  const command = path.join(other.root, 'opt/stackstorm/st2/bin/st2-apply-rbac-definitions')
  await other.stop()
  expect(await new Promise((resolve) => execFile(command, (error) => resolve(error?.code)))).toBe(1)
})
