/** What running and ended executions wrote, for `/v1/executions/{id}/output`. */
import type { Collection, Doc, Sandbox } from '../types'

type OutputType = 'stdout' | 'stderr'

interface OutputDoc extends Doc {
  chunks: [OutputType, string][]
}

export class OutputBook {
  private readonly running = new Map<string, [OutputType, string][]>()

  constructor(private readonly sandbox: Sandbox) {}

  add(execution: string, type: OutputType, text: string): void {
    const chunks = this.running.get(execution) ?? []
    this.running.set(execution, chunks)
    chunks.push([type, text])
  }

  /** Moves an ended execution's output to the store. */
  close(execution: string): void {
    const chunks = this.running.get(execution)
    this.running.delete(execution)
    if (chunks) this.collection().put({ id: execution, chunks })
  }

  /** All output so far, of one type or (undefined) of both as it came. */
  read(execution: string, type?: OutputType): string {
    const chunks = this.running.get(execution) ?? this.collection().get(execution)?.chunks ?? []
    return chunks.filter(([of]) => type === undefined || of === type).map(([, text]) => text).join('')
  }

  private collection(): Collection<OutputDoc> {
    return this.sandbox.store.collection<OutputDoc>('execution_outputs')
  }
}
