// A Deno service: frames by POST or by WebSocket, one router for all of them.
//
//   deno task start 8000
//   npx shardwire generate -o - | curl --data-binary @- http://127.0.0.1:8000/

import { createRouter, FrameError } from 'shardwire'
import { type EventStart, type EventTraffic, mtg, type Observer } from 'shardwire/mtg'
import { pipeStream, pipeWebSocket } from 'shardwire/transports'

/** One a shard: sees all events of its streams, in order and one at a time. */
class Meter implements Partial<Observer> {
  sessions = 0
  bytes = 0
  /** The most that one session moved. */
  most = 0
  /** By slot: a small integer that is a session's own for as long as it lives. */
  readonly #bytes: number[] = []

  eventStart({ slot }: EventStart): void {
    this.sessions++
    this.#bytes[slot] = 0
  }

  eventTraffic({ slot, traffic }: EventTraffic): void {
    const bytes = (this.#bytes[slot] ?? 0) + traffic
    this.#bytes[slot] = bytes
    this.bytes += traffic
    this.most = Math.max(this.most, bytes)
  }

  /** The slot may be another session's next. */
  streamReleased(slot: number): void {
    this.#bytes[slot] = 0
  }
}

const meters: Meter[] = []
const router = createRouter(mtg, {
  shards: 4,
  observers: [
    () => {
      const meter = new Meter()
      meters.push(meter)
      return meter
    },
  ],
  // Of malformed frames, at most ten a second; stats() counts all.
  onFrameError: (error) => console.error(JSON.stringify({ rejected: error.message })),
})

/** Aborted when the process is to stop: every pipe ends, and what it had read is still routed. */
const stopping = new AbortController()
const sockets = new Set<Promise<unknown>>()

function report() {
  const { sessions, bytes, most } = meters.reduce(
    (sum, meter) => ({
      sessions: sum.sessions + meter.sessions,
      bytes: sum.bytes + meter.bytes,
      most: Math.max(sum.most, meter.most),
    }),
    { sessions: 0, bytes: 0, most: 0 },
  )
  return { sessions, bytes, most, stats: router.stats() }
}

async function post(request: Request): Promise<Response> {
  try {
    // A source of its own. The body is read as fast as observers take it, and never as a whole.
    if (request.body !== null) await pipeStream(request.body, router, { signal: stopping.signal })
    return Response.json(report())
  } catch (error) {
    if (!(error instanceof FrameError)) throw error
    // Lost framing: these bytes aren't frames. (A frame that is malformed by itself costs that frame alone.)
    const { code, message } = error
    return Response.json({ error: { code, message } }, { status: 400 })
  }
}

function upgrade(request: Request): Response {
  const { socket, response } = Deno.upgradeWebSocket(request)
  // Each message holds whole frames. Lost framing closes this socket, and no other.
  const done = pipeWebSocket(socket, router, {
    signal: stopping.signal,
    onText: (text) => {
      if (text === 'stats') socket.send(JSON.stringify(report()))
    },
  })
    .catch((error) => console.error(JSON.stringify({ socket: error.message, code: error.code })))
    .finally(() => sockets.delete(done))
  sockets.add(done)
  return response
}

const server = Deno.serve(
  {
    hostname: '127.0.0.1',
    port: Number(Deno.args[0] ?? 8000),
    onListen: ({ hostname, port }) =>
      console.error(JSON.stringify({ listening: `http://${hostname}:${port}` })),
  },
  (request) => {
    if (request.method === 'POST') return post(request)
    if (request.headers.get('upgrade')?.toLowerCase() === 'websocket') return upgrade(request)
    if (request.method === 'GET') return Response.json(report())
    return new Response('GET, POST or WebSocket\n', { status: 405, headers: { allow: 'GET, POST' } })
  },
)

async function stop(): Promise<void> {
  // A second signal ends the process at once.
  for (const signal of SIGNALS) Deno.removeSignalListener(signal, stop)
  stopping.abort()
  await Promise.all(sockets)
  await server.shutdown()
  const stats = await router.shutdown()
  console.error(JSON.stringify({ ...report(), stats }))
  // Failed only if the shutdown's deadline cut off events that had been accepted.
  Deno.exitCode = stats.droppedBy.deadline === undefined ? 0 : 1
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
for (const signal of SIGNALS) Deno.addSignalListener(signal, stop)
