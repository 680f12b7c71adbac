/**
 * What Node 14.18 to 18 lack and the bundle uses; scripts/build.mjs puts this before everything else. Nothing that the
 * running Node has is replaced. docs/decisions/0002-one-bundle-for-node-14.md says what needs what.
 */
import 'core-js/stable/aggregate-error'
import 'core-js/stable/array/at'
import 'core-js/stable/array/find-last'
import 'core-js/stable/array/find-last-index'
import 'core-js/stable/dom-exception'
import 'core-js/stable/error'
import 'core-js/stable/object/has-own'
import 'core-js/stable/promise/any'
import 'core-js/stable/string/at'
import 'core-js/stable/string/replace-all'
import 'core-js/stable/structured-clone'
import 'core-js/stable/typed-array/at'
import * as nodeCrypto from 'crypto'
import { pathToFileURL } from 'url'
import * as streams from 'web-streams-polyfill'

/** Stands for `import.meta.url`, which a CommonJS file does not have (yargs looks for its translations beside it). */
export const importMetaUrl = pathToFileURL(__filename).href

type Listener = (event: { type: 'abort'; target: unknown }) => void

/** Node 15 brought it. As much of it as Node's own modules and axios use. */
class AbortSignalStandIn {
  aborted = false
  reason: unknown = undefined
  onabort: Listener | null = null
  private readonly listeners = new Map<Listener, boolean>()

  addEventListener(type: string, listener: Listener, options?: { once?: boolean }): void {
    if (type === 'abort') this.listeners.set(listener, options?.once === true)
  }

  removeEventListener(_type: string, listener: Listener): void {
    this.listeners.delete(listener)
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason
  }

  /** Called by the controller only. */
  fire(reason: unknown): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason ?? new DOMException('This operation was aborted', 'AbortError')
    const event = { type: 'abort' as const, target: this }
    this.onabort?.(event)
    for (const [listener, once] of [...this.listeners]) {
      if (once) this.listeners.delete(listener)
      listener(event)
    }
  }
}

class AbortControllerStandIn {
  readonly signal = new AbortSignalStandIn()
  abort(reason?: unknown): void {
    this.signal.fire(reason)
  }
}

/** age-encryption wants random bytes and tries WebCrypto's X25519 first; this answer makes it use its own. */
const cryptoStandIn = {
  getRandomValues: <T extends Uint8Array>(array: T): T => {
    nodeCrypto.randomFillSync(array)
    return array
  },
  randomUUID: () => nodeCrypto.randomUUID(),
  subtle: { importKey: () => Promise.reject(new DOMException('Not supported', 'NotSupportedError')) },
}

/** age-encryption gathers a stream's bytes with it. */
class ResponseStandIn {
  constructor(private readonly body: ReadableStream<Uint8Array>) {}

  async arrayBuffer(): Promise<ArrayBuffer> {
    const all = await this.bytes()
    return all.buffer.slice(all.byteOffset, all.byteOffset + all.byteLength) as ArrayBuffer
  }

  async text(): Promise<string> {
    return (await this.bytes()).toString('utf8')
  }

  private async bytes(): Promise<Buffer> {
    const reader = this.body.getReader()
    const parts: Uint8Array[] = []
    for (let next = await reader.read(); !next.done; next = await reader.read()) parts.push(next.value)
    return Buffer.concat(parts)
  }
}

function provide(name: string, value: unknown): void {
  if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
}

provide('AbortController', AbortControllerStandIn)
provide('AbortSignal', AbortSignalStandIn)
provide('crypto', cryptoStandIn)
provide('Response', ResponseStandIn)
provide('ReadableStream', streams.ReadableStream)
provide('TransformStream', streams.TransformStream)
provide('WritableStream', streams.WritableStream)
