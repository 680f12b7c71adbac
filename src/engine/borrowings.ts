/**
 * Temporary API keys of a stage: made at most once a user, written down in the state directory before they exist, deleted
 * at the end; what a crash left is deleted by the next command that opens the same instance.
 */
import * as path from 'path'
import type { Instance } from '../kinds/kind'
import type { StackStorm, WhoAmI } from '../st2/port'
import { borrow, cleanUp, type BorrowRecord, type Borrowed } from '../st2/borrow'
import type { System } from '../system/ports'
import { AppendLog, readLog } from '../system/append-log'
import { pidAlive } from './state-lock'

interface Options {
  api: StackStorm
  system: System
  stateDir: string
  run: string
  otherUsers: boolean
  instanceId: string
  own: WhoAmI
}

type Line = BorrowRecord & { instance: string; run: string; host?: string; pid?: number; at?: string }

/** Milliseconds that a key belongs to a process that lives: a later one with the same id must not keep it for ever. */
const IN_USE_MS = 6 * 3_600_000

/** For answers that say that nothing was written: what opening the instances has written all the same. */
export const sweptLines = (...instances: (Instance | undefined)[]): string[] =>
  instances.flatMap((one) => (one?.swept?.length ? [`but for this, which every command does: temporary API keys that an earlier run had left behind on ${one.url} were deleted, of: ${one.swept.join(', ')}`] : []))

export class Borrowings {
  private readonly open = new Map<string, Promise<Borrowed>>()
  private readonly file: string

  constructor(private readonly options: Options) {
    this.file = path.join(options.stateDir, 'borrowed.jsonl')
  }

  /** A client that acts as `user`; undefined where temporary keys are not allowed. */
  async asUser(user: string): Promise<StackStorm | undefined> {
    if (!this.options.otherUsers || this.options.own.rbacEnabled) return undefined
    const known = this.open.get(user) ?? this.make(user)
    this.open.set(user, known)
    // One that failed has nothing to give back, and may be tried again.
    known.catch(() => this.open.get(user) === known && this.open.delete(user))
    return (await known).api
  }

  private make(user: string): Promise<Borrowed> {
    const { api, run, system } = this.options
    return borrow(api, user, run, (record) => this.write(record), (bytes) => system.randomHex(bytes))
  }

  /** Deletes what an earlier command on this instance left behind. Returns the users whose keys were still there. */
  async cleanUp(): Promise<string[]> {
    const records = (await readLog<Line>(this.file)).filter((line) => line.instance === this.options.instanceId && !this.inUse(line))
    const users = await cleanUp(this.options.api, records, (record) => this.write(record))
    if (users.length > 0) this.options.system.progress.say(`deleted temporary API keys that an earlier run left behind, of: ${users.join(', ')}`)
    return users
  }

  /** Another command on this host may work with its keys right now: a check beside a long export must not end that. */
  private inUse({ state, host, pid, at }: Line): boolean {
    const { hostname, clock } = this.options.system
    if (state !== 'intent' || host !== hostname || pid === undefined || at === undefined || pid === process.pid) return false
    return clock.now().getTime() - Date.parse(at) < IN_USE_MS && pidAlive(pid)
  }

  /** Gives all back that can be; what cannot is thrown afterwards, and deleted by the next command. */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (const one of this.open.values()) await one.then((borrowed) => borrowed.giveBack()).catch((error: unknown) => failures.push(error))
    this.open.clear()
    if (failures.length > 0) throw failures[0]
  }

  private async write(record: BorrowRecord): Promise<void> {
    const log = await AppendLog.open(this.file)
    const { instanceId, run, system } = this.options
    log.append({ ...record, instance: instanceId, run, host: system.hostname, pid: process.pid, at: system.clock.now().toISOString() } satisfies Line)
    await log.close()
  }
}
