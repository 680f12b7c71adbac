/** Audit logs: which files, copied whole while they are rotated, into the archive or a folder of their own. */
import { execFileSync } from 'child_process'
import * as fs from 'fs'
import * as path from 'path'
import { gzipSync } from 'zlib'
import { sha256 } from '../../../../src/core/canonical'
import type { Remark } from '../../../../src/core/model'
import { AUDIT_LOGS } from '../../../../src/kinds/kept/audit-logs'
import type { Keeping } from '../../../../src/kinds/kept/kept'
import { isAuditLog } from '../../../../src/kinds/kept/log-files'
import { tempDir } from '../../../support/archives'
import { testSystem } from '../../../support/system'

let dir: string
let logs: string
let notes: string[]
let remarks: Remark[]
beforeEach(() => {
  dir = tempDir()
  logs = path.join(dir, 'log')
  fs.mkdirSync(logs)
  ;[notes, remarks] = [[], []]
})
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))

const write = (name: string, content: string | Buffer, modified = '2024-05-01T10:00:00Z'): void => {
  const file = path.join(logs, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, content)
  fs.utimesSync(file, new Date(modified), new Date(modified))
}

/** `staged` is called with each member's name before it is copied. */
function keeping(more: Partial<Keeping> = {}, staged: (member: string) => void = () => undefined): Keeping {
  return {
    system: testSystem(),
    instance: { files: { logs }, url: 'http://old.example.org', id: 'x', version: '3.8.1' } as never,
    filters: {},
    stage: async (member) => {
      staged(member)
      const file = path.join(dir, 'staging', member)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      return file
    },
    remark: (remark) => remarks.push(remark),
    note: (text) => notes.push(text),
    workDir: path.join(dir, 'work'),
    ...more,
  }
}
const staging = (name: string): string => fs.readFileSync(path.join(dir, 'staging', 'audit', name), 'utf8')

test.each(['st2api.audit.log', 'st2api.audit.log.1', 'st2api.audit.log.2.gz', 'st2api.audit.log-20240101.gz', 'st2api.audit-20240101.log', 'st2api.audit-20240101.log.xz', 'old/st2api.audit.log.3'])('%s is an audit log', (name) => expect(isAuditLog(name)).toBe(true))
test.each(['st2api.log', 'st2api.log.1', 'audit.log', 'st2auditor.log', 'st2api.audit', 'st2api.audit.logs', 'notes.audit.txt'])('%s is none', (name) => expect(isAuditLog(name)).toBe(false))

test('every file byte for byte, the rotated ones too, with hash, time and mode', async () => {
  const zipped = gzipSync('{"a":1}\n')
  write('st2api.audit.log', 'new\n', '2024-05-03T00:00:00Z')
  write('st2api.audit.log.1', 'older\n', '2024-05-02T00:00:00Z')
  write('old/st2auth.audit.log-20240101.gz', zipped, '2024-01-01T00:00:00Z')
  write('st2api.log', 'not this one')
  fs.chmodSync(path.join(logs, 'st2api.audit.log'), 0o640)
  const kept = await AUDIT_LOGS.keep(keeping())
  expect(kept).toMatchObject({ count: 3, listed: 0, filters: {} })
  expect(kept.members).toEqual([
    { member: 'audit/old/st2auth.audit.log-20240101.gz', count: 1, bytes: zipped.length, sha256: sha256(zipped), modified: '2024-01-01T00:00:00.000Z', mode: expect.any(String) },
    { member: 'audit/st2api.audit.log', count: 1, bytes: 4, sha256: sha256('new\n'), modified: '2024-05-03T00:00:00.000Z', mode: '640' },
    { member: 'audit/st2api.audit.log.1', count: 1, bytes: 6, sha256: sha256('older\n'), modified: '2024-05-02T00:00:00.000Z', mode: expect.any(String) },
  ])
  expect(staging('st2api.audit.log.1')).toBe('older\n')
  expect(notes).toEqual([])
})

test('a file larger than a piece arrives whole; what is written meanwhile is not in it', async () => {
  const big = Buffer.alloc(3_500_000, 'line of a log\n')
  write('st2api.audit.log', big)
  const kept = await AUDIT_LOGS.keep(keeping({}, () => fs.appendFileSync(path.join(logs, 'st2api.audit.log'), 'later\n')))
  expect(kept.members[0]).toMatchObject({ bytes: big.length, sha256: sha256(big) })
})

test('logs that are rotated after they were looked at are found under their new names', async () => {
  write('st2api.audit.log', 'current\n', '2024-05-03T00:00:00Z')
  write('st2api.audit.log.1', 'older\n', '2024-05-02T00:00:00Z')
  write('st2auth.audit.log', 'first to be copied\n', '2024-01-01T00:00:00Z')
  let rotated = false
  const rotate = (): void => {
    if (rotated) return
    rotated = true
    fs.renameSync(path.join(logs, 'st2api.audit.log.1'), path.join(logs, 'st2api.audit.log.2'))
    fs.renameSync(path.join(logs, 'st2api.audit.log'), path.join(logs, 'st2api.audit.log.1'))
    fs.writeFileSync(path.join(logs, 'st2api.audit.log'), 'of today\n')
  }
  const kept = await AUDIT_LOGS.keep(keeping({}, rotate))
  expect(kept.members.map(({ member }) => [member, staging(member.slice(6))])).toEqual([
    ['audit/st2api.audit.log', 'current\n'],
    ['audit/st2api.audit.log.1', 'older\n'],
    ['audit/st2auth.audit.log', 'first to be copied\n'],
  ])
})

