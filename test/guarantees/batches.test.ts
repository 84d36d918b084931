// Batches: an observer with `eventBatch` gets the events of its shard many at a time. Every
// guarantee holds as for calls by method; what a throw costs is all of that batch.

import { describe, expect, expectTypeOf, it } from 'vitest'
import { RECORD_PADDING, SHARD_RING_ADDRESS, SHARD_TAIL } from '../../src/layout.js'
import { type Columns, type Event, kinds, mtg, type Observer } from '../../src/mtg/index.js'
import type { ObserverError } from '../../src/observer-error.js'
import type { EventBatch, ObserverBase } from '../../src/schema.js'
import { columnFault } from '../columns.js'
import { concat } from '../reference-frames.js'
import {
  assertRig,
  type Call,
  ending,
  errorOf,
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
  upTo,
} from '../support.js'

type MtgBatch = EventBatch<Event, Columns>
/** A call as `recorder` notes it, or a batch of several. */
type Heard = Call | { readonly shard: number; readonly method: 'batch'; readonly events: Event[] }

const SMALL = { ringBytes: 256, maxFrameBytes: 64, slots: 64 }
const misread = { name: 'UsageError', code: 'batch-misread' }

const rowsOf = ({ start, end }: MtgBatch): number[] => upTo(end - start).map((row) => start + row)

/** Notes every batch, release and shutdown in order, and that columns say what events say. */
function taker(
  heard: Heard[],
  answer: (call: Heard, batch?: MtgBatch) => unknown = () => undefined,
  isTold = true,
): (shard: number) => Partial<Observer> & ObserverBase {
  return (shard) => {
    const note = (call: Heard, batch?: MtgBatch): unknown => {
      heard.push(call)
      return answer(call, batch)
    }
    return {
      eventBatch(batch) {
        expect(columnFault(batch)).toBe(undefined)
        const events = rowsOf(batch).map((row) => {
          const event = batch.event(row)
          expect(batch.kind[row]).toBe(kinds[event.event])
          expect([batch.slot[row], batch.streamId(row)]).toEqual([event.slot, event.streamId])
          return event
        })
        return note({ shard, method: 'batch', events }, batch)
      },
      ...(isTold && {
        streamReleased: (slot: number, reason: 'ended' | 'restarted' | 'evicted') =>
          note({ shard, method: 'released', slot, reason }),
      }),
      shutdown: () => note({ shard, method: 'shutdown' }),
    }
  }
}

const batchesOf = (heard: readonly Heard[]): Event[][] =>
  heard.flatMap((call) => (call.method === 'batch' ? [call.events] : []))
/** The numbers of traffic events, batch by batch. */
const numbersOf = (heard: readonly Heard[]): number[][] =>
  batchesOf(heard).map((events) => events.flatMap((event) => ('traffic' in event ? [event.traffic] : [])))

