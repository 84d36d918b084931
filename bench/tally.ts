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

/** One stream's share of the checksum: 0 for 0 bytes, else its bytes well mixed (32 bits). */
export function foldStream(bytes: number): number {
  let mixed = bytes | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}

/** The answers of several shards as one. */
export function mergeTallies(tallies: readonly Tally[]): Tally {
  const sum = (pick: (tally: Tally) => number) => tallies.reduce((total, tally) => total + pick(tally), 0)
  return {
    kinds: EVENT_NAMES.map((_, kind) => sum((tally) => tally.kinds[kind]!)),
    bytesRead: sum((tally) => tally.bytesRead),
    bytesWritten: sum((tally) => tally.bytesWritten),
    live: sum((tally) => tally.live),
    streamChecksum: sum((tally) => tally.streamChecksum) | 0,
    addressLetters: sum((tally) => tally.addressLetters),
    dataCentres: sum((tally) => tally.dataCentres),
    listSizes: sum((tally) => tally.listSizes),
    newest: Math.max(...tallies.map((tally) => tally.newest)),
  }
}

/** The expected answer, from events read by the plain reader. */
export function expectedTally(events: Iterable<BenchEvent>): Tally {
  const kinds = new Map<string, number>()
  const streams = new Map<string, number>()
  const expected = { bytesRead: 0, bytesWritten: 0, live: 0, addressLetters: 0, dataCentres: 0 }
  let streamChecksum = 0
  let listSizes = 0
  let newest = 0
  for (const event of events) {
    kinds.set(event.event, (kinds.get(event.event) ?? 0) + 1)
    newest = Math.max(newest, event.timestamp)
    if ('remoteIP' in event) expected.addressLetters += event.remoteIP.length
    if (event.event === 'EventStart') expected.live++
    else if (event.event === 'EventConnectedToDC') expected.dataCentres += event.dc
    else if (event.event === 'EventIPListSize') listSizes += event.isBlockList ? event.size : -event.size
    else if (event.event === 'EventTraffic') {
      expected[event.isRead ? 'bytesRead' : 'bytesWritten'] += event.traffic
      streams.set(event.streamId, (streams.get(event.streamId) ?? 0) + event.traffic)
    } else if (event.event === 'EventFinish') {
      expected.live--
      streamChecksum += foldStream(streams.get(event.streamId) ?? 0)
      streams.delete(event.streamId)
    }
  }
  for (const bytes of streams.values()) streamChecksum += foldStream(bytes)
  return {
    ...expected,
    kinds: EVENT_NAMES.map((name) => kinds.get(name) ?? 0),
    streamChecksum: streamChecksum | 0,
    listSizes,
    newest,
  }
}

/** The names of what differs, with both values; empty when nothing does. */
export function differences(expected: Tally, actual: Tally): string[] {
  return (Object.keys(expected) as (keyof Tally)[])
    .filter((name) => JSON.stringify(expected[name]) !== JSON.stringify(actual[name]))
    .map((name) => `${name} is ${JSON.stringify(actual[name])}, expected ${JSON.stringify(expected[name])}`)
}
