import { watchOwnExecution } from '../../../src/st2/cancellation'
import { St2Error } from '../../../src/st2/errors'
import { createStop, Interrupted } from '../../../src/system/stop'
import { fakeClock } from '../../support/clock'

type Statuses = Record<string, { status: string; parent?: string }>
/** Executions whose state is asked for; `script` changes them before the n-th question. */
function executions(state: Statuses, script: (n: number, state: Statuses) => void = () => undefined) {
  const asked: string[] = []
  return {
    asked,
    find: async <T>(path: string): Promise<T | undefined> => {
      asked.push(path)
      script(asked.length, state)
      return state[path.replace('/v1/executions/', '')] as T | undefined
    },
  }
}

describe('watchOwnExecution', () => {
  test.each(['canceling', 'canceled'])('asks for a stop when the own execution is %s', async (status) => {
    const stop = createStop()
    const api = executions({ own: { status: 'running' } }, (n, state) => void (n === 3 && (state.own!.status = status)))
    const clock = fakeClock()
    const watch = watchOwnExecution(api, 'own', stop, clock, 1000)
    await new Promise<void>((resolve) => stop.onStop(resolve))
    expect(clock.slept).toEqual([1000, 1000])
    expect(() => stop.check()).toThrow(new Interrupted('the execution own was canceled in StackStorm'))
    await watch.end()
  })

  test('looks at the workflows above it', async () => {
    const stop = createStop()
    const api = executions({ own: { status: 'running', parent: 'task' }, task: { status: 'running', parent: 'top' }, top: { status: 'canceling' } })
    const watch = watchOwnExecution(api, 'own', stop, fakeClock())
    await new Promise<void>((resolve) => stop.onStop(resolve))
    expect(api.asked).toEqual(['/v1/executions/own', '/v1/executions/task', '/v1/executions/top'])
    await watch.end()
  })

  test('passes over questions that fail, and ends when its token does', async () => {
    const stop = createStop()
    const codes = ['unreachable', 'server', 'unauthorized'] as const
    let n = 0
    const find = async () => Promise.reject(new St2Error('x', 'y', { code: codes[n++]! }))
    const watch = watchOwnExecution({ find } as never, 'own', stop, fakeClock())
    await watch.end()
    expect(n).toBeLessThanOrEqual(3)
    expect(stop.requested).toBe(false)
  })

  test('ends at once when it is told to, even while it waits', async () => {
    const stop = createStop()
    const clock = { ...fakeClock(), sleep: () => new Promise<void>(() => undefined) }
    const watch = watchOwnExecution(executions({ own: { status: 'running' } }), 'own', stop, clock)
    await Promise.resolve()
    await watch.end()
    expect(stop.requested).toBe(false)
  })
})
