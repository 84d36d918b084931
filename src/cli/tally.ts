// The observers of `shardwire replay` and what they found. For mtg's schema that is
// the meter; for any other, events by kind are what all schemas have.

import { mtg } from '../mtg/index.js'
import type { AnySchema, ObserverBase } from '../schema.js'
import { Meter, type Session, type Traffic } from './meter.js'

/** One observer a shard, and what they all saw. */
export interface Tally {
  /** For `createRouter`. */
  readonly factory: (shard: number) => ObserverBase
  /** Events that reached the observers: of this kind, by shard. */
  count(event: string, shard: number): number
  /** Undefined where the schema's events carry none. */
  readonly traffic: () => Traffic | undefined
  readonly longestSession: () => Session | undefined
}

function meterTally(): Tally {
  const meters: Meter[] = []
  const sum = (of: (meter: Meter) => number): number => meters.reduce((total, meter) => total + of(meter), 0)
  return {
    factory: (shard) => {
      const meter = new Meter(shard)
      meters[shard] = meter
      return meter
    },
    count: (event, shard) => meters[shard]?.counts.get(event) ?? 0,
    traffic: () => ({
      fromClientBytes: sum((meter) => meter.fromClientBytes),
      toClientBytes: sum((meter) => meter.toClientBytes),
    }),
    longestSession: () =>
      meters.reduce<Session | undefined>((best, { longest }) => {
        if (best === undefined || longest === undefined) return best ?? longest
        return longest.milliseconds > best.milliseconds ? longest : best
      }, undefined),
  }
}

/** Counts whatever comes, by the schema's own list of events. */
function countTally(schema: AnySchema): Tally {
  const shards: Map<string, number>[] = []
  return {
    factory: (shard) => {
      const counts = new Map<string, number>()
      shards[shard] = counts
      const methods = schema.templates.map(({ event, method }) => {
        const count = (): void => {
          counts.set(event, (counts.get(event) ?? 0) + 1)
        }
        return [method, count] as const
      })
      return Object.fromEntries(methods)
    },
    count: (event, shard) => shards[shard]?.get(event) ?? 0,
    traffic: () => undefined,
    longestSession: () => undefined,
  }
}

export function tallyOf(schema: AnySchema): Tally {
  return schema === mtg ? meterTally() : countTally(schema)
}
