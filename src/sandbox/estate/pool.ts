/** Work side by side, where nothing may go on behind the back of whoever has been told that it failed. */

/** Waits for all, also after an error; then throws the first one. */
export async function together(work: readonly Promise<unknown>[]): Promise<void> {
  for (const one of await Promise.allSettled(work)) if (one.status === 'rejected') throw one.reason
}

/** Runs a task for every item, a bounded number at a time. After the first error none is begun; it is thrown when those in work have ended. */
export async function pooled<T>(items: Iterable<T>, atOnce: number, task: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items[Symbol.iterator]()
  let failed = false
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); !next.done && !failed; next = queue.next()) {
      await task(next.value).catch((error: unknown) => {
        failed = true
        throw error
      })
    }
  }
  await together(Array.from({ length: atOnce }, worker))
}
