// One producer's bytes: its own partial frame, its own backpressure, its own end.

import { assertBytes } from './checks.js'
import type { Engine } from './engine.js'
import {
  chunkGoneError,
  routerClosedError,
  type ShardwireError,
  sourceEndedError,
  UsageError,
} from './errors.js'
import { FrameFault } from './frame-error.js'
import { Input } from './input.js'
import {
  CONTROL_FULL_SHARD,
  CONTROL_REASON,
  REASON_TRUNCATED,
  REASON_UNKNOWN_TEMPLATE,
  STATUS_DONE,
  STATUS_FULL,
  STATUS_LOST,
} from './layout.js'
import { DISCARDED_BYTES } from './ledger.js'
import type { ByteStream } from './platform-types.js'
import { Waiters, type WaitOptions } from './waiters.js'

/** One producer's stream of bytes, independent of all others. */
export interface Source {
  /**
   * Routes a chunk, cut anywhere, and delivers before it returns as far as observers and rings allow.
   * From inside an observer it only enqueues.
   * @returns true: all taken, the buffer may be reused. false: the rest is held by reference; wait for
   * `ready()` before the next `write`
   * @throws FrameError `framing-lost` the framing is lost, now or before: this source is closed
   * @throws UsageError `write-before-ready` the last rest is still held; `chunk-invalid` not a Uint8Array, or its
   * buffer was detached or made smaller while the rest was held: this source is closed
   * @throws ClosedError `router-closed`, `source-ended`
   * @throws CoreError `core-poisoned`
   */
  write(chunk: Uint8Array): boolean
  /**
   * Resolves when nothing is held any more: all that was written is taken.
   * @throws FrameError, UsageError, ClosedError, CoreError what cut this source off with something held, or before
   */
  ready(options?: WaitOptions): Promise<void>
  /**
   * Resolves once everything written before has settled: its calls have returned and their promises are done.
   * Awaiting it inside an observer waits for itself.
   * @throws ClosedError `router-closed` the shutdown's deadline cut some of it off
   */
  settled(options?: WaitOptions): Promise<void>
  /**
   * Takes what is held, counts a cut-off frame as rejected, and closes this source. Resolves when it is closed,
   * whatever closed it: what was wrong with its bytes, `write` and `onFrameError` have told.
   */
  end(options?: WaitOptions): Promise<void>
  /**
   * Resolves when this source is closed, whatever closed it: `end`, lost framing, the router's shutdown.
   * Unlike `end` it doesn't ask for that.
   */
  closed(options?: WaitOptions): Promise<void>
  /** The same as a WHATWG stream of Uint8Array chunks: its backpressure is the router's, and so is its end. */
  readonly writable: ByteStream
}

export class RouterSource implements Source {
  /** @internal events published per shard when this source last published there: what `settled` waits for */
  readonly marks: Float64Array
  /** @internal the shard that had no room, and for how long a frame */
  fullShard = 0
  /** @internal */
  fullBytes = 0
  readonly #engine: Engine
  readonly #input: Input
  readonly #delimited: boolean
  /** Chunks written from inside a delivery while the one before is still being read. */
  #next: { readonly chunk: Uint8Array; readonly bytes: number }[] = []
  #feeding = false
  #ending = false
  #ended = false
  #fault: ShardwireError | undefined
  #writable: ByteStream | undefined
  readonly #waiters = new Waiters()
  readonly #endWaiters = new Waiters()

  /** @param delimited whether each write is a message that holds whole frames */
  constructor(engine: Engine, delimited = false) {
    this.#engine = engine
    this.#delimited = delimited
    this.#input = new Input(engine.core)
    this.marks = new Float64Array(engine.core.plan.shards)
  }

  /** @internal */
  get isHeld(): boolean {
    return this.#input.chunk !== undefined || this.#next.length > 0
  }

  /** @internal Bytes written and not consumed. */
  get unreadBytes(): number {
    return this.#next.reduce((sum, { bytes }) => sum + bytes, this.#input.unreadBytes)
  }

