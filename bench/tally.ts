// What every contestant's observer has to find out, and the expected answer.

import { type BenchEvent, EVENT_NAMES } from './events.js'

/** The answer. Sums and maxima only, so that neither shards nor slots show in it. */
export interface Tally {
  /** Events of each kind, in the order of `EVENT_NAMES`. */
  readonly kinds: readonly number[]
  /** Bytes of traffic towards and from the client. */
  readonly bytesRead: number
  readonly bytesWritten: number
  /** Streams started and not finished. */
  readonly live: number
  /** Sum of `foldStream` over the bytes of each stream that ever was. */
  readonly streamChecksum: number
  /** Letters in all addresses, and the sum of all data centres' numbers. */
  readonly addressLetters: number
  readonly dataCentres: number
  /** Sum of the sizes of IP lists, negative for allow lists. */
  readonly listSizes: number
  /** The newest timestamp, in milliseconds. */
  readonly newest: number
}

/** What an answer has to tell. */
export const TALLY_NAMES = [
  'kinds',
  'bytesRead',
  'bytesWritten',
  'live',
  'streamChecksum',
  'addressLetters',
  'dataCentres',
  'listSizes',
  'newest',
] as const satisfies readonly (keyof Tally)[]

/** One stream's share of the checksum: 0 for 0 bytes, else its bytes well mixed (32 bits). */
export function foldStream(bytes: number): number {
  let mixed = bytes | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}

/** The answers of several shards as one; of what all of them know. */
export function mergeTallies<Known extends Partial<Tally>>(tallies: readonly Known[]): Known {
  const merged: Partial<Record<keyof Tally, number | number[]>> = {}
  for (const name of Object.keys(tallies[0] ?? {}) as (keyof Tally)[]) {
    const values = tallies.map((tally) => tally[name])
    if (name === 'kinds') {
      const columns = values as (readonly number[])[]
      merged[name] = EVENT_NAMES.map((_, kind) => columns.reduce((sum, counts) => sum + counts[kind]!, 0))
    } else if (name === 'newest') merged[name] = Math.max(...(values as number[]))
    else {
      const sum = (values as number[]).reduce((total, value) => total + value, 0)
      merged[name] = name === 'streamChecksum' ? sum | 0 : sum
    }
  }
  return merged as unknown as Known
}

/** Finds the expected answer, from events read by the plain reader. */
export class Expectation {
  private readonly kinds = new Map<string, number>()
  private readonly streams = new Map<string, number>()
  private readonly sums = { bytesRead: 0, bytesWritten: 0, live: 0, addressLetters: 0, dataCentres: 0 }
  private finished = 0
  private listSizes = 0
  private newest = 0

  add(event: BenchEvent): void {
    const { kinds, streams, sums } = this
    kinds.set(event.event, (kinds.get(event.event) ?? 0) + 1)
    this.newest = Math.max(this.newest, event.timestamp)
    if ('remoteIP' in event) sums.addressLetters += event.remoteIP.length
    if (event.event === 'EventStart') sums.live++
    else if (event.event === 'EventConnectedToDC') sums.dataCentres += event.dc
    else if (event.event === 'EventIPListSize') {
      this.listSizes += event.isBlockList ? event.size : -event.size
    } else if (event.event === 'EventTraffic') {
      sums[event.isRead ? 'bytesRead' : 'bytesWritten'] += event.traffic
      streams.set(event.streamId, (streams.get(event.streamId) ?? 0) + event.traffic)
    } else if (event.event === 'EventFinish') {
      sums.live--
      this.finished += foldStream(streams.get(event.streamId) ?? 0)
      streams.delete(event.streamId)
    }
  }

  /** The answer to all events so far. */
  get tally(): Tally {
    let checksum = this.finished
    for (const bytes of this.streams.values()) checksum += foldStream(bytes)
    return {
      ...this.sums,
      kinds: EVENT_NAMES.map((name) => this.kinds.get(name) ?? 0),
      streamChecksum: checksum | 0,
      listSizes: this.listSizes,
      newest: this.newest,
    }
  }
}

const text = (value: unknown): string => JSON.stringify(value) ?? 'not there'

/** The names of what differs, with both values; empty when nothing does. @param names what is looked at */
export function differences(
  expected: Partial<Tally>,
  actual: Partial<Tally>,
  names: readonly string[] = Object.keys(expected),
): string[] {
  const known = (names as (keyof Tally)[]).filter((name) => name in expected)
  return known
    .filter((name) => text(expected[name]) !== text(actual[name]))
    .map((name) => `${name} is ${text(actual[name])}, expected ${text(expected[name])}`)
}

/** Whether two answers are the same, parts that one lacks included. */
export const sameTally = (one: Partial<Tally>, other: Partial<Tally>): boolean =>
  differences(one, other).length === 0 && differences(other, one).length === 0
