// Guarantee 1: events with the same stream ID reach the same observer instance,
// on the shard that mtg would have chosen. Events without one are spread evenly.

import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/mtg/index.js'
import { concat } from '../reference-frames.js'
import { referenceXxHash32 } from '../reference-xxhash32.js'
import {
  assertRig,
  type Call,
  ending,
  eventsOf,
  finish,
  gate,
  idsOfShard,
  keyless,
  microtasks,
  opening,
  recorder,
  rig,
  shardOfId,
  traffic,
} from '../support.js'

/** Two pairs of IDs that have the same xxHash32: found by trying. */
const EQUAL_HASHES = [
  ['s81740', 's245405'],
  ['stream-88vg', 'stream-a0f0'],
] as const

/** Observers that know which instance they are. */
function instances(seen: { name: string; shard: number; event: Event }[], name: string) {
  let made = 0
  return (shard: number) => {
    const own = `${name}${made++}`
    const note = (event: Event): void => {
      seen.push({ name: own, shard, event })
    }
    return { eventStart: note, eventTraffic: note, eventFinish: note, eventIPListSize: note }
  }
}

describe('a stream and its shard', () => {
  for (const shards of [1, 2, 3, 7, 64, 256]) {
    it(`is xxHash32 of the stream ID modulo ${shards} shards`, async () => {
      const calls: Call[] = []
      const tested = rig({ shards, observers: [recorder(calls)] })
      const ids = Array.from({ length: 300 }, (_, index) => `${'x'.repeat(index % 255)}`.slice(3) + index)
      for (const id of ids) expect(tested.router.write(traffic(id, 1))).toBe(true)
      expect(calls.length).toBe(ids.length)
      for (const call of calls) {
        if (call.method !== 'event') continue
        expect(call.shard).toBe(shardOfId(call.event.streamId, shards))
      }
      await finish(tested)
    })
  }

  it('stays the same over ends, restarts and everything in between', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 5, observers: [recorder(calls)] })
    for (let life = 0; life < 20; life++) {
      for (const id of ['a', 'bb', 'ccc', 'zażółć', '流']) {
        tested.router.write(concat(opening(id), traffic(id, life), ...(life % 3 === 0 ? [] : [ending(id)])))
      }
    }
    for (const call of calls) {
      if (call.method === 'event') expect(call.shard).toBe(shardOfId(call.event.streamId, 5))
    }
    await finish(tested)
  })

  it('does not depend on the source, nor on where the bytes were cut', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 8, observers: [recorder(calls)] })
    const sources = Array.from({ length: 9 }, () => tested.router.source())
    const ids = Array.from({ length: 40 }, (_, index) => `stream ${index}`)
    sources.forEach((source, cut) => {
      const bytes = concat(...ids.map((id) => traffic(id, cut)))
      for (let at = 0; at < bytes.length; at += cut + 1) source.write(bytes.subarray(at, at + cut + 1))
    })
    const shardOf = new Map<string, Set<number>>()
    for (const call of calls) {
      if (call.method !== 'event') continue
      const own = shardOf.get(call.event.streamId) ?? new Set()
      shardOf.set(call.event.streamId, own.add(call.shard))
    }
    expect(shardOf.size).toBe(ids.length)
    for (const [id, own] of shardOf) expect([...own]).toEqual([shardOfId(id, 8)])
    await finish(tested)
  })

  it('is the same whether an event was written or sent', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 7, observers: [recorder(calls)] })
    for (const id of ['one', 'two', 'three']) {
      tested.router.write(traffic(id, 1))
      tested.router.send({ event: 'EventTraffic', streamId: id, timestamp: 5, traffic: 2, isRead: true })
    }
    const events = calls.map((call) => (call.method === 'event' ? [call.event.streamId, call.shard] : []))
    for (const [id, shard] of events) expect(shard).toBe(shardOfId(id as string, 7))
    expect(events.length).toBe(6)
    await finish(tested)
  })

  it('R12 keeps streams apart whose IDs have the same xxHash32', async () => {
    for (const [one, other] of EQUAL_HASHES) {
      const hash = (id: string): number => referenceXxHash32(new TextEncoder().encode(id))
      expect(hash(one)).toBe(hash(other))
      const calls: Call[] = []
      const tested = rig({ shards: 4, observers: [recorder(calls)] })
      tested.router.write(
        concat(opening(one), opening(other), traffic(one, 1), traffic(other, 2), ending(one)),
      )
      const slots = new Map(eventsOf(calls).map((event) => [event.streamId, event.slot]))
      expect(slots.get(one)).not.toBe(slots.get(other))
      tested.router.write(concat(traffic(other, 3), ending(other)))
      expect(eventsOf(calls).map(({ event, streamId }) => `${event} ${streamId}`)).toEqual([
        `EventStart ${one}`,
        `EventStart ${other}`,
        `EventTraffic ${one}`,
        `EventTraffic ${other}`,
        `EventFinish ${one}`,
        `EventTraffic ${other}`,
        `EventFinish ${other}`,
      ])
      expect((await finish(tested)).streams).toBe(0)
    }
  })
})

