/** One thing at a time for a name: two installs of a pack must not work on the same directory. */
export class Locks {
  private readonly tails = new Map<string, Promise<unknown>>()

  /** Runs `work` when all earlier work under this name has ended. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(name) ?? Promise.resolve()
    const result = before.then(work)
    const tail = result.then(
      () => undefined,
      () => undefined,
    )
    this.tails.set(name, tail)
    try {
      return await result
    } finally {
      if (this.tails.get(name) === tail) this.tails.delete(name)
    }
  }
}
