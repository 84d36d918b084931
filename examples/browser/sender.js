// Sends a recording to each page that connects, over a WebSocket.
//
//   npx shardwire generate --events 100000 -o load.sbe
//   npm run sender -- load.sbe 8090

import { readFileSync } from 'node:fs'
import { WebSocketServer } from 'ws'

const [file, port = '8090'] = process.argv.slice(2)
if (file === undefined) throw new Error('give a recording: npm run sender -- FILE [PORT]')
const bytes = readFileSync(file)

/** Pieces that end where a frame ends: a WebSocket message holds whole frames. */
function* messages() {
  const MESSAGE_BYTES = 16_384
  let from = 0
  let to = 0
  while (to < bytes.length) {
    // A frame begins with its length, its own header included: four bytes, big-endian.
    to += bytes.readUInt32BE(to)
    if (to - from < MESSAGE_BYTES && to < bytes.length) continue
    yield bytes.subarray(from, to)
    from = to
  }
}

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(port),
  // Any page on any site can connect to this machine's ports; only a page from here is let in.
  verifyClient: ({ origin }) => /^http:\/\/(127\.0\.0\.1|localhost):\d+$/.test(origin),
})
server.on('connection', async (socket) => {
  socket.on('error', (error) => console.error(error.message))
  for (const message of messages()) await new Promise((sent) => socket.send(message, sent))
  socket.close(1000)
})
server.on('listening', () =>
  console.error(JSON.stringify({ listening: `ws://127.0.0.1:${server.address().port}` })),
)
