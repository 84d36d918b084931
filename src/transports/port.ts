// Message ports and workers: binary messages as anybody posts them, or the chunks of a
// portWriter, which is told how far they have been taken.

import { refuse } from '../checks.js'
import { ShardwireError, show } from '../errors.js'
import { TransportError } from './error.js'
import {
  Inbox,
  MESSAGE_OPTION_NAMES,
  type MessageOptions,
  type MessageReport,
  messageBytes,
} from './inbox.js'
import {
  assertPort,
  closePort,
  isMarked,
  listen,
  type PortLike,
  type ReceiverMessage,
  readWriterMessage,
} from './port-message.js'
import { checkOptions, Intake, type Sender, type SourceMaker } from './transport.js'

export interface MessagePortOptions extends MessageOptions {
  /**
   * Whether each message holds whole frames. False by default: the messages are one stream of bytes, cut anywhere,
   * as those of a portWriter are; then `overflow: 'drop'` is refused, since what follows a gap can't be read.
   */
  readonly delimited?: boolean | undefined
}

const CUT_ANYWHERE = "a portWriter's message, whose chunks are cut anywhere, while delimited is true"

class PortSender implements Sender {
  readonly #port: PortLike
  readonly #inbox: Inbox
  readonly #delimited: boolean
  #intake: Intake | undefined
  #hasWriter = false
  #unlisten = (): void => {}

  constructor(port: PortLike, inbox: Inbox, delimited: boolean) {
    this.#port = port
    this.#inbox = inbox
    this.#delimited = delimited
  }

  open(intake: Intake): void {
    this.#intake = intake
    this.#unlisten = listen(this.#port, {
      onMessage: (data) => this.#take(data),
      onUnreadable: () => intake.fail(invalidError("a message that can't be read")),
      onClose: (error) => {
        if (this.#hasWriter || error !== undefined) intake.fail(goneError(error))
        else intake.end()
      },
    })
  }

  #take(data: unknown): void {
    const intake = this.#intake!
    if (!isMarked(data)) {
      const bytes = messageBytes(data)
      if (bytes === undefined) intake.fail(invalidError(show(data)))
      else this.#inbox.take(intake, bytes, false)
      return
    }
    const message = readWriterMessage(data)
    if (typeof message === 'string') {
      intake.fail(invalidError(`a marked message that is ${message}`))
    } else if (message.shardwire === 'end') {
      intake.end()
    } else {
      this.#hasWriter = true
      if (this.#delimited) intake.fail(invalidError(CUT_ANYWHERE))
      else if (message.shardwire === 'chunk') this.#takeChunk(intake, message.bytes, message.acknowledge)
    }
  }

  #takeChunk(intake: Intake, bytes: Uint8Array, acknowledge: number | undefined): void {
    const onTaken =
      acknowledge === undefined ? undefined : () => this.post({ shardwire: 'taken', acknowledge })
    this.#inbox.take(intake, bytes, false, onTaken)
  }

  get hasWriter(): boolean {
    return this.#hasWriter
  }

  post(message: ReceiverMessage): void {
    this.#port.postMessage(message, [])
  }

  // A port can't be paused: that is what portWriter and the bound are for.
  pause(): void {}
  resume(): void {}

  refuse(cause: unknown): void {
    try {
      // Only to a writer: in Node a message that nobody reads keeps a port from telling that it has closed.
      if (this.#hasWriter) {
        this.post({ shardwire: 'failed', code: cause instanceof ShardwireError ? cause.code : 'aborted' })
      }
    } finally {
      closePort(this.#port)
    }
  }

  release(): void {
    this.#unlisten()
  }
}

const invalidError = (what: string): TransportError =>
  new TransportError('message-invalid', `the port gave ${what}; post bytes, or use portWriter`)

const goneError = (cause: unknown): TransportError =>
  new TransportError('sender-gone', "the port closed before its writer's end(); what came before is routed", {
    cause,
  })

/**
 * Routes the binary messages of a port (ArrayBuffer, or a view of one) until its other end posts
 * `{ shardwire: 'end' }`, as `portWriter` does, or closes it, where the platform tells. With a portWriter the other end
 * is held back while observers are slow; others' messages wait, up to `maxBufferedBytes`. On a failure the portWriter
 * is told why, and the port is closed (a worker is not).
 * @returns what was taken, once the other end has ended and all of it has settled
 * @throws TransportError `sender-gone` closed without the writer's end; `sender-overflow`; `message-invalid`
 * @throws FrameError `framing-lost`
 * @throws UsageError `too-many-sources`
 * @throws ClosedError `router-closed`
 * @throws OptionError `option-invalid`, `option-unknown`
 */
export async function pipeMessagePort(
  port: PortLike,
  router: SourceMaker,
  options: MessagePortOptions = {},
): Promise<MessageReport> {
  checkOptions('pipeMessagePort', options, [...MESSAGE_OPTION_NAMES, 'delimited'])
  const { delimited = false } = options
  if (typeof delimited !== 'boolean') refuse('delimited', delimited, 'true or false')
  const inbox = new Inbox(options)
  if (options.overflow === 'drop' && !delimited) {
    refuse('overflow', 'drop', "'close', or delimited: true: after a gap a stream of bytes can't be read on")
  }
  assertPort(port)
  const sender = new PortSender(port, inbox, delimited)
  const intake = await Intake.run(sender, router, options.signal, delimited)
  if (sender.hasWriter) sender.post({ shardwire: 'ended' })
  return inbox.report(intake)
}
