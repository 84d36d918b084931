// What portWriter and pipeMessagePort say to each other, over a port whose other end may be
// anything; and how both listen to one.

import { isBytes, refuse } from '../checks.js'
import { show } from '../errors.js'

/** From portWriter, which says first that it is there. `acknowledge`: to be sent back when the bytes are taken. */
export type WriterMessage =
  | { readonly shardwire: 'open' }
  | { readonly shardwire: 'chunk'; readonly bytes: Uint8Array; readonly acknowledge?: number }
  | { readonly shardwire: 'end' }

/** To portWriter. `ended`: all has settled. `failed`: nothing more is taken. */
export type ReceiverMessage =
  | { readonly shardwire: 'taken'; readonly acknowledge: number }
  | { readonly shardwire: 'ended' }
  | { readonly shardwire: 'failed'; readonly code: string }

/** What a port tells its listeners, in shape. */
export interface PortEventLike {
  readonly type: string
  readonly data?: unknown
  readonly error?: unknown
}

interface PortBase {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  /** Of a MessagePort: messages come from then on. Other ends have none. */
  start?(): void
  close?(): void
}

/** One with events of the DOM: a `MessagePort`, a browser's `Worker`, a worker's own `self`. */
export interface PortTargetLike extends PortBase {
  addEventListener(type: string, listener: (event: PortEventLike) => void): void
  removeEventListener(type: string, listener: (event: PortEventLike) => void): void
}

/** One with events of Node's: a `Worker` of worker_threads. */
export interface PortEmitterLike extends PortBase {
  on(event: string, listener: (value: unknown) => void): unknown
  off(event: string, listener: (value: unknown) => void): unknown
}

/** Either end of a message channel or a worker, in shape. */
export type PortLike = PortTargetLike | PortEmitterLike

/** What becomes of a port, one callback each. */
export interface PortListener {
  onMessage(data: unknown): void
  /** A message came that can't be read. */
  onUnreadable(): void
  /** The other end has closed, where the platform tells; of a worker, perhaps because of an error. */
  onClose(error?: unknown): void
}

/** @throws OptionError `option-invalid` */
export function assertPort(port: PortLike): void {
  const { addEventListener, on, postMessage } = (port ?? {}) as Partial<PortTargetLike & PortEmitterLike>
  if (typeof postMessage === 'function' && typeof (addEventListener ?? on) === 'function') return
  refuse('port', port, 'a MessagePort or a Worker')
}

/** @returns what takes the listeners away */
export function listen(port: PortLike, listener: PortListener): () => void {
  const isTarget = 'addEventListener' in port
  let failure: unknown
  const events: Record<string, (value: unknown) => void> = {
    message: (value) => listener.onMessage(isTarget ? (value as PortEventLike).data : value),
    messageerror: () => listener.onUnreadable(),
    close: () => listener.onClose(),
  }
  // Of a worker seen from outside. Its own `self` has 'error', too, for whatever fails in there.
  if ('terminate' in port) {
    const onFailure = (error: unknown): void => listener.onClose(error ?? new Error('the worker failed'))
    if (isTarget) {
      events.error = (value) => onFailure((value as PortEventLike).error)
    } else {
      // Node's 'error' overtakes messages; its 'exit' follows all of them.
      events.error = (error) => {
        failure = error
      }
      events.exit = (code) => {
        if (code === 0) listener.onClose()
        else onFailure(failure ?? new Error(`the worker exited with code ${String(code)}`))
      }
    }
  }
  for (const [event, call] of Object.entries(events)) {
    if (isTarget) port.addEventListener(event, call)
    else port.on(event, call)
  }
  port.start?.()
  return () => {
    for (const [event, call] of Object.entries(events)) {
      if (isTarget) port.removeEventListener(event, call)
      else port.off(event, call)
    }
  }
}

/** Closes a MessagePort. Of a worker's other ends `close` would end the worker: they are left alone. */
export function closePort(port: PortLike): void {
  if (typeof port.start === 'function') port.close?.()
}

/** Whether a message is meant as one of ours; it may be malformed. */
export function isMarked(data: unknown): data is { readonly shardwire: unknown } {
  return typeof data === 'object' && data !== null && 'shardwire' in data
}

/** A well-formed message of portWriter's, or what is wrong with it, in words. */
export function readWriterMessage(data: { readonly shardwire: unknown }): WriterMessage | string {
  const { shardwire, bytes, acknowledge } = data as Record<string, unknown>
  if (shardwire === 'open' || shardwire === 'end') return { shardwire }
  if (shardwire !== 'chunk') return `of an unknown kind ${show(shardwire)}`
  if (!isBytes(bytes)) return 'a chunk without bytes'
  if (acknowledge === undefined) return { shardwire, bytes }
  if (!isCount(acknowledge)) return `a chunk to be acknowledged by ${show(acknowledge)}`
  return { shardwire, bytes, acknowledge }
}

/** A well-formed message of pipeMessagePort's, or what is wrong with it, in words. */
export function readReceiverMessage(data: { readonly shardwire: unknown }): ReceiverMessage | string {
  const { shardwire, acknowledge, code } = data as Record<string, unknown>
  if (shardwire === 'ended') return { shardwire }
  if (shardwire === 'failed') return { shardwire, code: typeof code === 'string' ? code : 'unknown' }
  if (shardwire !== 'taken') return `of an unknown kind ${show(shardwire)}`
  return isCount(acknowledge) ? { shardwire, acknowledge } : `an acknowledgement of ${show(acknowledge)}`
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0
