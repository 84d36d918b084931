// Guarantee 3: an observer is never called again before its last call has returned
// and the promise that it returned has settled. Only that shard waits.

import { describe, expect, it } from 'vitest'
import { concat } from '../reference-frames.js'
import {
  assertRig,
  type Call,
  ending,
  eventsOf,
  finish,
  type Gate,
  gate,
  idsOfShard,
  keyless,
  microtasks,
  opening,
  recorder,
  rig,
  traffic,
} from '../support.js'

const SMALL = { ringBytes: 256, maxFrameBytes: 64, slots: 64 }
const numbers = (calls: readonly Call[]): number[] =>
  eventsOf(calls).flatMap((event) => ('traffic' in event ? [event.traffic] : []))

describe('one call at a time', () => {
  it('holds for calls that write: they enqueue, deliveries never nest', async () => {
    let inside = 0
    let most = 0
    const order: number[] = []
    const tested = rig({
      shards: 1,
      observers: [
        () => ({
          eventTraffic: ({ traffic: number }) => {
            most = Math.max(most, ++inside)
            order.push(number)
            if (number < 4) {
              tested.router.write(traffic('s', 2 * number + 1))
              tested.router.write(traffic('t', 2 * number + 2))
              tested.router.source().write(keyless(number))
            }
            assertRig(tested)
            inside--
          },
        }),
      ],
    })
    tested.router.write(traffic('s', 0))
    expect(most).toBe(1)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect((await finish(tested)).failed).toBe(0)
  })

  it('holds across the observers of different shards that write to one another', async () => {
    const ids = [...idsOfShard(0, 3, 1), ...idsOfShard(1, 3, 1), ...idsOfShard(2, 3, 1)]
    let inside = 0
    let calls = 0
    const tested = rig({
      shards: 3,
      observers: [
        (shard) => ({
          eventTraffic: ({ traffic: hops }) => {
            expect(++inside).toBe(1)
            calls++
            if (hops > 0) tested.router.write(traffic(ids[(shard + 1) % 3]!, hops - 1))
            inside--
          },
        }),
      ],
    })
    tested.router.write(traffic(ids[0]!, 10_000))
    expect(calls).toBe(10_001)
    expect((await finish(tested)).failed).toBe(0)
  })

  it('holds for promises: the next event waits until the last call has settled', async () => {
    const calls: Call[] = []
    const gates: Gate[] = []
    const answer = (): unknown => {
      const one = gate()
      gates.push(one)
      return one.promise
    }
    const tested = rig({ shards: 1, observers: [recorder(calls, answer)] })
    tested.router.write(concat(traffic('a', 0), traffic('b', 1), traffic('a', 2), keyless(3)))
    for (let event = 0; event < 4; event++) {
      await microtasks()
      expect(calls.length).toBe(event + 1)
      assertRig(tested)
      gates[event]!.open()
    }
    await tested.router.settled()
    const shutdown = finish(tested)
    gates[4]!.open()
    expect((await shutdown).delivered).toBe(4)
  })

  it('holds for streamReleased: a stream that takes the slot waits for its promise', async () => {
    const calls: Call[] = []
    const slow = gate()
    const tested = rig({
      shards: 1,
      observers: [recorder(calls, ({ method }) => (method === 'released' ? slow.promise : undefined))],
    })
    tested.router.write(concat(opening('a'), ending('a'), opening('b')))
    await microtasks()
    expect(calls.map(({ method }) => method)).toEqual(['event', 'event', 'released'])
    expect(tested.router.stats()).toMatchObject({ delivered: 2, inFlight: 1 })
    assertRig(tested)
    slow.open()
    await tested.router.settled()
    expect(eventsOf(calls).at(-1)).toMatchObject({ event: 'EventStart', streamId: 'b', slot: 1 })
    await finish(tested)
  })

  it('waits for a promise even when the write came from somewhere else meanwhile', async () => {
    const calls: Call[] = []
    const slow = gate()
    const tested = rig({ shards: 1, observers: [recorder(calls, () => slow.promise)] })
    tested.router.write(traffic('a', 0))
    tested.router.write(traffic('a', 1))
    tested.router.send({ event: 'EventTraffic', streamId: 'b', timestamp: 0, traffic: 2, isRead: false })
    tested.router.source().write(traffic('c', 3))
    await microtasks()
    expect(calls.length).toBe(1)
    slow.open()
    await finish(tested)
    expect(numbers(calls)).toEqual([0, 1, 2, 3])
  })
})