describe('batches', () => {
  it('are typed by the schema', () => {
    expectTypeOf<Parameters<NonNullable<Observer['eventBatch']>>[0]>().toEqualTypeOf<MtgBatch>()
    expectTypeOf<MtgBatch['fields']['traffic']>().toEqualTypeOf<Float64Array>()
    expect(Object.keys(kinds)).toEqual(mtg.templates.map(({ event }) => event))
    expect(Object.values(kinds)).toEqual(upTo(mtg.templates.length))
  })

  it('hold what has arrived since the last call, in order, with every field', async () => {
    const heard: Heard[] = []
    const tested = rig({ shards: 1, observers: [taker(heard)] })
    tested.router.write(concat(opening('a'), traffic('a', 2 ** 40), keyless(-3)))
    tested.router.write(traffic('a', 4))
    expect(batchesOf(heard)).toEqual([
      [
        expect.objectContaining({ event: 'EventStart', streamId: 'a', slot: 1, remoteIP: '192.0.2.1' }),
        expect.objectContaining({ event: 'EventTraffic', streamId: 'a', slot: 1, traffic: 2 ** 40 }),
        expect.objectContaining({ event: 'EventIPListSize', streamId: '', slot: 0, size: -3 }),
      ],
      [expect.objectContaining({ traffic: 4 })],
    ])
    expect(await finish(tested)).toMatchObject({ delivered: 4, failed: 0, ignored: 0 })
  })

  it('1: a stream stays with its observer', async () => {
    const heard: Heard[] = []
    const tested = rig({ shards: 3, observers: [taker(heard)] })
    const ids = upTo(3).map((shard) => idsOfShard(shard, 3, 4))
    tested.router.write(concat(...upTo(9).flatMap(() => ids.flat().map((id) => traffic(id, 1)))))
    for (const call of heard) {
      if (call.method !== 'batch') continue
      for (const { streamId } of call.events) expect(ids[call.shard]).toContain(streamId)
    }
    expect((await finish(tested)).delivered).toBe(9 * 12)
  })

  it('2: end where a stream is released, which is told before the next begins', async () => {
    const heard: Heard[] = []
    const tested = rig({ shards: 1, observers: [taker(heard)] })
    tested.router.write(
      concat(
        opening('a'),
        traffic('b', 1),
        ending('a'),
        opening('c'),
        opening('c'),
        ending('b'),
        traffic('c', 2),
      ),
    )
    const told = heard.map((call) =>
      call.method === 'batch'
        ? call.events.map(({ event, streamId, slot }) => `${event} ${streamId} ${slot}`)
        : call.method === 'released'
          ? `${call.slot} ${call.reason}`
          : call.method,
    )
    expect(told).toEqual([
      ['EventStart a 1', 'EventTraffic b 2', 'EventFinish a 1'],
      '1 ended',
      ['EventStart c 1'],
      '1 restarted',
      // An end without a beginning is no event; its stream is over all the same.
      ['EventStart c 1'],
      '2 ended',
      ['EventTraffic c 1'],
    ])
    await finish(tested)
  })

  it('2: go on over releases where nobody hears of them, and tell each row’s own stream', async () => {
    const heard: Heard[] = []
    const tested = rig({ shards: 1, observers: [taker(heard, undefined, false)] })
    const frames = upTo(6).flatMap((index) => [opening(`s${index}`), ending(`s${index}`)])
    tested.router.write(concat(...frames))
    expect(
      batchesOf(heard).map((events) => events.map(({ streamId, slot }) => `${streamId} ${slot}`)),
    ).toEqual([upTo(6).flatMap((index) => [`s${index} 1`, `s${index} 1`])])
    await finish(tested)
  })

  it('2: are cut at so many rows, and at nothing where the ring ends', async () => {
    for (const startPosition of [0, 2 ** 31 - 64, 2 ** 32 - 64]) {
      const heard: Heard[] = []
      const tested = rig(
        { shards: 1, observers: [taker(heard)] },
        { ringBytes: 1_024, maxFrameBytes: 128, slots: 8, startPosition, batchRows: 5 },
      )
      let number = 0
      for (const count of [12, 3, 5, 9, 1, 7, 11]) {
        const frames = upTo(count).map((index) =>
          traffic(`s${'x'.repeat((number + index) % 23)}`, number + index),
        )
        number += count
        tested.router.write(concat(...frames))
        assertRig(tested)
      }
      expect(numbersOf(heard).flat()).toEqual(upTo(number))
      expect(Math.max(...batchesOf(heard).map(({ length }) => length))).toBe(5)
      expect((await finish(tested)).delivered).toBe(number)
    }
  })

  it('3: wait for the promise of the last one, and only their shard waits', async () => {
    const heard: Heard[] = []
    const gates: Gate[] = []
    const [zero, one] = [idsOfShard(0, 2, 1)[0]!, idsOfShard(1, 2, 1)[0]!]
    const slow = (call: Heard): unknown => {
      if (call.method !== 'batch' || call.shard !== 0) return undefined
      gates.push(gate())
      return gates.at(-1)!.promise
    }
    const tested = rig({ shards: 2, observers: [taker(heard, slow)] })
    tested.router.write(concat(traffic(zero, 1), traffic(zero, 2)))
    tested.router.write(concat(traffic(zero, 3), traffic(one, 4), traffic(zero, 5)))
    expect(numbersOf(heard)).toEqual([[1, 2], [4]])
    expect(tested.router.stats()).toMatchObject({ delivered: 1, inFlight: 4 })
    gates[0]!.open()
    await microtasks()
    expect(numbersOf(heard)).toEqual([[1, 2], [4], [3, 5]])
    gates[1]!.open()
    expect((await finish(tested)).delivered).toBe(5)
  })

  it('3: may be read until the promise settles, whatever other shards do', async () => {
    const wait = gate()
    const seen: unknown[] = []
    const [zero, one] = [idsOfShard(0, 2, 1)[0]!, idsOfShard(1, 2, 1)[0]!]
    const tested = rig({
      shards: 2,
      observers: [
        (shard) => ({
          async eventBatch(batch: MtgBatch) {
            if (shard === 1) return void batch.fields.traffic
            await wait.promise
            for (const row of rowsOf(batch)) seen.push([batch.fields.traffic[row], batch.streamId(row)])
          },
        }),
      ],
    })
    tested.router.write(concat(traffic(zero, 1), traffic(zero, 2)))
    tested.router.write(concat(...upTo(40).map((number) => traffic(one, number + 100))))
    wait.open()
    expect((await finish(tested)).delivered).toBe(42)
    expect(seen).toEqual([
      [1, zero],
      [2, zero],
    ])
  })

  it('3: of an observer by method, each row waits for the one before', async () => {
    const heard: Heard[] = []
    const calls: Call[] = []
    const gates: Gate[] = []
    const slow = (call: Call): unknown => {
      if (call.method !== 'event') return undefined
      gates.push(gate())
      return gates.at(-1)!.promise
    }
    const tested = rig({ shards: 1, observers: [recorder(calls, slow), taker(heard), recorder(calls, slow)] })
    tested.router.write(concat(traffic('s', 1), traffic('s', 2), ending('s')))
    for (const row of upTo(2)) {
      // Both of them have had this row, and none the next.
      expect(eventsOf(calls)).toHaveLength(2 * (row + 1))
      gates[2 * row]!.open()
      await microtasks()
      expect(eventsOf(calls)).toHaveLength(2 * (row + 1))
      if (row === 0) gates[1]!.open()
      else gates[3]!.fail(new Error('planted'))
      await microtasks()
    }
    expect(numbersOf(heard)).toEqual([[1, 2]])
    expect(heard.map(({ method }) => method)).toEqual(['batch', 'released'])
    expect(await finish(tested)).toMatchObject({ delivered: 1, failed: 1, droppedBy: { orphan: 1 } })
  })

  it('3: never nest: what an observer writes from within comes later', async () => {
    const heard: Heard[] = []
    let isInside = false
    const tested = rig({
      shards: 2,
      observers: [
        taker(heard, (call) => {
          expect(isInside).toBe(false)
          isInside = true
          if (call.method === 'batch' && heard.length < 4) {
            tested.router.write(concat(...upTo(9).map((index) => traffic(`s${index}`, heard.length))))
            assertRig(tested)
          }
          isInside = false
        }),
      ],
    })
    tested.router.write(traffic('s', 0))
    const stats = await finish(tested)
    expect([stats.delivered, stats.failed]).toEqual([stats.received, 0])
    expect(stats.received).toBeGreaterThan(10)
  })

  for (const [how, failing] of [
    [
      'throw',
      () => {
        throw new Error('planted')
      },
    ],
    ['reject', () => Promise.reject(new Error('planted'))],
  ] as const) {
    it(`4: count each row as failed when they ${how}, report once, and go on`, async () => {
      const heard: Heard[] = []
      const errors: ObserverError[] = []
      const tested = rig({
        shards: 1,
        observers: [
          taker(heard, (call) => (call.method === 'batch' && call.events.length > 1 ? failing() : undefined)),
        ],
        onObserverError: (error) => errors.push(error),
      })
      tested.router.write(concat(traffic('s', 1), traffic('s', 2), traffic('s', 3)))
      await microtasks()
      tested.router.write(traffic('s', 4))
      expect(errors).toMatchObject([
        { code: 'observer-failed', method: 'eventBatch', shard: 0, slot: 0, streamId: '' },
      ])
      expect(await finish(tested)).toMatchObject({ delivered: 1, failed: 3 })
      expect(numbersOf(heard)).toEqual([[1, 2, 3], [4]])
    })
  }

  it('4: count a row once, however many observers fail on it', async () => {
    const heard: Heard[] = []
    const calls: Call[] = []
    const errors: ObserverError[] = []
    const failing = (call: Call): unknown => {
      if (call.method !== 'event' || !('traffic' in call.event)) return undefined
      const number = call.event.traffic
      if (number === 2) throw new Error('planted')
      return number === 3 ? Promise.reject(new Error('planted')) : undefined
    }
    const tested = rig({
      shards: 1,
      observers: [recorder(calls, failing), taker(heard), recorder(calls, failing)],
      onObserverError: (error) => errors.push(error),
    })
    tested.router.write(concat(...upTo(5).map((number) => traffic('s', number))))
    expect(await finish(tested)).toMatchObject({ delivered: 3, failed: 2 })
    expect(errors.map(({ method, streamId, slot }) => [method, streamId, slot])).toEqual(
      upTo(4).map(() => ['eventTraffic', 's', 1]),
    )
    expect(eventsOf(calls)).toHaveLength(10)
  })

  it('4: a throw fails rows that others took by method, and none of them twice', async () => {
    const calls: Call[] = []
    const fail = (call: Heard | Call): unknown => {
      if (call.method === 'event' && 'traffic' in call.event && call.event.traffic !== 1) return undefined
      throw new Error('planted')
    }
    const tested = rig({
      shards: 1,
      observers: [taker([], fail), recorder(calls, fail)],
      onObserverError: () => {},
    })
    tested.router.write(concat(...upTo(4).map((number) => traffic('s', number))))
    const stats = await finish(tested)
    expect(stats).toMatchObject({ delivered: 0, failed: 4, observerErrors: { shutdown: 2 } })
    expect(eventsOf(calls)).toHaveLength(4)
  })

  it('4: errors of releases are counted apart, and lose no event', async () => {
    const heard: Heard[] = []
    let isLate = false
    const fail = (call: Heard): unknown => {
      if (call.method !== 'released') return undefined
      if (isLate) return Promise.reject(new Error('planted'))
      isLate = true
      throw new Error('planted')
    }
    const errors: ObserverError[] = []
    const observers = [taker(heard, fail), taker(heard, fail)]
    const tested = rig({ shards: 1, observers, onObserverError: (error) => errors.push(error) })
    tested.router.write(concat(opening('a'), ending('a'), traffic('b', 1)))
    expect(await finish(tested)).toMatchObject({
      delivered: 3,
      failed: 0,
      observerErrors: { streamReleased: 2 },
    })
    expect(errors.map(({ method, streamId, slot }) => [method, streamId, slot])).toEqual(
      upTo(2).map(() => ['streamReleased', 'a', 1]),
    )
  })

  it('5: an observer that writes into its arrays, or gives them away, harms nobody', async () => {
    const heard: Heard[] = []
    const vandal = (): Partial<Observer> => ({
      eventBatch(batch) {
        const { kind, slot, fields } = batch
        for (const array of [kind, slot, fields.traffic, fields.timestamp]) array.fill(7)
        structuredClone(0, {
          transfer: [fields.isRead.buffer as ArrayBuffer, fields.traffic.buffer as ArrayBuffer],
        })
        expect(fields.traffic.length).toBe(1_024)
        expect(fields.traffic[batch.start]).toBe(batch.event(batch.start).event === 'EventTraffic' ? 1 : 0)
        Reflect.set(batch, 'end', 1e9)
      },
      streamReleased() {},
    })
    const tested = rig({ shards: 1, observers: [vandal, taker(heard), vandal] })
    for (const _ of upTo(3))
      tested.router.write(concat(opening('a'), traffic('a', 1), ending('a'), traffic('b', 1)))
    expect(batchesOf(heard).map(({ length }) => length)).toEqual([3, 1, 3, 1, 3, 1])
    expect(await finish(tested)).toMatchObject({ delivered: 12, failed: 0 })
  })

  it('5: what is read outside of a batch, or after it, is refused', async () => {
    const kept: MtgBatch[] = []
    const errors: unknown[] = []
    const tested = rig({
      shards: 1,
      observers: [
        () => ({
          eventBatch(batch: MtgBatch) {
            kept.push(batch)
            for (const row of [batch.start - 1, batch.end, Number.NaN, batch.start + 0.5]) {
              for (const read of [() => batch.event(row), () => batch.streamId(row)]) {
                try {
                  read()
                } catch (error) {
                  errors.push(error)
                }
              }
            }
          },
        }),
      ],
    })
    tested.router.write(concat(traffic('s', 1), traffic('s', 2)))
    expect(errors).toMatchObject(upTo(8).map(() => misread))
    const [batch] = kept as [MtgBatch]
    expect([batch.start, batch.end]).toEqual([0, 0])
    const reads = [
      () => batch.event(0),
      () => batch.streamId(0),
      () => batch.kind,
      () => batch.slot,
      () => batch.fields.traffic,
    ]
    for (const read of reads) expect(await errorOf(read)).toMatchObject(misread)
    expect((await finish(tested)).failed).toBe(0)
  })

  it('7: those in hand at the deadline are cut off, all rows, and over', async () => {
    const heard: Heard[] = []
    const kept: MtgBatch[] = []
    const hanging = gate()
    const answer = (call: Heard, batch?: MtgBatch): unknown => {
      if (batch !== undefined) kept.push(batch)
      return call.method === 'batch' ? hanging.promise : undefined
    }
    const tested = rig({ shards: 1, observers: [taker(heard, answer)] })
    tested.router.write(concat(traffic('s', 1), traffic('s', 2), ending('s')))
    tested.router.write(traffic('s', 3))
    const ended = finish(tested)
    tested.host.advance(10_000)
    expect(await ended).toMatchObject({ delivered: 0, droppedBy: { orphan: 1, deadline: 3 } })
    expect(await errorOf(() => kept[0]!.event(0))).toMatchObject(misread)
    hanging.open()
    await microtasks()
    expect(tested.router.stats()).toMatchObject({ delivered: 0, failed: 0, dropped: 4 })
    expect(heard.map(({ method }) => method)).toEqual(['batch', 'shutdown'])
  })

  it('7: a promise that rejects after the deadline changes nothing', async () => {
    const hanging = gate()
    const errors: unknown[] = []
    const tested = rig({
      shards: 1,
      observers: [taker([], (call) => (call.method === 'batch' ? hanging.promise : undefined))],
      onObserverError: (error) => errors.push(error),
    })
    tested.router.write(traffic('s', 1))
    const ended = finish(tested)
    tested.host.advance(10_000)
    await ended
    hanging.fail(new Error('planted'))
    await microtasks()
    expect(errors).toEqual([])
    expect(tested.router.stats()).toMatchObject({ failed: 0, droppedBy: { deadline: 1 } })
  })

  it('8: a full ring holds the source back until a batch is done', async () => {
    const heard: Heard[] = []
    const gates: Gate[] = []
    const slow = (call: Heard): unknown => {
      if (call.method !== 'batch') return undefined
      gates.push(gate())
      return gates.at(-1)!.promise
    }
    const tested = rig({ shards: 1, observers: [taker(heard, slow)] }, SMALL)
    expect(tested.router.write(concat(...upTo(20).map((number) => traffic('s', number))))).toBe(false)
    const ready = tested.router.ready()
    for (let turn = 0; turn < gates.length; turn++) {
      gates[turn]!.open()
      await microtasks()
      assertRig(tested)
    }
    await ready
    expect(numbersOf(heard).flat()).toEqual(upTo(20))
    expect((await finish(tested)).delivered).toBe(20)
  })

  it('9: a release is told to an observer that reads nothing of its batches', async () => {
    const released: unknown[] = []
    const observer = (): Partial<Observer> & ObserverBase => ({
      eventBatch() {},
      streamReleased: (slot, reason) => {
        released.push([slot, reason])
        throw new Error('planted')
      },
    })
    const errors: ObserverError[] = []
    const tested = rig({ shards: 1, observers: [observer], onObserverError: (error) => errors.push(error) })
    tested.router.write(concat(opening('a'), ending('a')))
    expect(released).toEqual([[1, 'ended']])
    // Nobody needed the ID while its stream lived.
    expect(errors).toMatchObject([{ method: 'streamReleased', slot: 1, streamId: '' }])
    expect((await finish(tested)).delivered).toBe(2)
  })

  it('9: an eviction is told between two batches', async () => {
    const heard: Heard[] = []
    const tested = rig({ shards: 1, observers: [taker(heard)] }, { ...SMALL, slots: 2 })
    tested.router.write(concat(...upTo(4).map((number) => traffic(`s${number}`, number))))
    const told = heard.map((call) =>
      call.method === 'batch' ? call.events.map(({ slot }) => slot) : call.method,
    )
    expect(told).toEqual([[1, 2], 'released', [expect.any(Number)], 'released', [expect.any(Number)]])
    expect(await finish(tested)).toMatchObject({ delivered: 4, evicted: 2 })
  })

  it('R15: what a core that traps had published still comes in batches', async () => {
    const heard: Heard[] = []
    const tested = rig({ shards: 2, observers: [taker(heard)] })
    const [zero, one] = [idsOfShard(0, 2, 1)[0]!, idsOfShard(1, 2, 1)[0]!]
    const { core } = tested.engine
    // The ring of the other shard lies outside of memory: its first record traps.
    core.words[(core.shardAddress(1) + SHARD_RING_ADDRESS) >>> 2] = 0x8000_0000
    const chunk = concat(opening(zero), traffic(zero, 1), traffic(one, 2))
    expect(await errorOf(() => tested.router.write(chunk))).toMatchObject({ code: 'core-poisoned' })
    expect(batchesOf(heard).map(({ length }) => length)).toEqual([2])
    expect((await finish(tested)).delivered).toBe(2)
  })

  it('R15: padding that a core left when it trapped is passed over', async () => {
    const heard: Heard[] = []
    const tested = rig({ shards: 1, observers: [taker(heard)] }, SMALL)
    const { core } = tested.engine
    const header = core.shardAddress(0) >>> 2
    tested.router.write(traffic('s', 1))
    // What `claim` does at the ring's end, and no more.
    core.words[core.words[header]! >>> 2] = RECORD_PADDING | 64
    core.words[header + (SHARD_TAIL >>> 2)]! += 64
    expect(tested.engine.drains[0]!.run()).toBe(false)
    expect(tested.engine.drains[0]!.isIdle).toBe(true)
    tested.router.write(traffic('s', 2))
    expect(numbersOf(heard)).toEqual([[1], [2]])
    expect((await finish(tested)).delivered).toBe(2)
  })

  describe('at creation', () => {
    it('an observer with methods beside eventBatch is refused: they would never be called', async () => {
      const both = () => ({ eventBatch() {}, eventTraffic() {} })
      expect(await errorOf(() => rig({ observers: [both] }))).toMatchObject({
        code: 'observer-invalid',
        message: expect.stringContaining('both eventBatch and eventTraffic'),
      })
    })

    it('a slip in its name is found', async () => {
      const slip = () => ({ eventBatches() {} }) as Partial<Observer>
      expect(await errorOf(() => rig({ observers: [slip] }))).toMatchObject({ code: 'method-unknown' })
    })

    it('observers of some shards only may take batches', async () => {
      const heard: Heard[] = []
      const calls: Call[] = []
      const observer = (shard: number) => (shard === 0 ? taker(heard)(shard) : recorder(calls)(shard))
      const tested = rig({ shards: 2, observers: [observer] })
      const [zero, one] = [idsOfShard(0, 2, 1)[0]!, idsOfShard(1, 2, 1)[0]!]
      tested.router.write(concat(traffic(zero, 1), traffic(one, 2)))
      expect([numbersOf(heard), eventsOf(calls).length]).toEqual([[[1]], 1])
      expect((await finish(tested)).delivered).toBe(2)
    })
  })
})
