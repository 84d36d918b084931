// Guarantee 7, the deadline: it bounds a shutdown whatever observers do, and what it
// cuts off is counted. Signals end waits, never the work itself.

import { describe, expect, it } from 'vitest'
import { concat, frame } from '../reference-frames.js'
import { full, shutdowns } from '../slow.js'
import {
  assertRig,
  type Call,
  ending,
  errorOf,
  eventsOf,
  finish,
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

const boom = new Error('boom')

describe('R5 the deadline', () => {
  it('shuts down an observer whose promise never settles, once, and counts what was cut off', async () => {
    const tested = full()
    const before = tested.router.stats()
    const held = errorOf(() => tested.router.ready())
    const settled = errorOf(() => tested.router.settled())
    const ended = errorOf(() => tested.router.settled().then(() => tested.router.ready()))
    const shutdown = finish(tested)
    tested.host.advance(9_999)
    await microtasks()
    expect(shutdowns(tested.calls, 1)).toEqual([0])
    tested.host.advance(1)
    const stats = await shutdown
    expect(shutdowns(tested.calls, 1)).toEqual([1])
    expect(eventsOf(tested.calls).length).toBe(1)
    expect(stats.droppedBy).toEqual({ deadline: before.inFlight })
    expect(stats.received).toBe(before.received)
    expect(stats.discardedBytes).toBe((20 - before.received) * traffic('a', 0).length)
    for (const wait of [held, settled, ended]) expect(await wait).toMatchObject({ code: 'router-closed' })
    expect(await errorOf(() => tested.router.settled())).toMatchObject({ code: 'router-closed' })
    expect(tested.host.pendingTimers).toBe(0)
  })

  for (const late of ['resolves', 'rejects'] as const) {
    it(`is not undone by a promise that ${late} late`, async () => {
      const tested = full()
      const shutdown = finish(tested)
      tested.host.advance(10_000)
      const stats = await shutdown
      const calls = tested.calls.length
      if (late === 'resolves') tested.slow.open()
      else tested.slow.fail(boom)
      await microtasks()
      expect(tested.router.stats()).toEqual(stats)
      expect(tested.calls.length).toBe(calls)
      expect(tested.host.warnings).toEqual([])
      assertRig(tested)
    })
  }

  it('cuts off only the shards that are late', async () => {
    const calls: Call[] = []
    const never = gate()
    const tested = rig({
      shards: 2,
      observers: [recorder(calls, ({ shard }) => (shard === 0 ? never.promise : Promise.resolve()))],
    })
    const [slow, quick] = [idsOfShard(0, 2, 1)[0]!, idsOfShard(1, 2, 1)[0]!]
    const sources = [tested.router.source(), tested.router.source()]
    sources[0]!.write(concat(...upTo(4).map((number) => traffic(slow, number))))
    sources[1]!.write(concat(...upTo(7).map((number) => traffic(quick, number))))
    const waits = sources.map((source) =>
      source.settled().then(
        () => 'settled',
        (error: Error) => error,
      ),
    )
    const shutdown = finish(tested)
    await microtasks()
    tested.host.advance(10_000)
    const stats = await shutdown
    expect([stats.delivered, stats.droppedBy]).toEqual([7, { deadline: 4 }])
    expect(await waits[0]).toMatchObject({ code: 'router-closed' })
    expect(await waits[1]).toBe('settled')
    expect(shutdowns(calls, 2)).toEqual([1, 1])
    await sources[1]!.settled()
    expect(await errorOf(() => sources[0]!.settled())).toMatchObject({ code: 'router-closed' })
    never.open()
    await microtasks()
    assertRig(tested)
  })

  it('bounds the observers’ own shutdown() promises, and counts those that were cut off', async () => {
    const slow = gate()
    const tested = rig({
      shards: 2,
      observers: [() => ({ shutdown: () => slow.promise }), () => ({ shutdown: () => Promise.resolve() })],
    })
    const shutdown = finish(tested)
    await microtasks()
    tested.host.advance(10_000)
    const stats = await shutdown
    expect(stats.observerErrors).toEqual({ streamReleased: 0, shutdown: 0, shutdownCutOff: 2 })
    slow.fail(boom)
    await microtasks()
    expect(tested.router.stats()).toEqual(stats)
    expect(tested.host.warnings).toEqual([])
  })

  it('counts as cut off the promise of an observer that it tells itself; orphans stay a reason of their own', async () => {
    const slow = gate()
    const tested = rig({ shards: 1, observers: [recorder([], () => slow.promise)] })
    tested.router.write(concat(ending('a'), traffic('b', 1), traffic('b', 2)))
    const shutdown = finish(tested)
    tested.host.advance(10_000)
    const { droppedBy, observerErrors } = await shutdown
    expect(droppedBy).toEqual({ orphan: 1, deadline: 2 })
    expect(observerErrors).toEqual({ streamReleased: 0, shutdown: 0, shutdownCutOff: 1 })
    slow.open()
    await microtasks()
  })

  it('is the first call’s timeout; 0 cuts off what has not settled when the call returns', async () => {
    const tested = full()
    const shutdown = tested.router.shutdown({ timeout: 0 })
    void tested.router.shutdown({ timeout: 60_000 })
    tested.host.advance(0)
    expect((await shutdown).droppedBy.deadline).toBeGreaterThan(0)
    await finish(tested)
  })

  it('refuses a timeout that is no finite number of milliseconds, and stays open', async () => {
    const tested = rig({ shards: 1 })
    for (const timeout of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5', null]) {
      expect(await errorOf(() => tested.router.shutdown({ timeout: timeout as number }))).toMatchObject({
        code: 'option-invalid',
      })
    }
    expect(tested.router.write(traffic('a', 1))).toBe(true)
    await finish(tested)
  })

  it('that an observer’s own clock makes pass within its call waits for what is being delivered', async () => {
    const calls: Call[] = []
    const tested = rig({
      shards: 1,
      observers: [
        recorder(calls, () => {
          if (calls.length > 1) return
          void tested.router.shutdown({ timeout: 5 })
          tested.host.advance(5)
        }),
      ],
    })
    expect(tested.router.write(concat(...upTo(3).map((number) => traffic('a', number))))).toBe(true)
    expect(await finish(tested)).toMatchObject({ delivered: 3, dropped: 0 })
    expect(calls.map(({ method }) => method)).toEqual(['event', 'event', 'event', 'shutdown'])
  })

  it('that passes so while a promise is pending cuts off at the end of that delivery', async () => {
    const calls: Call[] = []
    const slow = gate()
    const late = () => {
      void tested.router.shutdown({ timeout: 5 })
      tested.host.advance(5)
      return slow.promise
    }
    const tested = rig({
      shards: 1,
      observers: [recorder(calls, () => (calls.length > 1 ? undefined : late()))],
    })
    const chunk = concat(...upTo(3).map((number) => traffic('a', number)))
    expect(tested.router.write(chunk)).toBe(true)
    expect(calls.map(({ method }) => method)).toEqual(['event', 'shutdown'])
    slow.open()
    expect((await finish(tested)).droppedBy).toEqual({ deadline: 3 })
  })

  it('ends a release whose promise never settles', async () => {
    const calls: Call[] = []
    const tested = rig({
      shards: 1,
      observers: [recorder(calls, ({ method }) => (method === 'released' ? gate().promise : undefined))],
    })
    tested.router.write(concat(opening('a'), ending('a'), opening('b')))
    const shutdown = finish(tested)
    tested.host.advance(10_000)
    const stats = await shutdown
    expect([stats.delivered, stats.droppedBy, shutdowns(calls, 1)]).toEqual([2, { deadline: 1 }, [1]])
  })

  it('is not needed when an observer settles in its last millisecond', async () => {
    const tested = full()
    const shutdown = finish(tested)
    tested.host.advance(9_999)
    tested.slow.open()
    const stats = await shutdown
    expect([stats.delivered, stats.dropped]).toEqual([20, 0])
    tested.host.advance(60_000)
    expect(tested.router.stats()).toEqual(stats)
  })

  it('ends a shutdown with a source whose framing was lost and one that is held', async () => {
    const tested = full()
    const lost = tested.router.source()
    expect(await errorOf(() => lost.write(frame({ template: 1, encoding: 1 })))).toBeInstanceOf(Error)
    tested.router.source().write(keyless(1).subarray(0, 7))
    const shutdown = finish(tested)
    tested.host.advance(10_000)
    const stats = await shutdown
    expect(stats.rejectedBy).toEqual({ 'framing-encoding': 1, truncated: 1 })
  })
})

describe('signals', () => {
  it('that are aborted reject, though what is waited for is so already', async () => {
    const tested = rig({ shards: 1 })
    const source = tested.router.source()
    const signal = AbortSignal.abort(boom)
    for (const { ready, settled } of [
      { ready: () => source.ready({ signal }), settled: () => source.settled({ signal }) },
      { ready: () => tested.router.ready({ signal }), settled: () => tested.router.settled({ signal }) },
    ]) {
      expect(await errorOf(ready)).toBe(boom)
      expect(await errorOf(settled)).toBe(boom)
    }
    expect(await errorOf(() => source.end({ signal }))).toBe(boom)
    expect(await errorOf(() => source.closed({ signal }))).toBe(boom)
    await finish(tested)
  })

  it('end the wait for a shutdown with their reason; the shutdown goes on', async () => {
    const tested = full()
    const controller = new AbortController()
    const aborted = errorOf(() => tested.router.shutdown({ signal: controller.signal }))
    controller.abort(boom)
    expect(await aborted).toBe(boom)
    expect(await errorOf(() => tested.router.shutdown({ signal: AbortSignal.abort(boom) }))).toBe(boom)
    tested.slow.open()
    expect((await finish(tested)).delivered).toBe(20)
  })

  it('that are none are refused by every wait, options that are none too, and a shutdown doesn’t begin', async () => {
    const tested = full()
    const source = tested.router.source()
    for (const odd of [null, 'text', { signal: null }, { signal: 5 }, { signal: {} }]) {
      const options = odd as { readonly signal: AbortSignal }
      const waits: (() => Promise<unknown>)[] = [
        () => tested.router.ready(options),
        () => tested.router.settled(options),
        () => tested.router.shutdown(options),
        () => source.ready(options),
        () => source.settled(options),
        () => source.closed(options),
      ]
      for (const wait of waits) expect(await errorOf(wait)).toMatchObject({ code: 'option-invalid' })
    }
    expect(source.write(new Uint8Array(0))).toBe(true)
    tested.slow.open()
    await finish(tested)
  })

  it('have no listeners left, however a wait ended', async () => {
    let listeners = 0
    const signal = new AbortController().signal
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--
      remove(...args)
    }
    for (const isCutOff of [false, true]) {
      const tested = full()
      const source = tested.router.source()
      source.write(concat(...upTo(20).map((number) => traffic('b', number))))
      const event = { event: 'EventReplayAttack', streamId: 'a', timestamp: 1 } as const
      expect(tested.router.send(event)).toBe(false)
      const waits = [
        tested.router.ready({ signal }),
        tested.router.settled({ signal }),
        source.ready({ signal }),
        source.settled({ signal }),
        source.end({ signal }),
        tested.router.shutdown({ signal }),
      ].map((wait) => wait.catch(() => {}))
      // Not the router's own ready(): nothing can be sent any more, so it has ended.
      expect(listeners).toBe(5)
      if (isCutOff) tested.host.advance(10_000)
      else tested.slow.open()
      await Promise.all(waits)
      await finish(tested)
      expect(listeners).toBe(0)
    }
  })
})
