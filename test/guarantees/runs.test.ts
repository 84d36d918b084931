// Events of one kind, one behind the other, are called in a run, and accounted for
// together. Nobody can tell: whatever an observer does in the middle of one, each event is
// delivered once, in order, to all, and counted for what its own call came to.

import { describe, expect, it } from 'vitest'
import type { Observer } from '../../src/mtg/index.js'
import { concat } from '../reference-frames.js'
import { assertRig, finish, gate, type Rig, rig, traffic, upTo } from '../support.js'

const EVENTS = 9
/** Amid a run, and neither the first nor the last of it. */
const MIDDLE = 4
const run = (streamId = 'a'): Uint8Array => concat(...upTo(EVENTS).map((number) => traffic(streamId, number)))
const boom = new Error('boom')

/** One shard whose observer notes each event's number, and does something at the one in the middle. */
function inTheMiddle(
  act: (tested: Rig, observer: Partial<Observer>) => unknown,
  sizes: Parameters<typeof rig>[1] = {},
) {
  const got: number[] = []
  const observer: Partial<Observer> = {
    eventTraffic: (event) => {
      got.push(event.traffic)
      return event.traffic === MIDDLE ? act(tested, observer) : undefined
    },
  }
  const tested = rig({ shards: 1, observers: [() => observer], onObserverError: () => {} }, sizes)
  return { tested, got }
}

