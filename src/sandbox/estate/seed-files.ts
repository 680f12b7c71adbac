/** Puts the files of a host in place that no API knows: RBAC definitions, service configuration, users, rotated audit logs. */
import * as fs from 'fs'
import * as path from 'path'
import { rotatedLogs, SERVICES } from './files/audit-logs'
import { HOST_FILES, MORE_USERS } from './files/host'
import { RBAC } from './files/rbac'
import { seeded } from './random'

export interface FilesSize {
  /** Of the services that write audit logs. */
  services: number
  /** In each rotated log. */
  auditLines: number
}

/** Below a sandbox's root. Users that are there stay. */
export function seedFiles(root: string, { services, auditLines }: FilesSize, seed: number): void {
  const write = (name: string, content: string | Buffer, mode: number): void => {
    const file = path.join(root, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
    fs.chmodSync(file, mode)
  }
  for (const [name, text] of Object.entries(RBAC)) write(`opt/stackstorm/rbac/${name}`, text, 0o644)
  for (const [name, { text, mode }] of Object.entries(HOST_FILES)) write(name, text, mode)
  fs.appendFileSync(path.join(root, 'etc/st2/htpasswd'), MORE_USERS.map((line) => `${line}\n`).join(''))
  const logs = rotatedLogs(SERVICES.slice(0, services), auditLines, Math.floor(Date.now() / 1000), seeded(seed))
  for (const [name, bytes] of Object.entries(logs)) write(`var/log/st2/${name}`, bytes, 0o640)
}
