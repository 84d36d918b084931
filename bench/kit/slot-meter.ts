// The observer of the contestants that give slots: state of a stream in an array.

import type * as events from '../events.js'
import { foldStream, type Tally } from '../tally.js'
import type { Meter, WithSlot } from './observers.js'

type Slotted<Event> = events.Slotted<Event>

export class SlotMeter implements Meter<WithSlot> {
  private starts = 0
  private connects = 0
  private traffics = 0
  private finishes = 0
  private fronted = 0
  private limited = 0
  private blocklisted = 0
  private replays = 0
  private lists = 0
  private bytesRead = 0
  private bytesWritten = 0
  private live = 0
  private streamChecksum = 0
  private addressLetters = 0
  private dataCentres = 0
  private listSizes = 0
  private newest = 0
  /** Bytes of the stream that has the slot. */
  private bytes = new Float64Array(256)

  eventStart(event: Slotted<events.EventStart>): void {
    this.starts++
    this.live++
    this.addressLetters += event.remoteIP.length
    if (event.timestamp > this.newest) this.newest = event.timestamp
  }

  eventConnectedToDC(event: Slotted<events.EventConnectedToDC>): void {
    this.connects++
    this.addressLetters += event.remoteIP.length
    this.dataCentres += event.dc
    if (event.timestamp > this.newest) this.newest = event.timestamp
  }

  eventTraffic(event: Slotted<events.EventTraffic>): void {
    this.traffics++
    if (event.isRead) this.bytesRead += event.traffic
    else this.bytesWritten += event.traffic
    if (event.slot >= this.bytes.length) this.grow(event.slot)
    this.bytes[event.slot]! += event.traffic
    if (event.timestamp > this.newest) this.newest = event.timestamp
  }

  eventFinish(event: Slotted<events.EventFinish>): void {
    this.finishes++
    this.live--
    if (event.timestamp > this.newest) this.newest = event.timestamp
  }

  eventDomainFronting(event: Slotted<events.EventDomainFronting>): void {
    this.fronted++
    if (event.timestamp > this.newest) this.newest = event.timestamp
  }

  eventConcurrencyLimited(event: Slotted<events.EventConcurrencyLimited>): void {
    this.limited++
    if (event.timestamp > this.newest) this.newest = event.timestamp
  }

  eventIPBlocklisted(event: Slotted<events.EventIPBlocklisted>): void {
    this.blocklisted++
    this.addressLetters += event.remoteIP.length
    if (event.timestamp > this.newest) this.newest = event.timestamp
  }

  eventReplayAttack(event: Slotted<events.EventReplayAttack>): void {
    this.replays++
    if (event.timestamp > this.newest) this.newest = event.timestamp
  }

  eventIPListSize(event: Slotted<events.EventIPListSize>): void {
    this.lists++
    this.listSizes += event.isBlockList ? event.size : -event.size
    if (event.timestamp > this.newest) this.newest = event.timestamp
  }

  streamReleased(slot: number): void {
    if (slot >= this.bytes.length) return
    this.streamChecksum = (this.streamChecksum + foldStream(this.bytes[slot]!)) | 0
    this.bytes[slot] = 0
  }

  shutdown(): void {
    for (let slot = 0; slot < this.bytes.length; slot++) this.streamReleased(slot)
  }

  get tally(): Tally {
    const { bytesRead, bytesWritten, live, streamChecksum, addressLetters, dataCentres, listSizes, newest } =
      this
    return {
      kinds: [
        this.starts,
        this.connects,
        this.traffics,
        this.finishes,
        this.fronted,
        this.limited,
        this.blocklisted,
        this.replays,
        this.lists,
      ],
      bytesRead,
      bytesWritten,
      live,
      streamChecksum,
      addressLetters,
      dataCentres,
      listSizes,
      newest,
    }
  }

  private grow(slot: number): void {
    const larger = new Float64Array(2 ** Math.ceil(Math.log2(slot + 1)))
    larger.set(this.bytes)
    this.bytes = larger
  }
}
