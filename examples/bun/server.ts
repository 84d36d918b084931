// A TCP service on Bun.listen, whose sockets are no streams but call functions: so this is
// also how any transport is written, with a source and nothing else.
//
//   bun start 7400
//   bunx shardwire generate --to tcp://127.0.0.1:7400

import type { Socket } from 'bun'
import { createRouter, type ShardwireError, type Source } from 'shardwire'
import { type EventStart, type EventTraffic, mtg, type Observer } from 'shardwire/mtg'

/** Connections at once. A router takes 1,024 sources. */
const MAX_CONNECTIONS = 1_000

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
  onFrameError: (error) => say({ rejected: error.message }),
})

/** A connection's source: its own partial frame, its own backpressure. */
interface Connection {
  readonly source: Source
}
const sockets = new Set<Socket<Connection>>()

function take(socket: Socket<Connection>, bytes: Uint8Array): void {
  const { source } = socket.data
  try {
    // true: all of it is routed, and the buffer is Bun's again.
    if (source.write(bytes)) return
  } catch (error) {
    // Lost framing: these bytes aren't frames. This connection ends; others go on.
    say({ connection: (error as ShardwireError).message, code: (error as ShardwireError).code })
    socket.terminate()
    return
  }
  // A shard's ring is full. The rest is held until there is room; TCP holds the peer back.
  socket.pause()
  source.ready().then(
    () => socket.resume(),
    () => socket.terminate(),
  )
}

const server = Bun.listen<Connection>({
  hostname: '127.0.0.1',
  port: Number(process.argv[2] ?? 7400),
  // A peer that has sent everything ends its side, and we end ours when all of it was routed.
  allowHalfOpen: true,
  socket: {
    open(socket) {
      if (sockets.size >= MAX_CONNECTIONS) return void socket.terminate()
      socket.data = { source: router.source() }
      sockets.add(socket)
    },
    data: take,
    async end(socket) {
      const { source } = socket.data
      // A frame that was cut off counts as rejected.
      await source.end()
      await source.settled()
      socket.end()
    },
    close(socket) {
      sockets.delete(socket)
      void socket.data?.source.end()
    },
    error: (_socket, error) => say({ connection: error.message }),
  },
})

/** One JSON object a line: whatever a peer put into its bytes can't write to the terminal as it likes. */
function say(what: unknown): void {
  console.error(JSON.stringify(what))
}

function report(stats = router.stats()) {
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  return {
    connections: sockets.size,
    sessions: sum(meters.map((meter) => meter.sessions)),
    bytes: sum(meters.map((meter) => meter.bytes)),
    most: Math.max(...meters.map((meter) => meter.most)),
    stats,
  }
}

async function stop(): Promise<void> {
  // First nobody new, then nothing more of those who are there; what was read is still routed.
  server.stop()
  for (const socket of sockets) socket.terminate()
  const stats = await router.shutdown()
  say(report(stats))
  // Failed only if the shutdown's deadline cut off events that had been accepted.
  process.exit(stats.droppedBy.deadline === undefined ? 0 : 1)
}

process.on('SIGUSR2', () => say(report()))
// Once: a second Ctrl-C ends the process at once.
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
say({ listening: `tcp://${server.hostname}:${server.port}` })
