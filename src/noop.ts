// A router that routes nothing, for code that takes a router where there is to be none.

import { type ClosedError, routerClosedError, sourceEndedError } from './errors.js'
import type { Stats } from './ledger.js'
import type { ByteStream } from './platform-types.js'
import type { Router } from './router.js'
import type { AnySchema } from './schema.js'
import type { Source } from './source.js'
import { Waiters, type WaitOptions } from './waiters.js'

class NoopSource implements Source {
  readonly #isOpen: () => boolean
  readonly #discard: (bytes: number) => void
  readonly #waiters = new Waiters()
  #closed = false
  #writable: ByteStream | undefined

  constructor(isOpen: () => boolean, discard: (bytes: number) => void) {
    this.#isOpen = isOpen
    this.#discard = discard
  }

  #whyClosed(): ClosedError | undefined {
    if (!this.#isOpen()) return routerClosedError()
    return this.#closed ? sourceEndedError() : undefined
  }

  write(chunk: Uint8Array): boolean {
    const error = this.#whyClosed()
    if (error !== undefined) throw error
    this.#discard(chunk.length)
    return true
  }

  async ready(): Promise<void> {}
  async settled(): Promise<void> {}

  async end(): Promise<void> {
    this.#closed = true
    this.#waiters.check()
  }

  closed(options?: WaitOptions): Promise<void> {
    return this.#waiters.wait(() => this.#closed, options)
  }

  get writable(): ByteStream {
    let isClosing = false
    this.#writable ??= new WritableStream<Uint8Array>({
      start: (controller) => {
        void this.closed().then(() => {
          if (!isClosing) controller.error(this.#whyClosed())
        })
      },
      write: (chunk) => void this.write(chunk),
      close: () => {
        isClosing = true
        return this.end()
      },
    }) as ByteStream
    return this.#writable
  }
}

class NoopRouter implements Router {
  #received = 0
  #discardedBytes = 0
  #closed = false
  readonly #sources = new Set<NoopSource>()
  readonly #own = this.source()

  #assertOpen(): void {
    if (this.#closed) throw routerClosedError()
  }

  write(chunk: Uint8Array): boolean {
    return this.#own.write(chunk)
  }

  send(): boolean {
    this.#assertOpen()
    this.#received++
    return true
  }

  async ready(): Promise<void> {}
  async settled(): Promise<void> {}

  source(): Source {
    this.#assertOpen()
    const source = new NoopSource(
      () => !this.#closed,
      (bytes) => {
        this.#discardedBytes += bytes
      },
    )
    this.#sources.add(source)
    void source.closed().then(() => this.#sources.delete(source))
    return source
  }

  get writable(): ByteStream {
    return this.#own.writable
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
      sources: this.#sources.size,
      observerErrors: { streamReleased: 0, shutdown: 0, shutdownCutOff: 0 },
      handlerErrors: 0,
      shards: [],
    }
  }

  async shutdown(): Promise<Stats> {
    this.#closed = true
    await Promise.all(Array.from(this.#sources, (source) => source.end()))
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
