import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { apr1 } from '../../../src/sandbox/auth/apr1'
import { ensureHtpasswd, passwordMatches } from '../../../src/sandbox/auth/passwords'

let file: string
beforeEach(() => (file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'htpasswd-')), 'etc/htpasswd')))
afterEach(() => fs.rmSync(path.dirname(path.dirname(file)), { recursive: true, force: true }))

/** "myPassword" in the forms that Apache's manual shows. */
const HASHES = {
  apr1: '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/',
  sha1: '{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=',
  bcrypt: '$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC',
  plain: 'myPassword',
}

describe('htpasswd', () => {
  it.each(Object.entries(HASHES))('knows passwords in the form %s', async (_form, hash) => {
    fs.mkdirSync(path.dirname(file))
    fs.writeFileSync(file, `# users\nother:x\njoan:${hash}\n`)
    expect(await passwordMatches(file, 'joan', 'myPassword')).toBe(true)
    expect(await passwordMatches(file, 'joan', 'mypassword')).toBe(false)
    expect(await passwordMatches(file, 'joan', '')).toBe(false)
    expect(await passwordMatches(file, 'nobody', 'myPassword')).toBe(false)
    expect(await passwordMatches(file, '', '')).toBe(false)
  })

  it('has three users in a new sandbox and leaves a file that is there', async () => {
    ensureHtpasswd(file)
    for (const user of ['st2admin', 'alice', 'bob']) expect(await passwordMatches(file, user, 'Ch@ngeMe')).toBe(true)
    expect(fs.readFileSync(file, 'utf8')).not.toContain('Ch@ngeMe')
    fs.writeFileSync(file, 'only:me')
    ensureHtpasswd(file)
    expect(await passwordMatches(file, 'only', 'me')).toBe(true)
    expect(await passwordMatches(file, 'alice', 'Ch@ngeMe')).toBe(false)
  })

  it('makes apr1 hashes of passwords of any length', () => {
    expect(apr1('myPassword', HASHES.apr1)).toBe(HASHES.apr1)
    for (const password of ['', 'a', 'x'.repeat(16), 'ž'.repeat(40)]) expect(apr1(password, 'saltsalt')).toMatch(/^\$apr1\$saltsalt\$[./0-9A-Za-z]{22}$/)
  })
})
