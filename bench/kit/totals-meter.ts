// The observer of contestants that keep a stream's state for it, beside the stream: everything but that state.

import type * as events from '../events.js'
import { foldStream, type Tally } from '../tally.js'
import type { Meter } from './observers.js'

export class TotalsMeter implements Meter {
  private readonly kinds = new Array<number>(9).fill(0)
  private bytesRead = 0
  private bytesWritten = 0
  private live = 0
  private streamChecksum = 0
  private addressLetters = 0
  private dataCentres = 0
  private listSizes = 0
  private newest = 0

  /** A stream is over, or everything is. */
  ended(bytes: number): void {
    this.streamChecksum = (this.streamChecksum + foldStream(bytes)) | 0
  }

  eventStart(event: events.EventStart): void {
    this.seen(0, event.timestamp)
    this.live++
    this.addressLetters += event.remoteIP.length
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
  }

  eventFinish(event: events.EventFinish): void {
    this.seen(3, event.timestamp)
    this.live--
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
    const { streamChecksum } = this
    // biome-ignore format: the answer's parts
    return { kinds, bytesRead, bytesWritten, live, streamChecksum, addressLetters, dataCentres, listSizes, newest }
  }
}
