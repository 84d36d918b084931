// The observer: each shard has an instance, and sees all events of its streams, in
// order and one at a time.

import type { EventStart, EventTraffic, Observer } from 'shardwire/mtg'

export class Meter implements Partial<Observer> {
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
