// The observer that keeps each stream's state in a Map by stream ID: what one writes where there are no slots.

import type * as events from '../events.js'
import { foldStream, type Tally } from '../tally.js'
import { TotalsMeter } from './totals-meter.js'

interface Session {
  bytes: number
}

export class MapMeter extends TotalsMeter {
  private readonly sessions = new Map<string, Session>()

  override eventStart(event: events.EventStart): void {
    super.eventStart(event)
    this.sessions.set(event.streamId, { bytes: 0 })
  }

  override eventTraffic(event: events.EventTraffic): void {
    super.eventTraffic(event)
    const session = this.sessions.get(event.streamId)
    if (session !== undefined) session.bytes += event.traffic
    else this.sessions.set(event.streamId, { bytes: event.traffic })
  }

  override eventFinish(event: events.EventFinish): void {
    super.eventFinish(event)
    this.ended(this.sessions.get(event.streamId)?.bytes ?? 0)
    this.sessions.delete(event.streamId)
  }

  /** What isn't finished counts as it is, whenever somebody asks. */
  override get tally(): Tally {
    const known = super.tally
    let sum = known.streamChecksum
    for (const { bytes } of this.sessions.values()) sum += foldStream(bytes)
    return { ...known, streamChecksum: sum | 0 }
  }
}