test('a log that was compressed or emptied in place meanwhile is taken as it is now', async () => {
  write('st2auth.audit.log', 'first to be copied\n', '2024-01-01T00:00:00Z')
  write('st2api.audit.log', 'current\n', '2024-05-03T00:00:00Z')
  write('st2api.audit.log.1', 'older\n', '2024-05-02T00:00:00Z')
  let rotated = false
  const rotate = (): void => {
    if (rotated) return
    rotated = true
    fs.writeFileSync(path.join(logs, 'st2api.audit.log.2.gz'), gzipSync('older\n'))
    fs.unlinkSync(path.join(logs, 'st2api.audit.log.1'))
    fs.copyFileSync(path.join(logs, 'st2api.audit.log'), path.join(logs, 'st2api.audit.log.1'))
    fs.truncateSync(path.join(logs, 'st2api.audit.log'))
  }
  const kept = await AUDIT_LOGS.keep(keeping({}, rotate))
  expect(kept.members.map(({ member }) => member)).toEqual(['audit/st2api.audit.log', 'audit/st2api.audit.log.1', 'audit/st2api.audit.log.2.gz', 'audit/st2auth.audit.log'])
  expect([staging('st2api.audit.log'), staging('st2api.audit.log.1')]).toEqual(['', 'current\n'])
})

test('without the files, or the right to read them, that is said', async () => {
  expect(await AUDIT_LOGS.keep(keeping({ instance: {} as never }))).toMatchObject({ count: 0, members: [] })
  expect(await AUDIT_LOGS.keep(keeping({ instance: { files: { logs: path.join(dir, 'none') } } as never }))).toMatchObject({ count: 0 })
  expect(notes).toEqual([expect.stringContaining('not at hand'), expect.stringContaining('cannot be read (ENOENT)')])
})

test('a link is followed once, and what is no file is said', async () => {
  write('st2api.audit.log', 'x\n')
  fs.symlinkSync('st2api.audit.log', path.join(logs, 'st2link.audit.log'))
  fs.symlinkSync('/dev/null', path.join(logs, 'st2stream.audit.log'))
  fs.symlinkSync('nowhere', path.join(logs, 'st2gone.audit.log'))
  expect(await AUDIT_LOGS.keep(keeping())).toMatchObject({ count: 1 })
  expect(notes).toEqual(['st2stream.audit.log is no plain file, and is not kept'])
})

describe('a folder of their own', () => {
  test('beside an earlier copy gets a name with the time', async () => {
    write('st2api.audit.log', 'x\n')
    await AUDIT_LOGS.keep(keeping({ auditLogsTo: folder() }))
    const second = await AUDIT_LOGS.keep(keeping({ auditLogsTo: folder() }))
    expect(second.folder).toMatch(/audit-\d{8}T\d{6}Z$/)
    expect(fs.readdirSync(path.dirname(folder()))).toHaveLength(2)
    expect(fs.existsSync(path.join(second.folder!, 'SHA256SUMS'))).toBe(true)
  })

  const folder = (): string => path.join(dir, 'backup', 'audit')

  test('is private, complete when it has its name, and sha256sum takes its list', async () => {
    write('st2api.audit.log', 'x\n', '2024-05-03T01:02:03Z')
    write('old/st2api.audit.log.1', 'y\n')
    const kept = await AUDIT_LOGS.keep(keeping({ auditLogsTo: folder() }))
    expect(kept).toMatchObject({ count: 2, folder: folder(), members: [{ member: 'old/st2api.audit.log.1' }, { member: 'st2api.audit.log' }] })
    expect(execFileSync('sha256sum', ['-c', '--strict', 'SHA256SUMS'], { cwd: folder() }).toString()).toBe('old/st2api.audit.log.1: OK\nst2api.audit.log: OK\n')
    const stat = fs.statSync(path.join(folder(), 'st2api.audit.log'))
    expect([fs.statSync(folder()).mode & 0o777, stat.mode & 0o777, stat.mtime.toISOString()]).toEqual([0o700, 0o600, '2024-05-03T01:02:03.000Z'])
    expect(JSON.parse(fs.readFileSync(path.join(folder(), 'audit-logs.json'), 'utf8'))).toMatchObject({ instance: { url: 'http://old.example.org' }, files: [{ sha256: sha256('y\n') }, { sha256: sha256('x\n') }] })
    expect(fs.existsSync(`${folder()}.part`)).toBe(false)
  })

  test('with something in it is refused, an empty one is taken, and what a killed export left is begun afresh', async () => {
    write('st2api.audit.log', 'x\n')
    fs.mkdirSync(folder(), { recursive: true })
    await AUDIT_LOGS.keep(keeping({ auditLogsTo: folder() }))
    fs.unlinkSync(path.join(folder(), 'SHA256SUMS'))
    await expect(AUDIT_LOGS.keep(keeping({ auditLogsTo: folder() }))).rejects.toMatchObject({ exit: 2, message: `${folder()} is not empty` })
    const other = path.join(dir, 'other')
    fs.mkdirSync(`${other}.part`)
    fs.writeFileSync(path.join(`${other}.part`, 'mine.txt'), '')
    await expect(AUDIT_LOGS.keep(keeping({ auditLogsTo: other }))).rejects.toMatchObject({ exit: 2, message: `${other}.part holds other things` })
    fs.writeFileSync(path.join(`${other}.part`, 'audit-logs.json'), '{}')
    expect(await AUDIT_LOGS.keep(keeping({ auditLogsTo: other }))).toMatchObject({ count: 1 })
    expect(fs.readdirSync(other).sort()).toEqual(['SHA256SUMS', 'audit-logs.json', 'st2api.audit.log'])
  })
})
