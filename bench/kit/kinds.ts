// Events told apart by a small integer, and the typed call for each: what remains to do once a
// format has decoded an event. A switch, since that is what an engine compiles best.

import type * as events from '../events.js'
import { type BenchEvent, EVENT_NAMES } from '../events.js'
import type { EventMethods } from './observers.js'

/** An event without its name: `kind` is its template's number, 1 to 9, as in the schema. */
export interface Numbered {
  readonly kind: number
}

/** The number of an event's name. A search of a few words is faster than a Map's. */
export const kindOf = (event: Pick<BenchEvent, 'event'>): number => EVENT_NAMES.indexOf(event.event) + 1

/**
 * Calls the observer's method.
 * @param event has the fields of an event of this kind
 * @returns what the method returned
 */
export function deliver(observer: EventMethods, kind: number, event: object): unknown {
  switch (kind) {
    case 1:
      return observer.eventStart(event as events.EventStart)
    case 2:
      return observer.eventConnectedToDC(event as events.EventConnectedToDC)
    case 3:
      return observer.eventTraffic(event as events.EventTraffic)
    case 4:
      return observer.eventFinish(event as events.EventFinish)
    case 5:
      return observer.eventDomainFronting(event as events.EventDomainFronting)
    case 6:
      return observer.eventConcurrencyLimited(event as events.EventConcurrencyLimited)
    case 7:
      return observer.eventIPBlocklisted(event as events.EventIPBlocklisted)
    case 8:
      return observer.eventReplayAttack(event as events.EventReplayAttack)
    case 9:
      return observer.eventIPListSize(event as events.EventIPListSize)
    default:
      throw new Error(`there is no event of kind ${kind}`)
  }
}