describe('many factories', () => {
  it('each make one instance a shard, and a stream has the same one of each for ever', async () => {
    const seen: { name: string; shard: number; event: Event }[] = []
    const tested = rig({
      shards: 3,
      observers: [instances(seen, 'a'), instances(seen, 'b'), instances(seen, 'c')],
    })
    for (let round = 0; round < 10; round++) {
      for (let stream = 0; stream < 30; stream++) {
        const id = `stream${stream}`
        const frames = [opening, ending].map((make) => make(id))
        tested.router.write(concat(frames[0]!, traffic(id, round), ...(round % 4 === 3 ? [frames[1]!] : [])))
      }
    }
    const byStream = new Map<string, Set<string>>()
    for (const { name, event } of seen) {
      const own = byStream.get(event.streamId) ?? new Set()
      byStream.set(event.streamId, own.add(name))
    }
    for (const [id, names] of byStream) {
      const shard = shardOfId(id, 3)
      expect([...names].sort()).toEqual([`a${shard}`, `b${shard}`, `c${shard}`])
    }
    expect(new Set(seen.map(({ name }) => name)).size).toBe(9)
    const stats = await finish(tested)
    expect(seen.length).toBe(3 * stats.delivered)
  })

  it('get their shard as the argument, shard by shard, in their own order', async () => {
    const made: string[] = []
    const factory = (name: string) => (shard: number) => {
      made.push(name + shard)
      return {}
    }
    const tested = rig({ shards: 2, observers: [factory('a'), factory('b')] })
    expect(made).toEqual(['a0', 'b0', 'a1', 'b1'])
    await finish(tested)
  })

  it('may be the same factory twice: two instances, two calls an event', async () => {
    const seen: { name: string; shard: number; event: Event }[] = []
    const twice = instances(seen, 'x')
    const tested = rig({ shards: 1, observers: [twice, twice] })
    tested.router.write(traffic('s', 1))
    expect(seen.map(({ name }) => name)).toEqual(['x0', 'x1'])
    expect((await finish(tested)).delivered).toBe(1)
  })

  it('may give one shared object for every shard', async () => {
    let bytes = 0
    const shared = {
      eventTraffic: (event: { traffic: number }) => {
        bytes += event.traffic
      },
    }
    const tested = rig({ shards: 4, observers: [() => shared] })
    for (let index = 0; index < 20; index++) tested.router.write(traffic(`s${index}`, 1))
    expect(bytes).toBe(20)
    await finish(tested)
  })
})

describe('events without a stream ID', () => {
  it('are spread evenly over all shards, and have slot 0', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 7, observers: [recorder(calls)] })
    for (let index = 0; index < 70; index++) tested.router.write(keyless(index))
    const counts = new Array<number>(7).fill(0)
    for (const call of calls) counts[call.shard]!++
    expect(counts).toEqual(new Array(7).fill(10))
    for (const event of eventsOf(calls)) expect([event.slot, event.streamId]).toEqual([0, ''])
    await finish(tested)
  })

  it('of an event that could have one, too', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 3, observers: [recorder(calls)] })
    for (let index = 0; index < 9; index++) tested.router.write(concat(opening(''), ending('')))
    expect(new Set(calls.map(({ shard }) => shard)).size).toBe(3)
    const stats = await finish(tested)
    expect([stats.delivered, stats.dropped, stats.streams]).toEqual([18, 0, 0])
  })

  it('go round a shard that has no room, and back to it when it has', async () => {
    const calls: Call[] = []
    const slow = gate()
    const tested = rig(
      { shards: 3, observers: [recorder(calls, (call) => (call.shard === 1 ? slow.promise : undefined))] },
      { ringBytes: 256, maxFrameBytes: 64 },
    )
    for (let index = 0; index < 60; index++) expect(tested.router.write(keyless(index))).toBe(true)
    assertRig(tested)
    const full = tested.router.stats().shards[1]!.inFlight
    expect(full).toBeGreaterThanOrEqual(4)
    expect(eventsOf(calls).length).toBe(60 - full + 1)
    slow.open()
    await tested.router.settled()
    await microtasks()
    const before = calls.filter(({ shard }) => shard === 1).length
    for (let index = 0; index < 3; index++) tested.router.write(keyless(index))
    expect(calls.filter(({ shard }) => shard === 1).length).toBe(before + 1)
    expect((await finish(tested)).delivered).toBe(63)
  })

  it('wait when no shard has room, and go on where there is some first', async () => {
    const calls: Call[] = []
    const slow = [gate(), gate()]
    const tested = rig(
      { shards: 2, observers: [recorder(calls, (call) => slow[call.shard]!.promise)] },
      { ringBytes: 256, maxFrameBytes: 64 },
    )
    let written = 0
    while (tested.router.write(keyless(written))) written++
    assertRig(tested)
    const ready = tested.router.ready()
    slow[1]!.open()
    await ready
    await microtasks()
    const last = eventsOf(calls).at(-1)!
    expect(last).toMatchObject({ event: 'EventIPListSize', size: written })
    expect(calls.at(-1)!.shard).toBe(1)
    slow[0]!.open()
    expect((await finish(tested)).delivered).toBe(written + 1)
  })

  it('stay off no shard for ever because a stream keeps it busy', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 2, observers: [recorder(calls)] })
    const [busy] = idsOfShard(0, 2, 1)
    for (let index = 0; index < 20; index++)
      tested.router.write(concat(traffic(busy!, index), keyless(index)))
    const spread = calls.filter((call) => call.method === 'event' && call.event.streamId === '')
    expect(spread.filter(({ shard }) => shard === 0).length).toBe(10)
    await finish(tested)
  })
})
