// How tests write to Node's streams: with backpressure, and without minding that the other
// end closes.

import type { Writable } from 'node:stream'

/** Resolves when a stream has taken a chunk and wants more, or is closed. */
export async function write(writable: Writable, chunk: Uint8Array): Promise<void> {
  if (writable.destroyed || writable.write(chunk) || writable.destroyed) return
  await new Promise<void>((resolve) => {
    const done = (): void => {
      writable.off('drain', done)
      writable.off('close', done)
      resolve()
    }
    writable.on('drain', done)
    writable.on('close', done)
  })
}
