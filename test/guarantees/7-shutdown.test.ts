// Guarantee 7: shutdown drains what was accepted, then calls shutdown() once on every
// observer instance, whatever happens. Nothing is delivered after. A deadline bounds it.

import { describe, expect, it } from 'vitest'
import { concat } from '../reference-frames.js'
import { FEW, full, shutdowns } from '../slow.js'
import {
  type Call,
  errorOf,
  eventsOf,
  finish,
  gate,
  idsOfShard,
  microtasks,
  opening,
  recorder,
  rig,
  traffic,
  upTo,
} from '../support.js'

const boom = new Error('boom')

describe('shutdown', () => {
  it('calls shutdown() once on every instance of every factory, and gives the final stats', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 5, observers: [recorder(calls), recorder(calls), () => ({})] })
    tested.router.write(traffic('a', 1))
    const stats = await tested.router.shutdown()
    expect(shutdowns(calls, 5)).toEqual([2, 2, 2, 2, 2])
    expect(stats).toMatchObject({ delivered: 1, sources: 0 })
    expect(tested.router.stats()).toEqual(stats)
    expect(tested.host.pendingTimers).toBe(0)
    await finish(tested)
  })

  it('of a router that nothing was ever written to works, with and without observers', async () => {
    const calls: Call[] = []
    await finish(rig({ shards: 1, observers: [recorder(calls)] }))
    await finish(rig())
    expect(calls).toEqual([{ shard: 0, method: 'shutdown' }])
  })

  it('R8 twice and at once is one shutdown with one promise', async () => {
    const tested = full()
    const first = tested.router.shutdown()
    expect(tested.router.shutdown()).toBe(first)
    const withSignal = tested.router.shutdown({ signal: new AbortController().signal })
    tested.slow.open()
    const stats = await first
    expect(await withSignal).toBe(stats)
    expect(tested.router.shutdown({ timeout: 5 })).toBe(first)
    expect(shutdowns(tested.calls, 1)).toEqual([1])
    await finish(tested)
  })

  it('R8 with a full ring and a held chunk drains both, then shuts down', async () => {
    const tested = full()
    const shutdown = finish(tested)
    await microtasks()
    expect(shutdowns(tested.calls, 1)).toEqual([0])
    tested.slow.open()
    const stats = await shutdown
    expect(eventsOf(tested.calls).map((event) => 'traffic' in event && event.traffic)).toEqual(upTo(20))
    expect([stats.delivered, stats.dropped, stats.discardedBytes]).toEqual([20, 0, 0])
    expect(tested.calls.at(-1)!.method).toBe('shutdown')
    expect(tested.host.pendingTimers).toBe(0)
  })

  it('R8 in the middle of frames counts each source’s cut frame as truncated, and tells it', async () => {
    const calls: Call[] = []
    const told: string[] = []
    const tested = rig({
      shards: 1,
      observers: [recorder(calls)],
      onFrameError: ({ reason, offset }) => told.push(`${reason} ${offset}`),
    })
    const one = traffic('a', 1)
    tested.router.source().write(one.subarray(0, 2))
    tested.router.source().write(concat(one, one.subarray(0, 20)))
    tested.router.source()
    tested.router.write(one.subarray(0, one.length - 1))
    const stats = await finish(tested)
    expect(told.sort()).toEqual(['truncated 0', 'truncated 0', `truncated ${one.length}`])
    expect([stats.received, stats.rejectedBy, stats.delivered]).toEqual([4, { truncated: 3 }, 1])
    expect(stats.discardedBytes).toBe(0)
  })

  it('R8 with a held chunk that ends in the middle of a frame: its frames first, then the cut one', async () => {
    const calls: Call[] = []
    const slow = gate()
    const tested = rig({ shards: 1, observers: [recorder(calls, () => slow.promise)] }, FEW)
    tested.router.write(
      concat(...upTo(9).map((number) => traffic('a', number)), traffic('a', 9).subarray(0, 30)),
    )
    const shutdown = finish(tested)
    slow.open()
    const stats = await shutdown
    expect([stats.delivered, stats.rejectedBy]).toEqual([9, { truncated: 1 }])
  })

  it('tells a shard that is idle before one that is still busy', async () => {
    const calls: Call[] = []
    const slow = gate()
    const tested = rig({
      shards: 2,
      observers: [
        recorder(calls, ({ shard, method }) => (shard === 0 && method === 'event' ? slow.promise : 0)),
      ],
    })
    tested.router.write(traffic(idsOfShard(0, 2, 1)[0]!, 0))
    const shutdown = finish(tested)
    await microtasks()
    expect(shutdowns(calls, 2)).toEqual([0, 1])
    slow.open()
    await shutdown
    expect(shutdowns(calls, 2)).toEqual([1, 1])
  })

  it('waits for the promises that observers’ shutdown() returns, odd ones too', async () => {
    const slow = gate()
    const odd = Object.defineProperty({}, 'then', { value: (resolve: () => void) => [resolve(), resolve()] })
    const tested = rig({
      shards: 1,
      observers: [() => ({ shutdown: () => slow.promise }), () => ({ shutdown: () => odd }), () => ({})],
    })
    let isOver = false
    const shutdown = tested.router.shutdown().then(() => {
      isOver = true
    })
    await microtasks()
    expect(isOver).toBe(false)
    slow.open()
    await shutdown
    await finish(tested)
  })

  it('tells every observer at once, however many of them have pending promises, and ends with the last', async () => {
    const gates = upTo(6).map(() => gate())
    let told = 0
    let isOver = false
    const observer = () => ({ shutdown: () => gates[told++]!.promise })
    const tested = rig({ shards: 2, observers: [observer, observer, observer] })
    const shutdown = finish(tested).then(() => {
      isOver = true
    })
    expect(told).toBe(6)
    for (const slow of gates) {
      await microtasks()
      expect(isOver).toBe(false)
      slow.open()
    }
    await shutdown
  })

  it('goes on though every shutdown() throws or rejects; each is counted and told', async () => {
    const told: string[] = []
    const tested = rig({
      shards: 3,
      observers: [
        () => ({
          shutdown: () => {
            throw boom
          },
        }),
        () => ({ shutdown: () => Promise.reject(boom) }),
      ],
      onObserverError: ({ method, shard }) => told.push(`${method} ${shard}`),
    })
    const stats = await finish(tested)
    expect(stats.observerErrors).toEqual({ streamReleased: 0, shutdown: 6, shutdownCutOff: 0 })
    expect(told.sort()).toEqual([
      'shutdown 0',
      'shutdown 0',
      'shutdown 1',
      'shutdown 1',
      'shutdown 2',
      'shutdown 2',
    ])
  })

  it('does not release the streams that never ended: their observers are shut down instead', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(calls)] })
    tested.router.write(concat(opening('a'), traffic('b', 1)))
    expect((await finish(tested)).streams).toBe(2)
    expect(calls.filter(({ method }) => method === 'released')).toEqual([])
  })
})

