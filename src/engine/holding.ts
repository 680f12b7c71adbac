/** Does `work` while something is held; lets it go whatever happens. */
export async function holding<T extends { release(): Promise<void> }, R>(take: () => Promise<T>, work: (held: T) => Promise<R>): Promise<R> {
  const held = await take()
  try {
    return await work(held)
  } finally {
    await held.release()
  }
}
