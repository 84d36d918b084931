// Node's readables: files, sockets, HTTP requests, standard input. By their events, with a
// real pause: async iteration would destroy a socket whose other half is still to be written.

import { isBytes, refuse } from '../checks.js'
import { chunkError, TransportError } from './error.js'
import {
  checkOptions,
  Intake,
  type Sender,
  type SourceMaker,
  type TransportOptions,
  type TransportReport,
} from './transport.js'

/** A Node `Readable`, in shape: `fs.ReadStream`, `net.Socket`, `tls.TLSSocket`, `http.IncomingMessage`. */
export interface ReadableLike {
  readonly destroyed: boolean
  readonly readableEnded: boolean
  /** Why it was destroyed, if by an error. */
  readonly errored?: unknown
  /** Whether 'close' has been emitted. */
  readonly closed?: boolean
  on(event: string, listener: (value: unknown) => void): unknown
  off(event: string, listener: (value: unknown) => void): unknown
  pause(): unknown
  resume(): unknown
  destroy(): unknown
}

class ReadableSender implements Sender {
  readonly #readable: ReadableLike
  #listeners: readonly (readonly [event: string, listener: (value: unknown) => void])[] = []

  constructor(readable: ReadableLike) {
    this.#readable = readable
  }

  open(intake: Intake): void {
    const readable = this.#readable
    // Their events have been: nobody would hear of them again.
    if (readable.errored) intake.fail(readable.errored)
    else if (readable.readableEnded) intake.end()
    else if (readable.destroyed) intake.fail(gone())
    if (!intake.isOpen) return
    this.#listeners = [
      [
        'data',
        (chunk) => {
          if (isBytes(chunk)) intake.take(chunk)
          else intake.fail(chunkError('the readable', chunk))
        },
      ],
      ['end', () => intake.end()],
      ['error', (error) => intake.fail(error)],
      ['close', () => intake.fail(gone())],
    ]
    for (const [event, listener] of this.#listeners) readable.on(event, listener)
    readable.resume()
  }

  pause(): void {
    this.#readable.pause()
  }

  resume(): void {
    this.#readable.resume()
  }

  refuse(): void {
    const readable = this.#readable
    if (!readable.closed) {
      // What goes wrong while it is being destroyed would crash the process if nobody listened.
      const onError = (): void => {}
      const onClose = (): void => {
        readable.off('error', onError)
        readable.off('close', onClose)
      }
      readable.on('error', onError)
      readable.on('close', onClose)
    }
    readable.destroy()
  }

  release(): void {
    for (const [event, listener] of this.#listeners) this.#readable.off(event, listener)
  }
}

const gone = (): TransportError =>
  new TransportError(
    'sender-gone',
    'the readable was closed before its end; what came before is routed, let the sender connect again',
  )

/**
 * Routes all that a Node readable gives, and holds it back by `pause()` while observers are slow. A socket's
 * writable side stays as it is; on any failure the readable is destroyed.
 * @returns what was taken, once the readable has ended and all of it has settled
 * @throws TransportError `sender-gone` closed before its end; or the readable's own error
 * @throws FrameError `framing-lost`
 * @throws UsageError `chunk-invalid` it gave strings or objects; `too-many-sources`
 * @throws ClosedError `router-closed`
 * @throws OptionError `option-invalid`, `option-unknown`
 */
export async function pipeReadable(
  readable: ReadableLike,
  router: SourceMaker,
  options: TransportOptions = {},
): Promise<TransportReport> {
  checkOptions('pipeReadable', options, ['signal'])
  if (typeof readable?.on !== 'function' || typeof readable.destroy !== 'function') {
    refuse('readable', readable, 'a Node Readable; for a WHATWG stream there is pipeStream')
  }
  const { bytes, chunks } = await Intake.run(new ReadableSender(readable), router, options.signal)
  return Object.freeze({ bytes, chunks })
}
