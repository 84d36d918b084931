// A TCP service: every connection sends frames, four shards of meters see the events.
//
//   npm start -- 7400
//   npx shardwire generate --to tcp://127.0.0.1:7400

import { createServer } from 'node:net'
import { createRouter } from 'shardwire'
import { mtg } from 'shardwire/mtg'
import { pipeReadable } from 'shardwire/transports'
import { Meter, sum } from './meter.js'

const HOST = '127.0.0.1'
/** Connections at once. A router takes 1,024 sources. */
const MAX_CONNECTIONS = 1_000
/** Milliseconds without a byte until a connection is given up: its peer may be long gone. */
const IDLE_MS = 300_000
/** Seconds between two reports; 0 for none but those that SIGUSR2 asks for. */
const REPORT_SECONDS = Number(process.env.REPORT_SECONDS ?? 0)

const meters = []
const router = createRouter(mtg, {
  shards: 4,
  // Called once for each shard.
  observers: [
    () => {
      const meter = new Meter()
      meters.push(meter)
      return meter
    },
  ],
  // Of malformed frames, at most ten a second; stats() counts all.
  onFrameError: (error) => say({ rejected: error.message }),
})

const stopping = new AbortController()
const connections = new Set()

// allowHalfOpen: a peer that has sent everything ends its side, and we end ours when all of it was routed.
const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.setTimeout(IDLE_MS, () => socket.destroy())
  // pipeReadable tells of errors, too, but not of one that comes later; unheard, that would end the process.
  socket.on('error', () => {})
  // Each connection is a source of its own: its own partial frame and backpressure. When a shard's
  // ring is full, the socket is paused and TCP holds the peer back; no other connection notices.
  const done = pipeReadable(socket, router, { signal: stopping.signal })
    // All that the peer sent has reached the meters. Our end tells it so.
    .then(() => socket.end())
    .catch((error) => {
      // Lost framing (no frames at all: a port scan, HTTP), or the peer went away. It is this
      // connection's end and nobody else's; the socket is already destroyed.
      if (!stopping.signal.aborted) say({ connection: error.message, code: error.code })
    })
    .finally(() => connections.delete(done))
  connections.add(done)
})
server.maxConnections = MAX_CONNECTIONS

/** One JSON object a line: whatever a peer put into an ID can't write to the terminal as it likes. */
function say(what) {
  console.error(JSON.stringify(what))
}

function report() {
  say({ connections: connections.size, ...sum(meters), stats: router.stats() })
}

async function stop() {
  // First nobody new, then nothing more of those who are there; what was read is still routed.
  server.close()
  stopping.abort()
  await Promise.all(connections)
  // Drains the rings and calls shutdown() on every observer; within ten seconds, whatever they do.
  const stats = await router.shutdown()
  say({ ...sum(meters), stats })
  // Failed only if the deadline cut off events that had been accepted.
  process.exitCode = stats.droppedBy.deadline === undefined ? 0 : 1
}

// Once: a second Ctrl-C ends the process at once.
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
// Windows has no such signal; use REPORT_SECONDS there.
if (process.platform !== 'win32') process.on('SIGUSR2', report)
if (REPORT_SECONDS > 0) setInterval(report, REPORT_SECONDS * 1_000).unref()

server.on('error', (error) => {
  say({ server: error.message })
  process.exitCode = 1
})
server.listen(Number(process.argv[2] ?? 7400), HOST, () => {
  say({ listening: `tcp://${HOST}:${server.address().port}` })
})
