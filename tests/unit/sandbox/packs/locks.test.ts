import { Locks } from '../../../../src/sandbox/packs/locks'

test('work under one name waits, under another it does not, and a failure lets the next go on', async () => {
  const locks = new Locks()
  const order: string[] = []
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  const first = locks.run('a', async () => {
    await held
    order.push('first')
    throw new Error('no')
  })
  const second = locks.run('a', async () => void order.push('second'))
  await locks.run('b', async () => void order.push('other'))
  release()
  await expect(first).rejects.toThrow('no')
  await second
  expect(order).toEqual(['other', 'first', 'second'])
})
