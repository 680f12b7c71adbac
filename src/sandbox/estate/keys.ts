/** Which datastore keys the sample estate holds: a plain list, worked out from a seed. Pure. */
import { NULL_NAME, ODD_NAMES, oddValues } from './odd'
import { seeded, type Random } from './random'

/** One key as it is sent to the old sandbox; without `user` it lies in the system scope. */
export interface EstateKey {
  name: string
  value: string
  user?: string
  secret?: boolean
  /** Seconds that the key still has to live; a negative one is over already. */
  ttl?: number
  description?: string
}

export interface EstateSize {
  system: number
  secret: number
  expiring: number
  /** Of the expiring ones. */
  expiringSecret: number
  perUser: number
}

export const SIZES: Record<'demo' | 'small', EstateSize> = {
  demo: { system: 3000, secret: 150, expiring: 40, expiringSecret: 10, perUser: 30 },
  small: { system: 150, secret: 20, expiring: 8, expiringSecret: 3, perUser: 4 },
}

export const USERS = ['st2admin', 'alice', 'bob'] as const

/** A key whose time is over and which the database has not removed yet; listed, but nothing that should be carried. */
export const EXPIRED_NAME = 'maintenance.window.token'

const HOUR = 3600

/** Every key of the estate: the system's, the users', and the one that has expired. Names are unique within a scope and user. */
export function estateKeys(size: EstateSize, seed: number): EstateKey[] {
  const random = seeded(seed)
  const system = systemKeys(size, random)
  const own = USERS.flatMap((user) => userKeys(user, size.perUser, random))
  return [...system, ...own, { name: EXPIRED_NAME, value: random.text(24), ttl: -90 }]
}

function systemKeys(size: EstateSize, random: Random): EstateKey[] {
  const odd: EstateKey[] = [
    ...ODD_NAMES.map((name) => ({ name, value: `value of ${JSON.stringify(name)}` })),
    { name: NULL_NAME, value: 'listed, but never found by name' },
    ...oddValues(random),
  ]
  const oddSecret = odd.filter((key) => key.secret).length
  const secret = Array.from({ length: size.secret - oddSecret - size.expiringSecret }, (_, i) => secretKey(i, random))
  const expiring = Array.from({ length: size.expiring }, (_, i) => expiringKey(i, i < size.expiringSecret, random))
  const rest = size.system - odd.length - secret.length - expiring.length
  return [...odd, ...secret, ...expiring, ...Array.from({ length: rest }, (_, i) => plainKey(i, random))]
}

const AREAS = ['netops', 'deploy', 'tickets', 'dns', 'backup', 'monitoring', 'billing', 'directory', 'storage', 'mail'] as const
const PLACES = ['ams', 'fra', 'lon', 'nyc', 'prg', 'sin', 'syd', 'tok'] as const
const SERVICES = ['database', 'ldap', 'chat', 'vcenter', 'registry', 'smtp', 'snmp', 'vpn'] as const

function plainKey(i: number, random: Random): EstateKey {
  const area = AREAS[i % AREAS.length] as string
  const place = random.pick(PLACES)
  const shape = SHAPES[i % SHAPES.length] as (typeof SHAPES)[number]
  const described = i % 12 === 0 ? { description: `${area} at ${place}, kept by the operations team` } : {}
  return { name: `${area}.${place}.${String(i).padStart(4, '0')}.${shape.name}`, value: shape.value(random, place), ...described }
}

const SHAPES: { name: string; value: (random: Random, place: string) => string }[] = [
  { name: 'host', value: (random, place) => `srv${random.int(900) + 100}.${place}.example.org` },
  { name: 'address', value: (random) => `10.${random.int(256)}.${random.int(256)}.${random.int(254) + 1}` },
  { name: 'url', value: (random, place) => `https://${place}.example.org:${8000 + random.int(999)}/api?site=${place}&v=2` },
  { name: 'limit', value: (random) => String(random.int(100_000)) },
  { name: 'settings', value: (random, place) => JSON.stringify({ site: place, retries: random.int(9), on: random.next() < 0.5, tags: ['a', 'b'] }) },
  { name: 'last-run', value: (random) => new Date(Date.UTC(2024, random.int(12), random.int(28) + 1)).toISOString() },
  { name: 'note', value: (random) => `checked on ${random.int(28) + 1} May:\n- power\n- cabling\n` },
]

function secretKey(i: number, random: Random): EstateKey {
  const name = `${random.pick(SERVICES)}.${random.pick(PLACES)}.${String(i).padStart(3, '0')}.password`
  return { name, value: random.text(12 + random.int(40)), secret: true, ...(i % 5 === 0 ? { description: 'rotated every quarter' } : {}) }
}

function expiringKey(i: number, secret: boolean, random: Random): EstateKey {
  const ttl = 2 * HOUR + random.int(90 * 24 * HOUR)
  return { name: `session.${String(i).padStart(3, '0')}`, value: random.text(32), ttl, ...(secret ? { secret } : {}) }
}

function userKeys(user: string, count: number, random: Random): EstateKey[] {
  return Array.from({ length: count }, (_, i) => ({
    name: i === 0 ? `${user}'s café #1` : `preference.${String(i).padStart(2, '0')}`,
    value: i % 3 === 0 ? random.text(20) : `${user} ${i}`,
    user,
    ...(i % 5 === 1 ? { secret: true } : {}),
    ...(i === 2 ? { ttl: 30 * 24 * HOUR } : {}),
    ...(i === 3 ? { description: `made by ${user}` } : {}),
  }))
}
