// A user's program on Node 20: sockets, buffers, streams.

import { createReadStream } from 'node:fs'
import { createServer } from 'node:net'
import { Readable } from 'node:stream'
import { createRouter } from 'shardwire'
import { mtg } from 'shardwire/mtg'

const router = createRouter(mtg)

export const server = createServer((socket) => {
  const source = router.source()
  socket.on('data', (chunk: Buffer) => {
    if (source.write(chunk)) return
    socket.pause()
    void source.ready().then(() => socket.resume())
  })
  socket.on('close', () => void source.end())
})

export async function replay(file: string): Promise<void> {
  const signal: AbortSignal = AbortSignal.timeout(1_000)
  await Readable.toWeb(createReadStream(file)).pipeTo(router.source().writable, { signal })
  await router.shutdown({ signal })
}
