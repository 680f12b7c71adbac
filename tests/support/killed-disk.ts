/** A process that is killed between two steps of the disk: for tests of what writes files in this process. */
import * as fs from 'fs'

class Killed extends Error {}

const STEPS = ['rename', 'chmod', 'mkdir', 'rm', 'rmdir', 'unlink', 'open'] as const

/** Steps of the disk until the kill; from then on none is done any more. Of opening a file only that which makes it counts. */
export function killedDisk(): { left: number } {
  const disk = { left: Infinity }
  beforeAll(() => {
    for (const step of STEPS) {
      const real = fs.promises[step].bind(fs.promises) as (...args: unknown[]) => Promise<unknown>
      jest.spyOn(fs.promises, step).mockImplementation(((...args: unknown[]) => {
        if (step === 'open' && args[1] !== 'wx') return real(...args)
        return --disk.left < 0 ? Promise.reject(new Killed(step)) : real(...args)
      }) as never)
    }
  })
  afterAll(() => jest.restoreAllMocks())
  return disk
}
