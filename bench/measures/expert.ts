/**
 * The demo's estate moved by hand, as somebody who knows every trap of StackStorm's own tools would do it, against `migrate` with
 * its proof. The expert's clock runs only while a command runs: no thinking, no typing, no check of what arrived.
 */
import * as fs from 'fs'
import * as path from 'path'
import { login, PASSWORD, seedEstate, USERS, type Estate } from '../../src/sandbox/estate'
import { QUIET } from '../quiet'
import type { St2 } from '../st2-cli'
import { fact, inSeconds, ratio, type Row } from '../table'
import { run, sandbox, scratch, st2upgrade, type Bench, type Instance } from '../tools'

/** Measured on a live 3.9.0: packs installed four at a time against one by one. */
const LIVE_GAIN = 1.7

export async function expert(bench: Bench, st2: St2): Promise<Row[]> {
  const root = scratch(bench, 'old')
  const instant = await sandbox(bench, { version: '3.8.1', root })
  const estate = await seedEstate(instant, { size: bench.quick ? 'small' : 'demo', workDir: scratch(bench, 'estate') })
  await instant.stop()
  const source = await sandbox(bench, { version: '3.8.1', root, ...QUIET })
  const byHand = await sandbox(bench, { version: '3.9.0', ...QUIET })
  const steps = await expertSteps(bench, st2, estate, source, byHand)
  const kept = await compared(source, byHand)
  await byHand.stop()
  bench.say(`  by hand: ${told(steps)}`)
  const target = await sandbox(bench, { version: '3.9.0', ...QUIET })
  const ours = await st2upgrade(bench, 'migrate', ['--run=bench', '--allow-active'], { source, target, stateDir: scratch(bench, 'state') })
  const arrived = await compared(source, target)
  for (const instance of [source, target]) await instance.stop()
  await estate.close()
  const sum = (list: Step[]): number => list.reduce((total, [, seconds]) => total + seconds, 0)
  const byHandSeconds = sum(steps)
  const packs = sum(steps.filter(([name]) => name.startsWith('pack ')))
  return [
    { ...ratio("`migrate` with its proof, against a careful expert's commands", ours.seconds / byHandSeconds, { most: 1 }, `${inSeconds(ours.seconds)} and ${inSeconds(byHandSeconds)}`), wanted: 'below 1' },
    fact(`the same if installs cost each other what they did live: four at once were ${LIVE_GAIN} times faster, here they do not disturb each other; worst case, added in full`, ((ours.seconds + packs / LIVE_GAIN) / byHandSeconds).toFixed(2)),
    fact("the expert's commands", told(steps)),
    fact('keys lost or changed (value, secrecy, expiry, description) by hand, and by `migrate`', `${kept} and ${arrived}`),
  ]
}

type Step = [string, number]

const told = (steps: Step[]): string => steps.map(([name, seconds]) => `${name} ${inSeconds(seconds)}`).join(', ')

async function expertSteps(bench: Bench, st2: St2, estate: Estate, source: Instance, target: Instance): Promise<Step[]> {
  const dir = scratch(bench, 'expert')
  const steps: Step[] = []
  for (const user of USERS) {
    const { seconds, stdout } = await st2(['key', 'list', '-n', '-1', '-d', '-j', ...(user === 'st2admin' ? [] : ['--scope=user'])], source, { user })
    fs.writeFileSync(path.join(dir, `${user}.json`), stdout)
    steps.push([`key list ${user}`, seconds])
  }
  for (const user of USERS) steps.push([`key load ${user}`, await load(st2, path.join(dir, `${user}.json`), target, user)])
  for (const { ref } of estate.packs) steps.push([`pack ${ref}`, await movePack(st2, ref, dir, source, target)])
  steps.push(['configs', await moveConfigs(st2, source, target)])
  return steps
}

interface Listed {
  name: string
}

/** `key load` stops at the first item that it cannot send; whoever knows that loads the rest from behind it. */
async function load(st2: St2, file: string, target: Instance, user: string): Promise<number> {
  let total = 0
  for (let rest = JSON.parse(fs.readFileSync(file, 'utf8')) as Listed[]; ; ) {
    const { code, seconds, stdout, stderr } = await st2(['key', 'load', file], target, { user, mayFail: true })
    total += seconds
    if (code === 0) return total
    const bad = rest.findIndex(({ name }) => name.includes('%2F'))
    if (bad < 0) throw new Error(`key load of ${user}: ${stdout.slice(-2000)}${stderr.slice(-2000)}`)
    rest = rest.slice(bad + 1)
    fs.writeFileSync(file, JSON.stringify(rest))
  }
}

/** What lies on the old server, committed to a repository of its own and installed from there. */
async function movePack(st2: St2, ref: string, dir: string, source: Instance, target: Instance): Promise<number> {
  const copy = path.join(dir, 'packs', ref)
  const installed = path.join(source.root, 'opt/stackstorm/packs', ref)
  fs.mkdirSync(path.dirname(copy), { recursive: true })
  let total = (await run('cp', ['-a', installed, copy])).seconds
  const git = async (...args: string[]): Promise<void> => {
    const identity = ['-c', 'user.name=Expert', '-c', 'user.email=expert@example.org']
    total += (await run('git', [...identity, ...args], { cwd: copy, mayFail: args[0] === 'commit' })).seconds
  }
  await git('init', '-q')
  await git('add', '-A')
  await git('commit', '-q', '-m', 'as it was on the old server')
  // `st2 pack install` does the same, but follows it through the event stream, which the sandbox does not have.
  total += (await st2(['run', 'packs.install', `packs=file://${copy}`], target)).seconds
  return total
}

async function moveConfigs(st2: St2, source: Instance, target: Instance): Promise<number> {
  const at = (instance: Instance): string => path.join(instance.root, 'opt/stackstorm/configs')
  const { seconds } = await run('cp', ['-a', `${at(source)}/.`, at(target)])
  return seconds + (await st2(['pack', 'register', '--types', 'configs'], target)).seconds
}

/** Keys that are missing, have another value, or lost their expiry or description. */
async function compared(source: Instance, target: Instance): Promise<number> {
  const [old, now] = [await keysOf(source), await keysOf(target)]
  const time = (key?: Key): number => (key?.expire_timestamp === undefined ? 0 : Math.round(Date.parse(key.expire_timestamp) / 10_000))
  let wrong = 0
  for (const [id, key] of old) {
    if (key.expire_timestamp !== undefined && Date.parse(key.expire_timestamp) < Date.now()) continue
    const found = now.get(id)
    if (found?.value !== key.value || found.secret !== key.secret || Math.abs(time(found) - time(key)) > 1 || (found.description ?? '') !== (key.description ?? '')) wrong++
  }
  return wrong + [...now.keys()].filter((id) => !old.has(id)).length
}

interface Key {
  name: string
  value: string
  secret: boolean
  expire_timestamp?: string
  description?: string
}

async function keysOf(instance: Instance): Promise<Map<string, Key>> {
  const keys = new Map<string, Key>()
  for (const user of USERS) {
    const client = await login(instance, user, PASSWORD, 2)
    const scopes = user === 'st2admin' ? ['system', 'user'] : ['user']
    for (const scope of scopes) {
      const list = await client.call<Key[]>('GET', `/v1/keys?scope=${scope}&limit=-1&decrypt=true`)
      for (const key of list) keys.set(`${scope === 'system' ? '' : user}:${key.name}`, key)
    }
    client.close()
  }
  return keys
}
