// The observer that keeps each stream's state in a Map by stream ID: what one writes where there are no slots.

import type * as events from '../events.js'
import { foldStream, type Tally } from '../tally.js'
import type { Meter } from './observers.js'

interface Session {
  bytes: number
}

export class MapMeter implements Meter {
  private readonly kinds = new Array<number>(9).fill(0)
  private readonly sessions = new Map<string, Session>()
  private bytesRead = 0
  private bytesWritten = 0
  private live = 0
  private streamChecksum = 0
  private addressLetters = 0
  private dataCentres = 0
  private listSizes = 0
  private newest = 0

  eventStart(event: events.EventStart): void {
    this.seen(0, event.timestamp)
    this.live++
    this.addressLetters += event.remoteIP.length
    this.sessions.set(event.streamId, { bytes: 0 })
  }

  eventConnectedToDC(event: events.EventConnectedToDC): void {
    this.seen(1, event.timestamp)
    this.addressLetters += event.remoteIP.length
    this.dataCentres += event.dc
  }

  eventTraffic(event: events.EventTraffic): void {
    this.seen(2, event.timestamp)
    if (event.isRead) this.bytesRead += event.traffic
    else this.bytesWritten += event.traffic
    const session = this.sessions.get(event.streamId)
    if (session !== undefined) session.bytes += event.traffic
    else this.sessions.set(event.streamId, { bytes: event.traffic })
  }

  eventFinish(event: events.EventFinish): void {
    this.seen(3, event.timestamp)
    this.live--
    this.streamChecksum += foldStream(this.sessions.get(event.streamId)?.bytes ?? 0)
    this.sessions.delete(event.streamId)
  }

  eventDomainFronting(event: events.EventDomainFronting): void {
    this.seen(4, event.timestamp)
  }

  eventConcurrencyLimited(event: events.EventConcurrencyLimited): void {
    this.seen(5, event.timestamp)
  }

  eventIPBlocklisted(event: events.EventIPBlocklisted): void {
    this.seen(6, event.timestamp)
    this.addressLetters += event.remoteIP.length
  }

  eventReplayAttack(event: events.EventReplayAttack): void {
    this.seen(7, event.timestamp)
  }

  eventIPListSize(event: events.EventIPListSize): void {
    this.seen(8, event.timestamp)
    this.listSizes += event.isBlockList ? event.size : -event.size
  }

  private seen(kind: number, timestamp: number): void {
    this.kinds[kind]!++
    if (timestamp > this.newest) this.newest = timestamp
  }

  get tally(): Tally {
    const { kinds, bytesRead, bytesWritten, live, addressLetters, dataCentres, listSizes, newest } = this
    let sum = this.streamChecksum
    for (const { bytes } of this.sessions.values()) sum += foldStream(bytes)
    const streamChecksum = sum | 0
    // biome-ignore format: the answer's parts
    return { kinds, bytesRead, bytesWritten, live, streamChecksum, addressLetters, dataCentres, listSizes, newest }
  }
}
