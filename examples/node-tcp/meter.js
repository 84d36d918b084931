// The observer: each shard has an instance of its own, and sees all events of its
// streams, in order and one at a time. So it needs no locks and no maps.

/** Counts bytes by session. Methods are named as the events; only those that are there are called. */
export class Meter {
  finished = 0
  finishedBytes = 0
  /** The session that moved the most, of those that have finished. */
  busiest = { streamId: '', bytes: -1 }
  /** By slot: a small integer that is a session's own for as long as it lives, so an array is enough. */
  #bytes = []

  eventStart({ slot }) {
    this.#bytes[slot] = 0
  }

  eventTraffic({ slot, traffic }) {
    // A session that began before we were there has traffic and no start.
    this.#bytes[slot] = (this.#bytes[slot] ?? 0) + traffic
  }

  eventFinish({ slot, streamId }) {
    const bytes = this.#bytes[slot] ?? 0
    this.finished++
    this.finishedBytes += bytes
    // The event object is yours to keep; here two of its values are enough.
    if (bytes > this.busiest.bytes) this.busiest = { streamId, bytes }
  }

  /** The session has ended, or was idle and gave way: the slot may be another session's next. */
  streamReleased(slot) {
    this.#bytes[slot] = 0
  }
}

/** What the meters of all shards say together. */
export function sum(meters) {
  const busiest = meters
    .map((meter) => meter.busiest)
    .reduce((one, two) => (two.bytes > one.bytes ? two : one))
  return {
    finished: meters.reduce((total, meter) => total + meter.finished, 0),
    finishedBytes: meters.reduce((total, meter) => total + meter.finishedBytes, 0),
    busiest: busiest.bytes < 0 ? undefined : busiest,
  }
}
