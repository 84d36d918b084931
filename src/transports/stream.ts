// WHATWG streams: a fetch body, a File, what a TransformStream gives. Read chunk by chunk, and
// not at all while the source waits, so that the stream's own backpressure holds its sender.

import { isBytes, refuse } from '../checks.js'
import { chunkError } from './error.js'
import {
  checkOptions,
  Intake,
  type Sender,
  type SourceMaker,
  type TransportOptions,
  type TransportReport,
} from './transport.js'

/** What a `ReadableStream` of bytes gives to read with. */
export interface StreamReaderLike {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
  cancel(reason?: unknown): Promise<unknown>
  releaseLock(): void
}

/** A WHATWG `ReadableStream` of bytes, in shape. */
export interface ReadableStreamLike {
  readonly locked: boolean
  getReader(): StreamReaderLike
}

class StreamSender implements Sender {
  readonly #reader: StreamReaderLike
  #intake: Intake | undefined
  #paused = false

  constructor(reader: StreamReaderLike) {
    this.#reader = reader
  }

  open(intake: Intake): void {
    this.#intake = intake
    this.resume()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    void this.#read(this.#intake!)
  }

  async #read(intake: Intake): Promise<void> {
    try {
      while (intake.isOpen && !this.#paused) {
        const { done, value } = await this.#reader.read()
        if (done) intake.end()
        else if (isBytes(value)) intake.take(value)
        else intake.fail(chunkError('the stream', value))
      }
    } catch (error) {
      intake.fail(error)
    }
  }

  refuse(cause: unknown): void {
    // Of a stream that has failed by itself, the promise rejects; and some streams' own cancel does.
    this.#reader.cancel(cause).catch(() => {})
  }

  release(): void {
    this.#reader.releaseLock()
  }
}

/**
 * Routes all that a WHATWG stream gives; while observers are slow it isn't read. On any failure the stream is
 * cancelled with the cause. The lock is released in every case.
 * @returns what was taken, once the stream has ended and all of it has settled
 * @throws FrameError `framing-lost`; or the stream's own error
 * @throws UsageError `chunk-invalid` it gave something else than Uint8Array; `too-many-sources`
 * @throws ClosedError `router-closed`
 * @throws OptionError `option-invalid`, `option-unknown`
 */
export async function pipeStream(
  stream: ReadableStreamLike,
  router: SourceMaker,
  options: TransportOptions = {},
): Promise<TransportReport> {
  checkOptions('pipeStream', options, ['signal'])
  if (typeof stream?.getReader !== 'function' || stream.locked) {
    refuse(
      'stream',
      stream,
      'a ReadableStream that nobody else reads; for a Node stream there is pipeReadable',
    )
  }
  const { bytes, chunks } = await Intake.run(new StreamSender(stream.getReader()), router, options.signal)
  return Object.freeze({ bytes, chunks })
}
