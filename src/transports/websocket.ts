// WebSockets by the interface that browsers, workerd, Node 22, Deno, Bun and `ws` share. Each
// message holds whole frames. The platform's own can't be paused; `ws` can.

import { functionOption, refuse } from '../checks.js'
import { ShardwireError, show } from '../errors.js'
import { TransportError } from './error.js'
import {
  Inbox,
  MESSAGE_OPTION_NAMES,
  type MessageOptions,
  type MessageReport,
  messageBytes,
  tell,
} from './inbox.js'
import { checkOptions, Intake, type Sender, type SourceMaker } from './transport.js'

/** What a `WebSocket` tells its listeners, in shape. */
export interface WebSocketEventLike {
  readonly type: string
  /** Of 'message'. */
  readonly data?: unknown
  /** Of 'close'. */
  readonly code?: number
  readonly reason?: string
  /** Of 'error', where the platform says more. */
  readonly error?: unknown
}

/** A `WebSocket`, in shape; one that has `pause` and `resume`, as those of `ws`, holds its sender back. */
export interface WebSocketLike {
  binaryType?: string
  readonly readyState: number
  addEventListener(type: string, listener: (event: WebSocketEventLike) => void): void
  removeEventListener(type: string, listener: (event: WebSocketEventLike) => void): void
  close(code?: number, reason?: string): void
  pause?(): void
  resume?(): void
}

export interface WebSocketOptions extends MessageOptions {
  /** Gets the text messages, as they come. Without it, one closes the socket. What it throws ends the transport. */
  readonly onText?: ((text: string) => unknown) | undefined
}

/**
 * What the other end is told, by error code. Applications may send 3000 to 4999; the last digits are those of the
 * protocol's own codes for the like (RFC 6455, section 7.4.1).
 */
const CLOSE_CODES: Readonly<Record<string, number>> = {
  'router-closed': 4001,
  'framing-lost': 4002,
  'message-invalid': 4003,
  'sender-overflow': 4009,
}
/** The caller's signal. */
const CLOSE_ABORTED = 4000
/** Anything else that this end can't go on with. */
const CLOSE_FAILED = 4011

/** Codes of a close event that end a stream well: normal, and none given. */
const NORMAL_CLOSES: readonly unknown[] = [1000, 1005]
/** `readyState` from which on a socket gives nothing more. */
const CLOSING = 2

class WebSocketSender implements Sender {
  readonly #socket: WebSocketLike
  readonly #inbox: Inbox
  readonly #onText: WebSocketOptions['onText']
  readonly #signal: WebSocketOptions['signal']
  readonly #isPausable: boolean
  #isPaused = false
  #intake: Intake | undefined

  constructor(socket: WebSocketLike, inbox: Inbox, { onText, signal }: WebSocketOptions) {
    this.#socket = socket
    this.#inbox = inbox
    this.#onText = onText
    this.#signal = signal
    this.#isPausable = typeof socket.pause === 'function' && typeof socket.resume === 'function'
  }

  open(intake: Intake): void {
    this.#intake = intake
    const socket = this.#socket
    if (socket.readyState >= CLOSING) {
      intake.fail(new TransportError('sender-gone', 'the WebSocket is closed already; give one that is open'))
      return
    }
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('message', this.#onMessage)
    socket.addEventListener('close', this.#onClose)
    socket.addEventListener('error', this.#onError)
  }

  readonly #onMessage = ({ data }: WebSocketEventLike): void => {
    const intake = this.#intake!
    if (!intake.isOpen) return
    const onText = this.#onText
    if (typeof data === 'string' && onText !== undefined) {
      tell(intake, () => onText(data))
      return
    }
    const bytes = messageBytes(data)
    if (bytes === undefined) intake.fail(invalidError(data))
    else this.#inbox.take(intake, bytes, this.#isPaused)
  }

  readonly #onClose = ({ code, reason }: WebSocketEventLike): void => {
    // workerd: the closing handshake is this end's to complete.
    if (this.#socket.readyState <= CLOSING) this.#close(1000)
    if (NORMAL_CLOSES.includes(code)) this.#intake!.end()
    else this.#intake!.fail(closedError(code, reason))
  }

  readonly #onError = ({ error }: WebSocketEventLike): void => {
    const why = error instanceof Error ? `: ${show(error.message)}` : ''
    this.#intake!.fail(
      new TransportError('sender-gone', `the WebSocket failed${why}; let the sender connect again`, {
        cause: error,
      }),
    )
  }

