import { failure, isUnexpected } from '../../../src/cli/failures'
import { ArchiveError } from '../../../src/archive/errors'
import { refusal } from '../../../src/commands/catalogue'
import { EXIT, Refusal } from '../../../src/core/exit-codes'
import { St2Error } from '../../../src/st2/errors'

const at = { stage: 'apply', again: 'st2upgrade apply --run r1' }

it('tells a refusal with its next step and exit code', () => {
  const told = failure(new Refusal('the target changed', 'plan again', EXIT.targetChanged, ['key a']), at)
  expect(told).toMatchObject({ stage: 'apply', exit: 6, summary: ['apply: the target changed', 'key a', 'Next: plan again'] })
  expect(told.data.error).toEqual({ code: 'E_REFUSED', message: 'the target changed', next: 'plan again', details: ['key a'] })
})

it('keeps the code of the catalogue and of StackStorm errors', () => {
  expect(failure(refusal('E_NO_COMMAND'), at)).toMatchObject({ exit: 2, data: { error: { code: 'E_NO_COMMAND' } } })
  expect(failure(new St2Error('no answer', 'look at it', { code: 'unreachable' }), at)).toMatchObject({ exit: 1, data: { error: { code: 'unreachable' } } })
})

it('a failure names its run, and how to go on with it', () => {
  const failed = failure(new St2Error('no answer', 'Run again.', { code: 'unreachable' }), { ...at, run: 'r1' })
  expect(failed.data).toMatchObject({ run: 'r1', error: { next: 'Run again; to go on: st2upgrade apply --run r1' } })
  expect(failure(new Refusal('no', 'see st2upgrade inspect --run r1', EXIT.failed), { ...at, run: 'r1' }).summary.pop()).toBe('Next: see st2upgrade inspect --run r1')
  expect(failure(refusal('E_BOTH_LOCAL'), { ...at, run: 'r1' }).summary.pop()).not.toContain('to go on')
})

it.each([
  ['ENOSPC', 'E_DISK_FULL'],
  ['EROFS', 'E_READ_ONLY'],
  ['EACCES', 'E_NO_ACCESS'],
  ['ENOENT', 'E_NOT_FOUND'],
])('%s of the file system is told as %s with its path', (code, expected) => {
  const told = failure(Object.assign(new Error('raw'), { code, path: '/var/lib/x' }), at)
  expect(told).toMatchObject({ exit: 1, data: { error: { code: expected } } })
  expect(told.summary[0]).toContain('/var/lib/x')
})

it('what else a file system refuses is no fault of the tool', () => {
  const told = failure(Object.assign(new Error('raw'), { code: 'EMFILE', syscall: 'open', path: '/var/lib/x' }), at)
  expect(told).toMatchObject({ exit: 1, summary: ['apply: Cannot open /var/lib/x: too many open files.', expect.stringContaining('ulimit')] })
  expect(isUnexpected(told)).toBe(false)
})

it('an archive that only needs its key is wrong usage, a broken one a fault', () => {
  expect(failure(new ArchiveError('needs-identity', 'sealed'), at)).toMatchObject({ exit: 2, data: { error: { code: 'needs-identity' } } })
  expect(failure(new ArchiveError('damaged', 'broken'), at)).toMatchObject({ exit: 1, data: { error: { code: 'damaged' } } })
})

it('whatever is thrown after a stop was asked for is that stop, with the command to go on', () => {
  const told = failure(new Error('socket hang up'), { ...at, stoppedWith: 130 })
  expect(told.exit).toBe(130)
  expect(told.summary[1]).toContain('st2upgrade apply --run r1')
  expect(failure(new Error('x'), { ...at, stoppedWith: 75 }).exit).toBe(75)
})

it('an unexpected fault is told apart, with its first line only', () => {
  const told = failure(new TypeError('x is not a function\nat secret place'), at)
  expect(isUnexpected(told)).toBe(true)
  expect(told.summary.join()).not.toContain('secret place')
  expect(isUnexpected(failure(new Refusal('a', 'b'), at))).toBe(false)
  expect(failure('thrown text', at).summary[0]).toContain('thrown text')
})