describe('R5 only that shard waits', () => {
  it('while others go on, though the slow one never settles', async () => {
    const calls: Call[] = []
    const [slowId] = idsOfShard(0, 2, 1)
    const [quickId] = idsOfShard(1, 2, 1)
    const never = gate()
    const tested = rig(
      { shards: 2, observers: [recorder(calls, ({ shard }) => (shard === 0 ? never.promise : undefined))] },
      SMALL,
    )
    tested.router.write(traffic(slowId!, 0))
    for (let number = 0; number < 100; number++)
      expect(tested.router.write(traffic(quickId!, number))).toBe(true)
    expect(calls.filter(({ shard }) => shard === 1).length).toBe(100)
    assertRig(tested)
    const shutdown = finish(tested)
    tested.host.advance(10_000)
    expect((await shutdown).droppedBy).toEqual({ deadline: 1 })
  })

  it('until its ring is full: then the source with a frame for it waits, and others go on', async () => {
    const calls: Call[] = []
    const [slowId] = idsOfShard(0, 2, 1)
    const [quickId] = idsOfShard(1, 2, 1)
    const slow = gate()
    const tested = rig(
      { shards: 2, observers: [recorder(calls, ({ shard }) => (shard === 0 ? slow.promise : undefined))] },
      SMALL,
    )
    const stuck = tested.router.source()
    let written = 0
    while (stuck.write(concat(traffic(slowId!, written), traffic(quickId!, written)))) written++
    const quick = (): number => calls.filter(({ shard }) => shard === 1).length
    expect(quick()).toBe(written)
    const other = tested.router.source()
    for (let number = 0; number < 50; number++) expect(other.write(traffic(quickId!, number))).toBe(true)
    expect(quick()).toBe(written + 50)
    slow.open()
    await stuck.ready()
    await stuck.settled()
    expect(quick()).toBe(written + 51)
    await finish(tested)
  })
})

describe('the observers of one shard', () => {
  it('move in step: the next event waits for the slowest of them', async () => {
    const [quick, slow]: [Call[], Call[]] = [[], []]
    const gates: Gate[] = []
    const tested = rig({
      shards: 1,
      observers: [
        recorder(quick),
        recorder(slow, ({ method }) => {
          if (method !== 'event') return
          gates.push(gate())
          return gates.at(-1)!.promise
        }),
      ],
    })
    tested.router.write(concat(traffic('a', 0), traffic('a', 1)))
    expect([quick.length, slow.length]).toEqual([1, 1])
    gates[0]!.open()
    await microtasks()
    expect([quick.length, slow.length]).toEqual([2, 2])
    gates[1]!.open()
    await finish(tested)
  })

  it('are called at once for one event, not one after the promise of the other', async () => {
    const [one, other]: [Call[], Call[]] = [[], []]
    const gates = [gate(), gate()]
    const tested = rig({
      shards: 1,
      observers: [
        recorder(one, ({ method }) => (method === 'event' ? gates[0]!.promise : undefined)),
        recorder(other, ({ method }) => (method === 'event' ? gates[1]!.promise : undefined)),
      ],
    })
    tested.router.write(concat(traffic('a', 0), traffic('a', 1)))
    expect([one.length, other.length]).toEqual([1, 1])
    gates[1]!.open()
    await microtasks()
    expect([one.length, other.length]).toEqual([1, 1])
    expect(tested.router.stats().delivered).toBe(0)
    gates[0]!.open()
    await microtasks()
    expect([one.length, other.length]).toEqual([2, 2])
    await finish(tested)
  })
})
