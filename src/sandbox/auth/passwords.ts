/** Users and passwords: an Apache htpasswd file (apr1, bcrypt, SHA-1 or plain), as StackStorm's flat-file backend reads it. */
import { createHash, timingSafeEqual } from 'crypto'
import * as fs from 'fs'
import * as path from 'path'
import * as bcrypt from 'bcryptjs'
import { apr1 } from './apr1'

const FIRST_USERS = ['st2admin', 'alice', 'bob']
const FIRST_PASSWORD = 'Ch@ngeMe'

/** Writes the users that a new sandbox has, unless a file lies there. */
export function ensureHtpasswd(file: string): void {
  if (fs.existsSync(file)) return
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, FIRST_USERS.map((user) => `${user}:${sha1Hash(FIRST_PASSWORD)}\n`).join(''), { mode: 0o600 })
}

/** True when the file has the user with that password; it is read at each call, so that edits count at once. */
export async function passwordMatches(file: string, user: string, password: string): Promise<boolean> {
  const line = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split(/\r?\n/).find((one) => one.startsWith(`${user}:`)) : undefined
  return line !== undefined && user !== '' && verify(password, line.slice(user.length + 1))
}

async function verify(password: string, hash: string): Promise<boolean> {
  if (hash.startsWith('{SHA}')) return same(sha1Hash(password), hash)
  if (hash.startsWith('$apr1$')) return same(apr1(password, hash), hash)
  if (/^\$2[abxy]\$/.test(hash)) return bcrypt.compare(password, hash.replace(/^\$2[xy]/, '$2a'))
  return same(password, hash)
}

function sha1Hash(password: string): string {
  return `{SHA}${createHash('sha1').update(password).digest('base64')}`
}

function same(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)]
  return x.length === y.length && timingSafeEqual(x, y)
}