describe('a run of events', () => {
  // A record of these has 48 bytes.
  it.each([0, 2 ** 31 - 48 * MIDDLE, 2 ** 32 - 48 * MIDDLE, 2 ** 32 - 48 * (MIDDLE + 1)])(
    'from position %d on is delivered once, in order',
    async (startPosition) => {
      const { tested, got } = inTheMiddle(() => {}, { startPosition, ringBytes: 512 })
      for (const _ of upTo(5)) tested.router.write(run())
      expect(got).toEqual(upTo(5).flatMap(() => upTo(EVENTS)))
      expect((await finish(tested)).delivered).toBe(5 * EVENTS)
    },
  )

  it('has each call’s own outcome: those before and behind one that throws are delivered', async () => {
    const { tested, got } = inTheMiddle(() => {
      throw boom
    })
    tested.router.write(run())
    expect(got).toEqual(upTo(EVENTS))
    expect(await finish(tested)).toMatchObject({ delivered: EVENTS - 1, failed: 1 })
  })

  it.each<[what: string, result: () => unknown]>([
    ['null', () => null],
    ['0', () => 0],
    ['false', () => false],
    ['text', () => 'then'],
    ['an object', () => Object.fromEntries([['then', 1]])],
  ])('goes on behind a call that returns %s', async (_what, result) => {
    const { tested, got } = inTheMiddle(result)
    tested.router.write(run())
    expect(got).toEqual(upTo(EVENTS))
    expect((await finish(tested)).delivered).toBe(EVENTS)
  })

  it.each([true, false])('waits for a promise in its middle (%s: it resolves)', async (resolves) => {
    const slow = gate()
    const { tested, got } = inTheMiddle(() =>
      slow.promise.then(() => {
        if (!resolves) throw boom
      }),
    )
    tested.router.write(run())
    expect(got).toEqual(upTo(MIDDLE + 1))
    expect(tested.router.stats()).toMatchObject({ delivered: MIDDLE, inFlight: EVENTS - MIDDLE })
    assertRig(tested)
    slow.open()
    await tested.router.settled()
    expect(got).toEqual(upTo(EVENTS))
    const failed = resolves ? 0 : 1
    expect(await finish(tested)).toMatchObject({ delivered: EVENTS - failed, failed })
  })

  it('calls the method that its observer has then', async () => {
    const others: number[] = []
    const replaced = inTheMiddle((_, observer) => {
      observer.eventTraffic = (event) => void others.push(event.traffic)
    })
    replaced.tested.router.write(run())
    expect(replaced.got).toEqual(upTo(MIDDLE + 1))
    expect(others).toEqual(upTo(EVENTS).slice(MIDDLE + 1))
    expect((await finish(replaced.tested)).delivered).toBe(EVENTS)
    const deleted = inTheMiddle((_, observer) => {
      delete observer.eventTraffic
    })
    deleted.tested.router.write(run())
    expect(deleted.got).toEqual(upTo(MIDDLE + 1))
    expect((await finish(deleted.tested)).delivered).toBe(EVENTS)
  })

  it('takes what is written in its middle behind what was there before', async () => {
    let writes = 0
    const { tested, got } = inTheMiddle(({ router }) => {
      if (writes++ < 3) router.write(run())
    })
    tested.router.write(run())
    expect(got).toEqual(upTo(4).flatMap(() => upTo(EVENTS)))
    expect((await finish(tested)).delivered).toBe(4 * EVENTS)
  })

  it.each(['write', 'send'] as const)(
    'makes room as it goes on for what its observer writes by %s',
    async (way) => {
      const taken: boolean[] = []
      const observers = [
        () => ({
          eventTraffic: ({ streamId, traffic: number }: { streamId: string; traffic: number }) => {
            if (streamId !== 'a') return
            const event = {
              event: 'EventTraffic',
              streamId: 'b',
              timestamp: 1,
              traffic: number,
              isRead: true,
            } as const
            taken.push(
              way === 'write' ? tested.router.write(traffic('b', number)) : tested.router.send(event),
            )
          },
        }),
      ]
      // Room for ten; as each event's own becomes free, there is always some.
      const tested = rig({ shards: 1, observers }, { ringBytes: 512, maxFrameBytes: 64 })
      tested.router.write(run().subarray(0, 6 * traffic('a', 0).length))
      expect(taken).toEqual(upTo(6).map(() => true))
      await tested.router.settled()
      expect(await finish(tested)).toMatchObject({ delivered: 12, failed: 0 })
    },
  )

  it('is delivered to its end when its router is shut down in its middle', async () => {
    const { tested, got } = inTheMiddle(({ router }) => void router.shutdown())
    tested.router.write(run())
    expect(got).toEqual(upTo(EVENTS))
    expect((await finish(tested)).delivered).toBe(EVENTS)
  })

  it('is delivered to its end when the deadline passes in its middle', async () => {
    const { tested, got } = inTheMiddle(({ router, host }) => {
      void router.shutdown({ timeout: 5 })
      host.advance(10)
    })
    tested.router.write(run())
    expect(got).toEqual(upTo(EVENTS))
    expect(await finish(tested)).toMatchObject({ delivered: EVENTS, dropped: 0 })
  })

  it('is for all observers of a shard event by event, whoever has a method', async () => {
    const got: string[] = []
    const noting = (name: string) => () => ({
      eventTraffic: ({ traffic }: { traffic: number }) => {
        got.push(`${name}${traffic}`)
        if (name === 'b' && traffic === MIDDLE) throw boom
      },
    })
    const observers = [() => ({}), noting('a'), () => ({ eventStart: () => {} }), noting('b')]
    const tested = rig({ shards: 1, observers, onObserverError: () => {} })
    tested.router.write(run())
    expect(got).toEqual(upTo(EVENTS).flatMap((number) => [`a${number}`, `b${number}`]))
    expect(await finish(tested)).toMatchObject({ delivered: EVENTS - 1, failed: 1 })
  })

  it('ends at a release, whose reason stands where an event has its kind', async () => {
    const got: string[] = []
    const observers = [
      () => ({
        eventTraffic: ({ streamId, traffic }: { streamId: string; traffic: number }) =>
          void got.push(`${streamId} ${traffic}`),
        streamReleased: (_slot: number, reason: string) => void got.push(reason),
      }),
    ]
    // There is one slot: each event of another one has the one before evicted, whose reason’s number is traffic’s.
    const tested = rig({ shards: 1, observers }, { slots: 1 })
    tested.router.write(concat(...['a', 'b', 'c'].flatMap((id) => [traffic(id, 1), traffic(id, 2)])))
    const expected = ['a', 'b', 'c'].flatMap((id) => [`${id} 1`, `${id} 2`, 'evicted']).slice(0, -1)
    expect(got).toEqual(expected)
    expect(await finish(tested)).toMatchObject({ delivered: 6, evicted: 2 })
  })
})

describe('statistics', () => {
  it('tell each event whose call has returned, to the observer in the middle of a run', async () => {
    const told: unknown[] = []
    const { tested } = inTheMiddle(({ router }) => {
      const { delivered, failed, inFlight } = router.stats()
      told.push([delivered, failed, inFlight])
      router.stats()
      assertRig(tested)
    })
    tested.router.write(run())
    expect(told).toEqual([[MIDDLE, 0, EVENTS - MIDDLE]])
    expect((await finish(tested)).delivered).toBe(EVENTS)
  })

  it('tell it to who hears of an error, too', async () => {
    const told: unknown[] = []
    const tested = rig({
      shards: 1,
      observers: [
        () => ({
          eventTraffic: ({ traffic }) => {
            if (traffic === MIDDLE) throw boom
          },
        }),
      ],
      onObserverError: () => {
        const { delivered, failed, inFlight } = tested.router.stats()
        told.push([delivered, failed, inFlight])
      },
    })
    tested.router.write(run())
    expect(told).toEqual([[MIDDLE, 0, EVENTS - MIDDLE]])
    expect(await finish(tested)).toMatchObject({ delivered: EVENTS - 1, failed: 1 })
  })
})
