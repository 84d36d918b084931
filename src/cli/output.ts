// Standard output and standard error: writes that wait for their reader, know
// when it has gone, and never throw.

import type { Writable } from 'node:stream'
import { cannot, isClosedPipe } from './failure.js'

/** Milliseconds that an interrupted program waits for a reader that doesn't read. */
const STALLED_MS = 500

export class Output {
  /** Nothing more can be written: the reader has gone, or writing failed. */
  closed = false
  readonly #stream: Writable
  readonly #name: string
  readonly #signal: AbortSignal
  #failure: unknown
  #wake: (() => void) | undefined

  /** @param signal when aborted, nobody waits for the reader any more */
  constructor(stream: Writable, name: string, signal: AbortSignal) {
    this.#stream = stream
    this.#name = name
    this.#signal = signal
    const wake = (): void => this.#wake?.()
    stream.on('drain', wake)
    stream.on('error', (error) => this.#fail(error))
    signal.addEventListener('abort', wake)
  }

  /** Resolves when there is room again. */
  async write(data: string | Uint8Array): Promise<void> {
    if (this.closed || data.length === 0) return
    try {
      if (this.#stream.write(data) || this.#signal.aborted) return
    } catch (error) {
      this.#fail(error)
      return
    }
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.#wake = undefined
  }

  #fail(error: unknown): void {
    this.closed = true
    // `inspect big | head -1`: not our fault, and nothing to report.
    if (!isClosedPipe(error)) this.#failure ??= error
    this.#wake?.()
  }

  /** Resolves once all of it has left this process, or after Ctrl-C nobody seems to read it. */
  async flush(): Promise<void> {
    if (this.closed || this.#stream.writableLength === 0) return
    await new Promise<void>((resolve) => {
      this.#stream.write('', () => resolve())
      const giveUp = (): void => {
        setTimeout(resolve, STALLED_MS)
      }
      if (this.#signal.aborted) giveUp()
      else this.#signal.addEventListener('abort', giveUp)
    })
  }

  /** @throws Failure when something couldn't be written, other than for want of a reader */
  assertWritten(): void {
    if (this.#failure !== undefined) throw cannot('write to', this.#name, this.#failure)
  }
}
