// The observers of a contestant: which class the setting asks for, one a factory and shard, and what they found.

import type { Answer, Setting } from '../contestants/contestant.js'
import type * as events from '../events.js'
import { mergeTallies, sameTally } from '../tally.js'
import { AsyncMeter } from './async-meter.js'
import { CountMeter } from './count-meter.js'

/** An event of a contestant that gives slots has one; of another, not. */
export type OfKind<Event, Slot> = Event & Slot
export interface WithSlot {
  readonly slot: number
}

/** An observer's methods, an event each. */
export interface EventMethods<Slot = unknown> {
  eventStart(event: OfKind<events.EventStart, Slot>): unknown
  eventConnectedToDC(event: OfKind<events.EventConnectedToDC, Slot>): unknown
  eventTraffic(event: OfKind<events.EventTraffic, Slot>): unknown
  eventFinish(event: OfKind<events.EventFinish, Slot>): unknown
  eventDomainFronting(event: OfKind<events.EventDomainFronting, Slot>): unknown
  eventConcurrencyLimited(event: OfKind<events.EventConcurrencyLimited, Slot>): unknown
  eventIPBlocklisted(event: OfKind<events.EventIPBlocklisted, Slot>): unknown
  eventReplayAttack(event: OfKind<events.EventReplayAttack, Slot>): unknown
  eventIPListSize(event: OfKind<events.EventIPListSize, Slot>): unknown
}

/** An observer that tells what it found. */
export interface Meter<Slot = unknown> extends EventMethods<Slot> {
  streamReleased?(slot: number): void
  shutdown?(): void
  readonly tally: Answer
}

/** The observer that the setting asks for. @param keep makes one that keeps each stream's state */
export function meterFor<Slot>(setting: Setting, keep: () => Meter<Slot>): Meter<Slot> {
  if (setting.observer === 'count') return new CountMeter()
  return setting.observer === 'async' ? new AsyncMeter(keep()) : keep()
}

/** As many observers as factories and shards; keeps them, to ask them at the end. */
export class Observers<Slot> {
  /** One a factory; each makes an observer a shard. */
  readonly factories: readonly (() => Meter<Slot>)[]
  private readonly made: Meter<Slot>[][]

  constructor(setting: Setting, keep: () => Meter<Slot>) {
    this.made = Array.from({ length: setting.factories }, () => [])
    this.factories = this.made.map((meters) => () => {
      const meter = meterFor(setting, keep)
      meters.push(meter)
      return meter
    })
  }

  /** What those of one factory found. @throws Error those of another found something else */
  answer(): Answer {
    const answers = this.made.map((meters) => mergeTallies(meters.map(({ tally }) => tally)))
    const [first = {}, ...others] = answers
    if (!others.every((other) => sameTally(first, other))) throw new Error('the factories differ')
    return first
  }
}
