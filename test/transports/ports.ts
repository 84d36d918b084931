// What the tests of ports share.

import { getEventListeners } from 'node:events'
import type { MessagePort } from 'node:worker_threads'
import type { PortWriter } from '../../src/transports/index.js'

export const EVENTS = ['message', 'messageerror', 'close', 'exit', 'error'] as const

export const listenersOf = (port: MessagePort): number =>
  EVENTS.reduce((sum, event) => sum + getEventListeners(port, event).length, 0)

/** Writes with backpressure, and without minding that the receiver is gone. */
export async function write(writer: PortWriter, chunk: Uint8Array): Promise<void> {
  try {
    if (!writer.write(chunk)) await writer.ready()
  } catch {}
}
