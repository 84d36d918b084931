// The other end of pipeMessagePort: bytes into a port, with backpressure. The receiver sends
// back a number when it has taken the bytes before it; so much at most is under way.

import { integerOption, isBytes, knownOptions } from '../checks.js'
import { ClosedError, chunkGoneError, type ShardwireError, show, UsageError } from '../errors.js'
import { Waiters, type WaitOptions } from '../waiters.js'
import { chunkError, TransportError } from './error.js'
import { MESSAGE_OVERHEAD_BYTES } from './inbox.js'
import { assertPort, isMarked, listen, type PortLike, readReceiverMessage } from './port-message.js'

/** A quarter of what pipeMessagePort lets wait by default: several writers never overflow one. */
const DEFAULT_UNACKNOWLEDGED_BYTES = 262_144
const MIN_UNACKNOWLEDGED_BYTES = 4_096
const MAX_UNACKNOWLEDGED_BYTES = 1_073_741_824
/** Longest piece that is posted: long enough that a message's cost is lost in it, short enough to be taken early. */
const MAX_PIECE_BYTES = 65_536
/** The receiver is asked for an acknowledgement each time this share of what may be under way has been posted. */
const ACKNOWLEDGED_SHARE = 4

export interface PortWriterOptions {
  /**
   * Bytes that may be under way, posted and not taken, 256 KiB by default, from 4 KiB to 1 GiB; each message counts
   * 512 more. At most the receiver's `maxBufferedBytes`.
   */
  readonly maxUnacknowledgedBytes?: number | undefined
}

/** Writes bytes to the `pipeMessagePort` at a port's other end. */
export interface PortWriter {
  /**
   * Posts a chunk, cut anywhere, as far as the receiver keeps up.
   * @returns true: all posted, the buffer may be reused. false: the rest is held by reference; wait for `ready()`
   * before the next `write`
   * @throws UsageError `write-before-ready`, `chunk-invalid`
   * @throws ClosedError `source-ended` after `end()`
   * @throws TransportError `receiver-gone`, `message-invalid`
   */
  write(chunk: Uint8Array): boolean
  /**
   * Resolves when nothing is held any more and `write` may be called again.
   * @throws TransportError `receiver-gone`, `message-invalid`
   * @throws UsageError `chunk-invalid` the held chunk's buffer was detached or made smaller; close the port
   */
  ready(options?: WaitOptions): Promise<void>
  /**
   * Posts what is held, then the end. Resolves once the receiver says that all of it has settled. The port stays open.
   * @throws TransportError `receiver-gone`, `message-invalid`
   */
  end(options?: WaitOptions): Promise<void>
}

class Writer implements PortWriter {
  readonly #port: PortLike
  readonly #maxBytes: number
  readonly #pieceBytes: number
  readonly #unlisten: () => void
  readonly #waiters = new Waiters()
  #rest: Uint8Array | undefined
  /** Its length, whatever becomes of its buffer. */
  #restBytes = 0
  /** Bytes posted, asked to be acknowledged, and acknowledged: totals, each message's overhead included. */
  #posted = 0
  #asked = 0
  #acknowledged = 0
  #phase: 'open' | 'ending' | 'ended' | 'over' = 'open'
  #failure: ShardwireError | undefined

