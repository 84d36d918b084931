// One producer's bytes on their way into the core: the chunk being read, and the
// frame that was cut off at the end of the one before. Nothing is allocated from a
// length that the wire declares: a partial frame grows with the bytes that came.

import type { Core } from './core.js'
import {
  CONTROL_FRAME_BYTES,
  CONTROL_RECEIVED,
  FRAMING_BYTES,
  STATUS_DONE,
  STATUS_PARTIAL,
} from './layout.js'

const SMALLEST_PARTIAL_BYTES = 256

export class Input {
  /** Bytes from the source's start to the first one not consumed: where a partial frame begins. */
  offset = 0
  /** Frames read so far, good or bad. */
  frames = 0
  /** What is being read; undefined when all of it is taken. */
  chunk: Uint8Array | undefined
  /** Bytes of a frame that is still to be completed. */
  partialBytes = 0
  readonly #core: Core
  /** Index in `chunk` of the next byte to take. */
  #at = 0
  /** Its length when it was given: what may be read of it, whatever becomes of its buffer. */
  #chunkBytes = 0
  #partial = new Uint8Array(0)
  /** How long the partial frame is going to be; 0 while that isn't known. */
  #frameBytes = 0
  // What of ours lies in the core's input region, as long as nobody loaded anything since.
  #stamp = -1
  #cursor = 0
  #loadedEnd = 0

  constructor(core: Core) {
    this.#core = core
  }

  /**
   * Takes a chunk by reference, to be read by `step`. The last one is taken.
   * @param bytes its length when its writer gave it
   */
  give(chunk: Uint8Array, bytes = chunk.length): void {
    this.chunk = chunk
    this.#chunkBytes = bytes
    this.#at = 0
    this.#stamp = -1
  }

  /** Bytes given and not consumed, a partial frame's included. */
  get unreadBytes(): number {
    return this.partialBytes + (this.chunk === undefined ? 0 : this.#chunkBytes - this.#at)
  }

  /** Whether bytes that are still to be read are no longer there: the buffer was detached, or made smaller. */
  get isGone(): boolean {
    const { chunk } = this
    return chunk !== undefined && chunk.length < this.#chunkBytes && this.#stamp !== this.#core.inputStamp
  }

  /** Forgets what is given and not consumed. */
  discard(): void {
    this.chunk = undefined
    this.partialBytes = 0
    this.#partial = new Uint8Array(0)
  }

  /** Goes on behind the partial frame, which is never going to be whole. */
  skipPartial(): void {
    this.offset += this.partialBytes
    this.frames++
    this.discard()
  }

  /**
   * Lets the core read on, one piece of the chunk at the most, so that what it
   * publishes can be delivered while it is in the cache.
   * @returns the core's STATUS_…; after DONE, `chunk` is undefined when all of it is taken (the start of a
   * frame at its end is kept)
   * @throws CoreError `core-poisoned`
   */
  step(): number {
    const core = this.#core
    if (this.#stamp !== core.inputStamp && !this.#load()) return STATUS_DONE
    const received = core.floats[CONTROL_RECEIVED >>> 3]!
    const next = core.ingest(this.#cursor, this.#loadedEnd)
    const consumed = next - this.#cursor
    this.#cursor = next
    this.frames += core.floats[CONTROL_RECEIVED >>> 3]! - received
    if (consumed > 0) {
      // A partial frame is the start of one frame: it is consumed whole or not at all.
      this.offset += consumed
      this.#at += consumed - this.partialBytes
      this.partialBytes = 0
      this.#frameBytes = 0
    }
    const { status } = core
    if (status !== STATUS_DONE && status !== STATUS_PARTIAL) return status
    this.#stamp = -1
    const unreadAt = this.#cursor + this.partialBytes
    if (this.#at + this.#loadedEnd - unreadAt < this.#chunkBytes) return STATUS_DONE
    if (status === STATUS_PARTIAL) {
      this.#frameBytes = core.words[CONTROL_FRAME_BYTES >>> 2]!
      // What the core has judged, not the chunk, which observers may have changed since.
      this.#keep(core.bytes.subarray(unreadAt, this.#loadedEnd))
    }
    this.chunk = undefined
    return STATUS_DONE
  }

  /** Copies the partial frame and the next of the chunk into the core. False when there was no need to. */
  #load(): boolean {
    const core = this.#core
    const chunk = this.chunk!
    const left = this.#chunkBytes - this.#at
    if (left === 0 && this.partialBytes === 0) {
      this.chunk = undefined
      return false
    }
    if (this.partialBytes >= FRAMING_BYTES && this.partialBytes + left < this.#frameBytes) {
      // The framing has been judged, the frame isn't whole yet: a dripping sender costs no more than its bytes.
      this.#keep(chunk.subarray(this.#at, this.#chunkBytes))
      this.chunk = undefined
      return false
    }
    const { address, bytes } = core.plan.input
    const taken = Math.min(left, bytes - this.partialBytes)
    if (this.partialBytes > 0) core.bytes.set(this.#partial.subarray(0, this.partialBytes), address)
    const whole = taken === chunk.length ? chunk : chunk.subarray(this.#at, this.#at + taken)
    core.bytes.set(whole, address + this.partialBytes)
    this.#cursor = address
    this.#loadedEnd = address + this.partialBytes + taken
    this.#stamp = ++core.inputStamp
    return true
  }

  /** Adds the rest of the chunk to the partial frame. */
  #keep(rest: Uint8Array): void {
    const needed = this.partialBytes + rest.length
    if (needed > this.#partial.length) {
      const grown = new Uint8Array(Math.max(SMALLEST_PARTIAL_BYTES, 2 ** Math.ceil(Math.log2(needed))))
      grown.set(this.#partial.subarray(0, this.partialBytes))
      this.#partial = grown
    }
    this.#partial.set(rest, this.partialBytes)
    this.partialBytes = needed
  }
}
