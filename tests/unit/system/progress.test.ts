import { PassThrough, Writable } from 'stream'
import { createLogger } from '../../../src/system/logger'
import { createProgress, type ErrorStream } from '../../../src/system/progress'
import { fakeClock } from '../../support/clock'

function setUp(isTTY = false, quiet = false) {
  const stream: ErrorStream = Object.assign(new PassThrough(), { isTTY })
  const clock = fakeClock()
  return { clock, stream, progress: createProgress(stream, clock, quiet), text: () => String((stream as PassThrough).read() ?? '') }
}

describe('without a terminal', () => {
  test('a stage says what there is to do, and a line now and then how far it is', () => {
    const { progress, clock, text } = setUp()
    progress.stage('write keys', 1000)
    for (let i = 0; i < 1000; i++) {
      progress.step()
      clock.advance(30)
    }
    progress.finish()
    expect(text()).toBe('write keys: 1000 to do\nwrite keys: 335 of 1000\nwrite keys: 669 of 1000\nwrite keys: 1000 of 1000\n')
  })

  test('a stage without a total counts; nothing is told twice', () => {
    const { progress, text } = setUp()
    progress.stage('export keys')
    progress.step(5)
    progress.stage('export packs', 0)
    progress.finish()
    progress.finish()
    expect(text()).toBe('export keys\nexport keys: 5\nexport packs: 0 to do\n')
  })

  test('messages and warnings are lines of their own, without control characters', () => {
    const { progress, text } = setUp()
    progress.say('a\nb\u001b[2Jc')
    progress.warn('careful')
    expect(text()).toBe('a b [2Jc\nwarning: careful\n')
  })
})

test('quiet: warnings only', () => {
  const { progress, text } = setUp(false, true)
  progress.stage('x', 1)
  progress.step()
  progress.say('y')
  progress.warn('z')
  progress.finish()
  expect(text()).toBe('warning: z\n')
})

test('a terminal gets a bar', () => {
  const { progress, text } = setUp(true)
  progress.stage('write keys', 10)
  progress.step(10)
  progress.say('half way')
  progress.finish()
  const shown = text()
  expect(shown).toMatch(/write keys/)
  expect(shown).toMatch(/10\/10/)
  expect(shown).toMatch(/half way\n/)
})

test('a stderr that is closed ends nothing', async () => {
  const stream: ErrorStream = new Writable({ write: (_, __, done) => done(Object.assign(new Error('x'), { code: 'EPIPE' })) })
  const progress = createProgress(stream, fakeClock())
  progress.stage('x', 1)
  progress.step()
  await new Promise(setImmediate)
  progress.say('y')
  progress.finish()
})

test('the log blots out secrets, wherever they stand', () => {
  const lines: string[] = []
  const log = createLogger('info', { write: (line: string) => void lines.push(line) })
  log.info({ token: 's3cret', request: { headers: { 'St2-Api-Key': 's3cret' }, apiKey: 's3cret' }, a: { b: { password: 's3cret' } }, name: 'shown' }, 'hello')
  log.debug('not told')
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('s3cret')
  expect(JSON.parse(lines[0]!)).toMatchObject({ msg: 'hello', name: 'shown', token: '********' })
})