  pause(): void {
    if (!this.#isPausable) return
    this.#isPaused = true
    this.#socket.pause!()
  }

  resume(): void {
    if (!this.#isPausable) return
    this.#isPaused = false
    this.#socket.resume!()
  }

  refuse(cause: unknown): void {
    const socket = this.#socket
    // While it is being closed `ws` may emit 'error', which would crash the process if nobody listened.
    const onError = (): void => {}
    const onClose = (): void => {
      socket.removeEventListener('error', onError)
      socket.removeEventListener('close', onClose)
    }
    if (socket.readyState <= CLOSING) {
      socket.addEventListener('error', onError)
      socket.addEventListener('close', onClose)
    }
    if (this.#signal?.aborted && cause === this.#signal.reason) this.#close(CLOSE_ABORTED, 'aborted')
    else if (cause instanceof ShardwireError) this.#close(CLOSE_CODES[cause.code] ?? CLOSE_FAILED, cause.code)
    else this.#close(CLOSE_FAILED, 'failed')
    // The closing handshake has to be read.
    this.resume()
  }

  #close(code: number, reason?: string): void {
    try {
      this.#socket.close(code, reason)
    } catch {}
  }

  release(): void {
    const socket = this.#socket
    socket.removeEventListener('message', this.#onMessage)
    socket.removeEventListener('close', this.#onClose)
    socket.removeEventListener('error', this.#onError)
  }
}

function invalidError(data: unknown): TransportError {
  return new TransportError(
    'message-invalid',
    typeof data === 'string'
      ? 'the WebSocket gave a text message; send frames as binary messages, or take texts with onText'
      : `the WebSocket gave ${show(data)}; leave its binaryType at 'arraybuffer'`,
  )
}

function closedError(code: number | undefined, reason: string | undefined): TransportError {
  const why = reason ? ` and reason ${show(reason)}` : ''
  return new TransportError(
    'sender-gone',
    `the WebSocket was closed with code ${show(code)}${why}; what came before is routed, let the sender connect again`,
    { closeCode: code },
  )
}

/**
 * Routes the binary messages of a WebSocket, each of whole frames: a frame that a message's end cuts off is rejected.
 * While observers are slow, a socket of `ws` is paused; others' messages wait, up to `maxBufferedBytes`. Sets
 * `binaryType`. On a failure the socket is closed, with a code from 4000 on; docs/transports.md lists them.
 * @returns what was taken, once the socket has closed with code 1000 or none, and all of it has settled
 * @throws TransportError `sender-gone` closed with another code, or failed; `sender-overflow`; `message-invalid`
 * @throws FrameError `framing-lost`
 * @throws UsageError `too-many-sources`
 * @throws ClosedError `router-closed`
 * @throws OptionError `option-invalid`, `option-unknown`
 */
export async function pipeWebSocket(
  socket: WebSocketLike,
  router: SourceMaker,
  options: WebSocketOptions = {},
): Promise<MessageReport> {
  checkOptions('pipeWebSocket', options, [...MESSAGE_OPTION_NAMES, 'onText'])
  functionOption('onText', options.onText)
  const inbox = new Inbox(options)
  if (typeof socket?.addEventListener !== 'function' || typeof socket.close !== 'function') {
    refuse('socket', socket, 'a WebSocket')
  }
  return inbox.report(
    await Intake.run(new WebSocketSender(socket, inbox, options), router, options.signal, true),
  )
}
