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

/** What a router's observers found, and how it makes them. */
export interface ObserverSource<Observer> {
  /** One a factory; each makes an observer a shard. */
  readonly factories: readonly (() => Observer)[]
  answer(): Answer
}

/** As many observers as factories and shards; keeps them, to ask them at the end. */
export class Observers<Made extends { readonly tally: Answer }> implements ObserverSource<Made> {
  readonly factories: readonly (() => Made)[]
  private readonly made: Made[][]

  constructor(factories: number, make: () => Made) {
    this.made = Array.from({ length: factories }, () => [])
    this.factories = this.made.map((observers) => () => {
      const observer = make()
      observers.push(observer)
      return observer
    })
  }

  /** What those of one factory found. @throws Error those of another found something else */
  answer(): Answer {
    const answers = this.made.map((observers) => mergeTallies(observers.map(({ tally }) => tally)))
    const [first = {}, ...others] = answers
    if (!others.every((other) => sameTally(first, other))) throw new Error('the factories differ')
    return first
  }
}

/** The observers that the setting asks for. @param keep makes one that keeps each stream's state */
export const meters = <Slot>(setting: Setting, keep: () => Meter<Slot>): Observers<Meter<Slot>> =>
  new Observers(setting.factories, () => meterFor(setting, keep))