  constructor(port: PortLike, maxBytes: number) {
    this.#port = port
    this.#maxBytes = maxBytes
    this.#pieceBytes = Math.min(MAX_PIECE_BYTES, maxBytes / ACKNOWLEDGED_SHARE - MESSAGE_OVERHEAD_BYTES) >>> 0
    this.#unlisten = listen(port, {
      onMessage: (data) => this.#hear(data),
      onUnreadable: () => this.#fail(invalidError("a message that can't be read")),
      onClose: (error) => this.#fail(goneError('it was closed', error)),
    })
    port.postMessage({ shardwire: 'open' }, [])
  }

  write(chunk: Uint8Array): boolean {
    if (!isBytes(chunk)) throw chunkError('write', chunk)
    if (this.#failure !== undefined) throw this.#failure
    if (this.#phase !== 'open') {
      throw new ClosedError('source-ended', 'this writer has ended; make another with portWriter()')
    }
    if (this.#rest !== undefined) {
      throw new UsageError(
        'write-before-ready',
        'the last chunk is still held; await ready() before the next write',
      )
    }
    this.#rest = chunk
    this.#restBytes = chunk.length
    this.#post()
    return this.#rest === undefined
  }

  /** Posts of what is held as much as may be under way; then, if that was all there is, the end. */
  #post(): void {
    while (this.#rest !== undefined) {
      const rest: Uint8Array = this.#rest
      if (rest.length < this.#restBytes) {
        this.#fail(chunkGoneError())
        return
      }
      const length = Math.min(this.#restBytes, this.#pieceBytes)
      const cost = length + MESSAGE_OVERHEAD_BYTES
      if (this.#posted - this.#acknowledged + cost > this.#maxBytes) return
      this.#restBytes -= length
      this.#rest = this.#restBytes === 0 ? undefined : rest.subarray(length)
      this.#posted += cost
      const isAsking = this.#posted - this.#asked >= this.#maxBytes / ACKNOWLEDGED_SHARE
      if (isAsking) this.#asked = this.#posted
      // A copy of just these bytes, that is handed over; a view would be cloned with all that is around it.
      const bytes = new Uint8Array(length)
      bytes.set(rest.subarray(0, length))
      this.#port.postMessage({ shardwire: 'chunk', bytes, ...(isAsking && { acknowledge: this.#posted }) }, [
        bytes.buffer,
      ])
    }
    if (this.#phase === 'ending') {
      this.#phase = 'ended'
      this.#port.postMessage({ shardwire: 'end' }, [])
    }
  }

  /** What isn't marked is somebody else's. */
  #hear(data: unknown): void {
    if (!isMarked(data)) return
    const message = readReceiverMessage(data)
    if (typeof message === 'string') {
      this.#fail(invalidError(message))
    } else if (message.shardwire === 'failed') {
      this.#fail(goneError(`it gave up, with code ${show(message.code)}`))
    } else if (message.shardwire === 'ended') {
      if (this.#phase === 'ended') this.#close()
      else this.#fail(invalidError('an end before ours'))
    } else if (message.acknowledge <= this.#acknowledged || message.acknowledge > this.#asked) {
      this.#fail(
        invalidError(`an acknowledgement of ${message.acknowledge}, when ${this.#asked} was asked for`),
      )
    } else {
      this.#acknowledged = message.acknowledge
      this.#post()
      this.#waiters.check()
    }
  }

  ready(options?: WaitOptions): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return this.#waiters.wait(() => this.#rest === undefined, options)
  }

  end(options?: WaitOptions): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#phase === 'open') {
      this.#phase = 'ending'
      this.#post()
    }
    return this.#waiters.wait(() => this.#phase === 'over', options)
  }

  #fail(error: ShardwireError): void {
    this.#failure = error
    this.#rest = undefined
    this.#phase = 'over'
    this.#unlisten()
    this.#waiters.rejectAll(error)
  }

  #close(): void {
    this.#phase = 'over'
    this.#unlisten()
    this.#waiters.check()
  }
}

const goneError = (what: string, cause?: unknown): TransportError =>
  new TransportError('receiver-gone', `the port's other end takes nothing more: ${what}`, { cause })

const invalidError = (what: string): TransportError =>
  new TransportError('message-invalid', `the port's other end sent ${what}; let pipeMessagePort read there`)

/**
 * Makes a writer for a port whose other end `pipeMessagePort` reads. Listens to the port until `end()` has settled.
 * @throws OptionError `option-invalid`, `option-unknown`
 */
export function portWriter(port: PortLike, options: PortWriterOptions = {}): PortWriter {
  knownOptions('portWriter', options, ['maxUnacknowledgedBytes'])
  assertPort(port)
  const maxBytes = integerOption(
    'maxUnacknowledgedBytes',
    options.maxUnacknowledgedBytes,
    DEFAULT_UNACKNOWLEDGED_BYTES,
    MIN_UNACKNOWLEDGED_BYTES,
    MAX_UNACKNOWLEDGED_BYTES,
  )
  return new Writer(port, maxBytes)
}
