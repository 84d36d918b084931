// A Web Worker that makes frames and sends them through a MessagePort. Whatever reads
// a file or parses another format off the main thread would look like this.

import { encodeFrame } from 'shardwire'
import { mtg } from 'shardwire/mtg'
import { portWriter } from 'shardwire/transports'

export interface Order {
  readonly port: MessagePort
  readonly events: number
}

const SESSIONS = 1_000
const CHUNK_BYTES = 65_536
/** Longer than any frame that is made here. */
const FRAME_BYTES = 128

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  // Rejects when the page has stopped: nobody takes any more.
  produce(data).catch((error: Error) => console.info(error.message))
})

async function produce({ port, events }: Order): Promise<void> {
  const writer = portWriter(port)
  let chunk = new Uint8Array(CHUNK_BYTES)
  let used = 0
  for (let index = 0; index < events; index++) {
    used += encodeFrame(mtg, eventAt(index), chunk, used)
    if (used <= CHUNK_BYTES - FRAME_BYTES) continue
    // False: the page is behind. It acknowledges what its observers have taken; until then there is
    // no use in making more.
    if (!writer.write(chunk.subarray(0, used))) await writer.ready()
    // A new one each time: the old one may be on its way still.
    chunk = new Uint8Array(CHUNK_BYTES)
    used = 0
  }
  if (used > 0) writer.write(chunk.subarray(0, used))
  // A port doesn't tell its end by itself.
  await writer.end()
}

/** All sessions start, then they take turns. */
function eventAt(index: number) {
  const streamId = `session-${index % SESSIONS}`
  const timestamp = Date.now()
  if (index < SESSIONS) return { event: 'EventStart', streamId, timestamp, remoteIP: '192.0.2.1' } as const
  return { event: 'EventTraffic', streamId, timestamp, traffic: index % 1_500, isRead: true } as const
}
