// The observer, and a router small enough for the edge.

import { createRouter, type FrameError } from 'shardwire'
import { type EventStart, type EventTraffic, mtg, type Observer } from 'shardwire/mtg'

/** A shard's instance sees all events of its streams, in order and one at a time. */
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

/**
 * All memory is taken here: 0.8 MB for 1,024 streams, 2.2 MB for 4,096. With more streams idle ones give
 * way, and a longer frame is lost framing; neither takes more memory, whatever a client sends.
 */
export function open(streams: number, onFrameError?: (error: FrameError) => void) {
  const meter = new Meter()
  const router = createRouter(mtg, {
    // One thread has no use for more, unless observers return promises: a shard waits for its own alone.
    shards: 1,
    streams,
    ringBytes: 65_536,
    maxFrameBytes: 4_096,
    observers: [() => meter],
    onFrameError,
  })
  return { router, report: (stats = router.stats()) => ({ stats, meter: { ...meter } }) }
}
