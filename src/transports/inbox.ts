// Messages of senders that can't be paused: while the source waits they wait here, up to a
// bound, and beyond it the sender is closed or the message dropped, as the caller chose.

import { functionOption, integerOption, refuse } from '../checks.js'
import { TransportError } from './error.js'
import type { Intake, TransportOptions, TransportReport } from './transport.js'

/** Bytes that wait for observers, each message's overhead included. */
export const DEFAULT_BUFFERED_BYTES = 1_048_576
const MAX_BUFFERED_BYTES = 1_073_741_824
/**
 * Bytes that a message costs beside its own: array, buffer and queue's entry, in resident memory. Measured: 500 for
 * messages of 40 bytes (Node 20). Without it, a million empty ones would count as nothing.
 */
export const MESSAGE_OVERHEAD_BYTES = 512
/**
 * What a sender may still give once it is paused, bytes with overhead: `ws` goes on with what it has read from its
 * socket, at most 64 KiB, which holds up to 22,000 messages of a byte, or what permessage-deflate makes of it.
 */
const PAUSED_BUFFERED_BYTES = 16_777_216

/** What was not routed because it didn't fit. */
export interface DroppedMessages {
  readonly messages: number
  readonly bytes: number
}

/** What transports of messages take. */
export interface MessageOptions extends TransportOptions {
  /**
   * Bytes of messages that may wait while observers are slow, 1 MiB by default, from 0 to 1 GiB; each message counts
   * 512 more. The message that the router is at is not among them.
   */
  readonly maxBufferedBytes?: number | undefined
  /**
   * What becomes of a message that doesn't fit: `close` (the default) closes the sender and rejects, after what came
   * before has been taken; `drop` leaves that message out, counts it, and goes on.
   */
  readonly overflow?: 'close' | 'drop' | undefined
  /** Hears of each message dropped: totals so far. What it throws ends the transport. */
  readonly onDrop?: ((dropped: DroppedMessages) => unknown) | undefined
}

/** What a transport of messages has taken, when all of it has settled. */
export interface MessageReport extends Omit<TransportReport, 'chunks'> {
  readonly messages: number
  readonly droppedMessages: number
  readonly droppedBytes: number
}

export const MESSAGE_OPTION_NAMES = ['signal', 'maxBufferedBytes', 'overflow', 'onDrop']

export class Inbox {
  droppedMessages = 0
  droppedBytes = 0
  readonly #maxBytes: number
  readonly #drops: boolean
  readonly #onDrop: MessageOptions['onDrop']

  /** @throws OptionError `option-invalid` */
  constructor({ maxBufferedBytes, overflow = 'close', onDrop }: MessageOptions) {
    this.#maxBytes = integerOption(
      'maxBufferedBytes',
      maxBufferedBytes,
      DEFAULT_BUFFERED_BYTES,
      0,
      MAX_BUFFERED_BYTES,
    )
    if (overflow !== 'close' && overflow !== 'drop') refuse('overflow', overflow, "'close' or 'drop'")
    functionOption('onDrop', onDrop)
    this.#drops = overflow === 'drop'
    this.#onDrop = onDrop
  }

  /**
   * @param isPaused whether the sender is one that can be, so that little more is going to come
   * @param onTaken called when the source has taken all of it
   */
  take(intake: Intake, message: Uint8Array, isPaused: boolean, onTaken?: () => void): void {
    if (!intake.isOpen) return
    if (intake.isHolding) {
      const { waitingBytes, waitingChunks } = intake
      const most = isPaused ? Math.max(this.#maxBytes, PAUSED_BUFFERED_BYTES) : this.#maxBytes
      const wanted = waitingBytes + message.length + (waitingChunks + 1) * MESSAGE_OVERHEAD_BYTES
      if (wanted > most) {
        if (this.#drops) this.#drop(intake, message.length)
        else intake.fail(overflowError(message.length, waitingChunks, waitingBytes, most))
        return
      }
    }
    intake.take(message, onTaken)
  }

  #drop(intake: Intake, bytes: number): void {
    this.droppedMessages++
    this.droppedBytes += bytes
    const dropped = { messages: this.droppedMessages, bytes: this.droppedBytes }
    tell(intake, () => this.#onDrop?.(dropped))
  }

  report({ bytes, chunks }: Intake): MessageReport {
    const { droppedMessages, droppedBytes } = this
    return Object.freeze({ bytes, messages: chunks, droppedMessages, droppedBytes })
  }
}

function overflowError(bytes: number, messages: number, waiting: number, most: number): TransportError {
  return new TransportError(
    'sender-overflow',
    `a message of ${bytes} bytes found ${messages} messages of ${waiting} bytes waiting for observers; with ` +
      `${MESSAGE_OVERHEAD_BYTES} more for each that is above ${most}: raise maxBufferedBytes, or slow the sender down`,
  )
}

/** Calls what a user gave; what it throws, or its promise rejects with, ends the transport. */
export function tell(intake: Intake, call: () => unknown): void {
  try {
    Promise.resolve(call()).catch((error: unknown) => intake.stop(error))
  } catch (error) {
    intake.stop(error)
  }
}

/** A message's bytes, as platforms hand them over; undefined when it has none. */
export function messageBytes(data: unknown): Uint8Array | undefined {
  if (isArrayBuffer(data)) return new Uint8Array(data)
  if (!ArrayBuffer.isView(data)) return undefined
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  // Shared memory may change while it waits here.
  return isArrayBuffer(data.buffer) ? bytes : bytes.slice()
}

/** By its tag: another realm's is an instance of none here. */
function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === '[object ArrayBuffer]'
}
