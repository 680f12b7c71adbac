/**
 * Names of users and groups below an instance's root: its own `etc/passwd` and `etc/group`, the machine's where it has none
 * (a sandbox), and what `getent` knows beyond (LDAP) when the instance is this machine.
 */
import * as path from 'path'
import type { System } from '../../system/ports'
import { readTextIfThere } from '../../system/text-files'
import type { InstanceFiles } from '../kind'
import type { Owner } from './item'

const GETENT_MS = 5000

type Base = 'passwd' | 'group'

export class Accounts {
  private readonly tables: Partial<Record<Base, Promise<string[][]>>> = {}
  /** What `getent` was asked for: a directory service may be slow. */
  private readonly answers = new Map<string, Promise<string[] | undefined>>()

  constructor(
    private readonly root: string,
    private readonly system: System,
  ) {}

  async owner(uid: number, gid: number): Promise<Owner> {
    const [user, group] = [await this.nameOf('passwd', uid), await this.nameOf('group', gid)]
    return { ...(user !== undefined && { user }), uid, ...(group !== undefined && { group }), gid }
  }

  /** The name of a number; undefined when nobody has it. */
  nameOf(base: Base, id: number): Promise<string | undefined> {
    return this.find(base, String(id), 2, 0)
  }

  /** The number of a name; undefined when there is no such name. */
  async idOf(base: Base, name: string): Promise<number | undefined> {
    const id = await this.find(base, name, 0, 2)
    return id === undefined ? undefined : Number(id)
  }

  private async find(base: Base, wanted: string, by: number, give: number): Promise<string | undefined> {
    const table = await (this.tables[base] ??= this.read(base))
    const row = table.find((fields) => fields[by] === wanted) ?? (await this.asked(base, wanted))
    return row?.[give]
  }

  private async read(base: Base): Promise<string[][]> {
    const text = (await readTextIfThere(path.join(this.root, 'etc', base))) ?? (await readTextIfThere(path.join('/etc', base))) ?? ''
    return text.split('\n').map((line) => line.split(':')).filter((fields) => fields.length > 2)
  }

  private asked(base: Base, wanted: string): Promise<string[] | undefined> {
    const about = `${base} ${wanted}`
    const answer = this.answers.get(about) ?? this.getent(base, wanted)
    this.answers.set(about, answer)
    return answer
  }

  private async getent(base: Base, wanted: string): Promise<string[] | undefined> {
    if (path.resolve(this.root) !== '/' || wanted.startsWith('-')) return undefined
    const answer = await this.system.processes.run('getent', [base, wanted], { timeoutMs: GETENT_MS }).catch(() => undefined)
    return answer?.code === 0 ? answer.stdout.toString('utf8').trim().split(':') : undefined
  }
}

const known = new WeakMap<InstanceFiles, Accounts>()

/** One look at an instance's accounts for as long as it is open. */
export function accountsOf(files: InstanceFiles, system: System): Accounts {
  const accounts = known.get(files) ?? new Accounts(files.root, system)
  known.set(files, accounts)
  return accounts
}
