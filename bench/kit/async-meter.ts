// An observer with async methods: each call gives a promise, which whoever promises
// one call at a time has to wait for. The work is another observer's.

import type { Answer } from '../contestants/contestant.js'
import type * as events from '../events.js'
import type { Meter, OfKind } from './observers.js'

export class AsyncMeter<Slot> implements Meter<Slot> {
  private readonly meter: Meter<Slot>

  constructor(meter: Meter<Slot>) {
    this.meter = meter
  }

  async eventStart(event: OfKind<events.EventStart, Slot>): Promise<void> {
    this.meter.eventStart(event)
  }

  async eventConnectedToDC(event: OfKind<events.EventConnectedToDC, Slot>): Promise<void> {
    this.meter.eventConnectedToDC(event)
  }

  async eventTraffic(event: OfKind<events.EventTraffic, Slot>): Promise<void> {
    this.meter.eventTraffic(event)
  }

  async eventFinish(event: OfKind<events.EventFinish, Slot>): Promise<void> {
    this.meter.eventFinish(event)
  }

  async eventDomainFronting(event: OfKind<events.EventDomainFronting, Slot>): Promise<void> {
    this.meter.eventDomainFronting(event)
  }

  async eventConcurrencyLimited(event: OfKind<events.EventConcurrencyLimited, Slot>): Promise<void> {
    this.meter.eventConcurrencyLimited(event)
  }

  async eventIPBlocklisted(event: OfKind<events.EventIPBlocklisted, Slot>): Promise<void> {
    this.meter.eventIPBlocklisted(event)
  }

  async eventReplayAttack(event: OfKind<events.EventReplayAttack, Slot>): Promise<void> {
    this.meter.eventReplayAttack(event)
  }

  async eventIPListSize(event: OfKind<events.EventIPListSize, Slot>): Promise<void> {
    this.meter.eventIPListSize(event)
  }

  streamReleased(slot: number): void {
    this.meter.streamReleased?.(slot)
  }

  shutdown(): void {
    this.meter.shutdown?.()
  }

  get tally(): Answer {
    return this.meter.tally
  }
}
