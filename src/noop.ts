// A router that routes nothing, for code that takes a router where there is to be none.

import { ClosedError } from './errors.js'
import type { Stats } from './ledger.js'
import type { Router } from './router.js'
import type { AnySchema } from './schema.js'
import type { Source } from './source.js'

class NoopRouter implements Router, Source {
  #received = 0
  #discardedBytes = 0
  #closed = false
  #writable: WritableStream<Uint8Array> | undefined

  #assertOpen(): void {
    if (this.#closed) {
      throw new ClosedError('router-closed', 'the router is shut down; nothing can be written to it any more')
    }
  }

  write(chunk: Uint8Array): boolean {
    this.#assertOpen()
    this.#discardedBytes += chunk.length
    return true
  }

  send(): boolean {
    this.#assertOpen()
    this.#received++
    return true
  }

  async ready(): Promise<void> {}
  async settled(): Promise<void> {}
  async end(): Promise<void> {}

  source(): Source {
    this.#assertOpen()
    return this
  }

  get writable(): WritableStream<Uint8Array> {
    this.#writable ??= new WritableStream<Uint8Array>({ write: (chunk) => void this.write(chunk) })
    return this.#writable
  }

  stats(): Stats {
    return {
      received: this.#received,
      accepted: this.#received,
      rejected: 0,
      rejectedBy: {},
      delivered: 0,
      failed: 0,
      ignored: this.#received,
      dropped: 0,
      droppedBy: {},
      inFlight: 0,
      discardedBytes: this.#discardedBytes,
      streams: 0,
      evicted: 0,
      restarted: 0,
      sources: this.#closed ? 0 : 1,
      observerErrors: { streamReleased: 0, shutdown: 0, shutdownCutOff: 0 },
      handlerErrors: 0,
      shards: [],
    }
  }

  async shutdown(): Promise<Stats> {
    this.#closed = true
    return this.stats()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown()
  }
}

/**
 * A router that takes everything and delivers nothing: events sent count as ignored, bytes written as discarded.
 * It needs no core and no memory.
 */
export function createNoopRouter<S extends AnySchema>(): Router<S> {
  return new NoopRouter()
}
