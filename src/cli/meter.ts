// The observer of `shardwire replay`: counts events by kind, adds up the bytes of
// each direction, and times sessions, keeping its state by slot. A router makes one
// a shard; `total` puts them together.

import type { Event, EventFinish, EventStart, EventTraffic, Observer } from '../mtg/index.js'

/** A session from its start to its finish. */
export interface Session {
  readonly streamId: string
  readonly milliseconds: number
  readonly shard: number
}

export interface Traffic {
  readonly fromClientBytes: number
  readonly toClientBytes: number
}

export class Meter implements Observer {
  /** Events by kind. */
  readonly counts = new Map<string, number>()
  fromClientBytes = 0
  toClientBytes = 0
  /** The longest session that has finished; undefined before the first. */
  longest: Session | undefined
  readonly #shard: number
  /** Milliseconds since the epoch, by slot; undefined where the beginning wasn't seen. */
  readonly #starts: (number | undefined)[] = []

  constructor(shard: number) {
    this.#shard = shard
  }

  eventStart(event: EventStart): void {
    this.#count(event)
    this.#starts[event.slot] = event.timestamp
  }

  eventTraffic(event: EventTraffic): void {
    this.#count(event)
    if (event.isRead) this.toClientBytes += event.traffic
    else this.fromClientBytes += event.traffic
  }

  eventFinish(event: EventFinish): void {
    this.#count(event)
    const start = this.#starts[event.slot]
    if (start === undefined) return
    // Timestamps may step back: a session doesn't last less than nothing.
    const milliseconds = Math.max(0, event.timestamp - start)
    if (this.longest !== undefined && milliseconds <= this.longest.milliseconds) return
    this.longest = { streamId: event.streamId, milliseconds, shard: this.#shard }
  }

  /** The slot may be another stream's next. */
  streamReleased(slot: number): void {
    this.#starts[slot] = undefined
  }

  eventConnectedToDC(event: Event): void {
    this.#count(event)
  }

  eventDomainFronting(event: Event): void {
    this.#count(event)
  }

  eventConcurrencyLimited(event: Event): void {
    this.#count(event)
  }

  eventIPBlocklisted(event: Event): void {
    this.#count(event)
  }

  eventReplayAttack(event: Event): void {
    this.#count(event)
  }

  eventIPListSize(event: Event): void {
    this.#count(event)
  }

  #count({ event }: Event): void {
    this.counts.set(event, (this.counts.get(event) ?? 0) + 1)
  }
}
