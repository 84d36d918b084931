// Which sessions moved the most bytes? Reads a recording, one observer a shard.
//
//   npm run build && npx tsc -p examples
//   node build/examples/meter.js test/vectors/mtg-edge.sbe

import { createReadStream } from 'node:fs'
import { createRouter } from 'shardwire'
import { type EventFinish, type EventStart, type EventTraffic, mtg, type Observer } from 'shardwire/mtg'

interface Session {
  readonly streamId: string
  readonly bytes: number
}

const TOP = 5

/** Sees all events of its shard's streams, in order and one at a time: no locks, no maps. */
class Meter implements Partial<Observer> {
  top: Session[] = []
  /** By slot: a small integer that is a stream's own for as long as it lives. */
  readonly #bytes: number[] = []

  eventStart({ slot }: EventStart): void {
    this.#bytes[slot] = 0
  }

  eventTraffic({ slot, traffic }: EventTraffic): void {
    this.#bytes[slot] = (this.#bytes[slot] ?? 0) + traffic
  }

  eventFinish({ slot, streamId }: EventFinish): void {
    this.top = busiest([...this.top, { streamId, bytes: this.#bytes[slot] ?? 0 }])
  }

  /** The slot may be another stream's next. */
  streamReleased(slot: number): void {
    this.#bytes[slot] = 0
  }
}

function busiest(sessions: readonly Session[]): Session[] {
  return [...sessions].sort((one, other) => other.bytes - one.bytes).slice(0, TOP)
}

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('give a recording: meter.js FILE')

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
  onFrameError: (error) => console.error(error.message),
})
for await (const chunk of createReadStream(file)) {
  // False: a shard's ring is full. The file isn't read on until there is room.
  if (!router.write(chunk)) await router.ready()
}
const { received, delivered, ignored, dropped, rejected } = await router.shutdown()

for (const { streamId, bytes } of busiest(meters.flatMap((meter) => meter.top))) {
  // An ID is whatever its producer sent: JSON keeps control characters off the terminal.
  console.log(`${bytes} bytes  ${JSON.stringify(streamId)}`)
}
console.log(
  `${received} frames: ${delivered} events delivered, ${ignored} ignored, ${dropped} dropped; ${rejected} frames rejected`,
)