  write(chunk: Uint8Array): boolean {
    assertBytes('write', chunk)
    this.#engine.heal()
    if (this.#fault?.code === 'framing-lost') this.#engine.ledger.counts[DISCARDED_BYTES]! += chunk.length
    this.#assertOpen()
    if (this.isHeld) {
      if (this.#feeding) {
        this.#next.push({ chunk, bytes: chunk.length })
        return false
      }
      throw new UsageError('write-before-ready', 'the last chunk is still held; await ready() first')
    }
    this.#input.give(chunk)
    let isRead = false
    try {
      this.feed()
      isRead = true
    } finally {
      // The stack may have run out: nothing is called here.
      if (!isRead) this.#engine.isBroken = true
    }
    this.#engine.pump()
    if (this.#fault !== undefined) throw this.#fault
    return !this.isHeld
  }

  #assertOpen(): void {
    const error = this.#whyClosed()
    if (error !== undefined) throw error
  }

  #whyClosed(): ShardwireError | undefined {
    if (this.#fault !== undefined) return this.#fault
    // First, since a shutdown ends all sources.
    if (!this.#engine.shutdown.isOpen) return routerClosedError()
    return this.#ending ? sourceEndedError() : undefined
  }

  /** @internal Reads what is held until it is taken, or some shard has no room for its next frame. */
  feed(): void {
    const engine = this.#engine
    const input = this.#input
    if (this.#feeding) return
    this.#feeding = true
    try {
      while (this.isHeld) {
        if (input.chunk === undefined) {
          const { chunk, bytes } = this.#next.shift()!
          input.give(chunk, bytes)
        }
        if (input.isGone) {
          this.abandon(chunkGoneError())
          break
        }
        const status = input.step()
        engine.collect(this.marks)
        if (status === STATUS_DONE) {
          if (this.#delimited && input.chunk === undefined) this.#rejectPartial()
          if (this.isHeld) engine.pump()
        } else if (status === STATUS_FULL) {
          if (!this.makeRoom()) break
        } else if (status === STATUS_LOST) {
          this.#lose(new FrameFault(engine.core, engine.schema, input, input.offset))
        } else {
          this.#reject()
        }
      }
    } catch (error) {
      // Only the core throws here, or a stack that ran out in the middle.
      throw engine.poisoned(error)
    } finally {
      this.#feeding = false
    }
    if (this.isHeld) return
    if (this.#ending) this.#finish()
    this.#waiters.check()
  }

  /**
   * @internal The core had no room for a frame: delivers what can be delivered.
   * @returns whether anything was; if not, this source waits for room
   */
  makeRoom(): boolean {
    const engine = this.#engine
    const { core, progress } = engine
    const fullShard = core.words[CONTROL_FULL_SHARD >>> 2]!
    const fullBytes = core.frameBytes
    engine.pump()
    // From inside a delivery, which goes on by itself, space may become free all the same.
    if (engine.progress !== progress || engine.settle()) return true
    this.fullShard = fullShard
    this.fullBytes = fullBytes
    engine.waitForRoom(this)
    return false
  }

  /** The frame just consumed is rejected. */
  #reject(): void {
    const { core, ledger, frameReporter, schema } = this.#engine
    const reason = core.words[CONTROL_REASON >>> 2]!
    ledger.reject(reason)
    // A newer producer's events are ordinary: counted, not reported.
    if (reason === REASON_UNKNOWN_TEMPLATE || !frameReporter.isOpen) return
    this.#report(new FrameFault(core, schema, this.#input, this.#input.offset - core.frameBytes))
  }

  /** Frames before a fault are delivered before it is told. */
  #report(fault: FrameFault): void {
    this.#engine.pump()
    this.#engine.frameReporter.report(() => fault.error(this))
  }

  /** Framing is lost: nothing after this can be trusted. */
  #lose(fault: FrameFault): void {
    const { ledger } = this.#engine
    ledger.reject(fault.reason)
    this.abandon(fault.error(this))
    this.#report(fault)
  }

  /** @internal Closes this source with an error. What it holds is discarded, and counted. */
  abandon(error: ShardwireError): void {
    this.#engine.ledger.counts[DISCARDED_BYTES]! += this.unreadBytes
    this.#next = []
    this.#input.discard()
    this.#fault = error
    // In this order: should the stack run out in between, the router still knows whom to close.
    this.#engine.forget(this)
    this.#ended = true
    this.#waiters.rejectAll(error)
    this.#endWaiters.check()
  }

  /** Nothing is held any more and nothing comes. */
  #finish(): void {
    if (this.#ended) return
    this.#engine.forget(this)
    this.#ended = true
    this.#waiters.check()
    this.#endWaiters.check()
    this.#rejectPartial()
  }

  /** What was cut off, if anything was, is one rejected frame. */
  #rejectPartial(): void {
    const input = this.#input
    if (input.partialBytes === 0) return
    const { core, schema, ledger } = this.#engine
    const fault = new FrameFault(core, schema, input, input.offset, true)
    input.skipPartial()
    ledger.rejectUnseen(REASON_TRUNCATED)
    this.#report(fault)
  }

  /** @internal As `end`, for all sources at shutdown: without waiting. */
  close(): void {
    this.#ending = true
    if (!this.isHeld && !this.#feeding) this.#finish()
  }

  ready(options?: WaitOptions): Promise<void> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault)
    return this.#waiters.wait(() => !this.isHeld && !this.#engine.isWaiting(this), options)
  }

  async settled(options?: WaitOptions): Promise<void> {
    const isLost = (): boolean => this.#fault?.code === 'framing-lost'
    if (this.isHeld) {
      await this.#waiters
        .wait(() => !this.isHeld, options)
        .catch((error: unknown) => {
          if (error !== this.#fault || !isLost()) throw error
        })
    }
    // Lost framing takes nothing back of what was written; all else may have cut off what was held.
    if (this.#fault !== undefined && !isLost()) throw this.#fault
    const marks = this.marks.slice()
    return this.#engine.waitSettled(marks, options)
  }

  end(options?: WaitOptions): Promise<void> {
    this.close()
    return this.closed(options)
  }

  closed(options?: WaitOptions): Promise<void> {
    return this.#endWaiters.wait(() => this.#ended, options)
  }

  get writable(): ByteStream {
    let isClosing = false
    this.#writable ??= new WritableStream<Uint8Array>({
      // Who pipes into it may have nothing to write for long: the end of this source is the stream's, too.
      start: (controller) => {
        void this.closed().then(() => {
          if (!isClosing) controller.error(this.#whyClosed())
        })
      },
      write: async (chunk, { signal }) => {
        try {
          if (!this.write(chunk)) await this.ready({ signal })
        } catch (error) {
          // With this the stream is over; so is its source.
          this.close()
          throw error
        }
      },
      close: () => {
        isClosing = true
        return this.end()
      },
      // What was written before an abort was accepted: it is routed, and the cut frame counted.
      abort: () => this.close(),
    }) as ByteStream
    return this.#writable
  }
}