describe('after shutdown', () => {
  it('write and send throw router-closed, on every source, from the call on', async () => {
    const tested = full()
    const source = tested.router.source()
    const shutdown = finish(tested)
    const check = async (): Promise<void> => {
      for (const call of [
        () => tested.router.write(traffic('a', 1)),
        () => source.write(traffic('a', 1)),
        () => tested.router.send({ event: 'EventFinish', streamId: 'a', timestamp: 1 }),
        () => tested.router.source(),
      ]) {
        expect(await errorOf(call)).toMatchObject({ name: 'ClosedError', code: 'router-closed' })
      }
    }
    await check()
    tested.slow.open()
    const stats = await shutdown
    await check()
    expect(tested.router.stats()).toEqual(stats)
  })

  it('every wait still ends', async () => {
    const tested = rig({ shards: 1, observers: [recorder([])] })
    const source = tested.router.source()
    source.write(traffic('a', 1))
    await finish(tested)
    await Promise.all([
      source.ready(),
      source.settled(),
      source.end(),
      tested.router.ready(),
      tested.router.settled(),
    ])
  })

  it('a ready() that waits for room for what send had to refuse ends, too', async () => {
    const slow = gate()
    const tested = rig({ shards: 1, observers: [recorder([], () => slow.promise)] }, FEW)
    while (tested.router.send({ event: 'EventReplayAttack', streamId: 'a', timestamp: 1 }));
    const ready = tested.router.ready()
    const shutdown = finish(tested)
    await ready
    slow.open()
    expect((await shutdown).dropped).toBe(0)
  })

  it('await using and Symbol.asyncDispose shut down', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(calls)] })
    {
      await using router = tested.router
      router.write(traffic('a', 1))
    }
    expect(shutdowns(calls, 1)).toEqual([1])
    await tested.router[Symbol.asyncDispose]()
    expect(shutdowns(calls, 1)).toEqual([1])
    await finish(tested)
  })
})

describe('R9 a factory that fails', () => {
  for (let fatal = 0; fatal < 6; fatal++) {
    it(`as number ${fatal} of six calls ends the creation, and those before it are shut down once`, async () => {
      let made = 0
      let over = 0
      const factory = () => {
        if (made === fatal) throw boom
        made++
        return { shutdown: () => void over++ }
      }
      const error = await errorOf(() => rig({ shards: 3, observers: [factory, factory] }))
      expect(error).toMatchObject({ name: 'FactoryError', code: 'factory-failed', cause: boom })
      expect((error as Error).message).toContain(
        `observers[${fatal % 2}] threw for shard ${Math.trunc(fatal / 2)}`,
      )
      expect([made, over]).toEqual([fatal, fatal])
    })
  }

  it('shuts down once an instance that others gave more than once', async () => {
    let over = 0
    const shared = { shutdown: () => void over++ }
    const last = (shard: number) => {
      if (shard === 2) throw boom
      return shared
    }
    expect(await errorOf(() => rig({ shards: 3, observers: [() => shared, last] }))).toMatchObject({
      cause: boom,
    })
    expect(over).toBe(1)
  })

  it('throws its own error although the earlier ones throw and reject in shutdown()', async () => {
    const error = await errorOf(() =>
      rig({
        shards: 1,
        observers: [
          () => ({
            shutdown: () => {
              throw new Error('other')
            },
          }),
          () => ({ shutdown: () => Promise.reject(new Error('other')) }),
          () => {
            throw boom
          },
        ],
      }),
    )
    expect(error).toMatchObject({ cause: boom })
    await microtasks()
  })
})
