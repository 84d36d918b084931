// Guarantee 5: an observer that throws or rejects loses that one call. It is counted
// and reported, and the next event is delivered.

import { describe, expect, it } from 'vitest'
import type { ObserverError } from '../../src/observer-error.js'
import { concat } from '../reference-frames.js'
import {
  assertRig,
  type Call,
  ending,
  eventsOf,
  finish,
  gate,
  opening,
  recorder,
  rig,
  traffic,
} from '../support.js'

const boom = new Error('boom')
/** An object with this `then`, which TypeScript and linters would rather not see. */
const thenable = (then: unknown): object => Object.defineProperty({}, 'then', { value: then })
const withGetter = (get: () => unknown): object => Object.defineProperty({}, 'then', { get })

type Settle = (value?: unknown) => void

/** How a call can end, and what it counts as. */
const ENDINGS: readonly [name: string, answer: () => unknown, counts: 'delivered' | 'failed'][] = [
  ['gives nothing', () => undefined, 'delivered'],
  ['gives null', () => null, 'delivered'],
  ['gives false, 0 or text', () => false, 'delivered'],
  ['gives an object whose then is no function', () => thenable(5), 'delivered'],
  ['gives a function without a then', () => () => {}, 'delivered'],
  ['gives a revoked-looking object without a prototype', () => Object.create(null), 'delivered'],
  ['resolves', () => Promise.resolve(), 'delivered'],
  ['resolves with a promise that resolves', () => Promise.resolve(Promise.resolve()), 'delivered'],
  ['resolves synchronously', () => thenable((resolve: Settle) => resolve()), 'delivered'],
  ['resolves twice', () => thenable((resolve: Settle) => [resolve(), resolve()]), 'delivered'],
  [
    'resolves, then rejects',
    () => thenable((resolve: Settle, reject: Settle) => [resolve(), reject(boom)]),
    'delivered',
  ],
  [
    'throws after resolving',
    () =>
      thenable((resolve: Settle) => {
        resolve()
        throw boom
      }),
    'delivered',
  ],
  [
    'is a function with a then',
    () => Object.defineProperty(() => {}, 'then', { value: (resolve: Settle) => resolve() }),
    'delivered',
  ],
  [
    'throws',
    () => {
      throw boom
    },
    'failed',
  ],
  [
    'throws undefined',
    () => {
      throw undefined
    },
    'failed',
  ],
  ['rejects', () => Promise.reject(boom), 'failed'],
  ['rejects with undefined', () => Promise.reject(), 'failed'],
  [
    'resolves with a thenable that rejects',
    () => thenable((resolve: Settle) => resolve(Promise.reject(boom))),
    'failed',
  ],
  ['rejects synchronously', () => thenable((_: Settle, reject: Settle) => reject(boom)), 'failed'],
  [
    'rejects, then resolves, then rejects again',
    () => thenable((resolve: Settle, reject: Settle) => [reject(boom), resolve(), reject(boom)]),
    'failed',
  ],
  [
    'has a then that throws at once',
    () =>
      thenable(() => {
        throw boom
      }),
    'failed',
  ],
  [
    'has a then whose getter throws',
    () =>
      withGetter(() => {
        throw boom
      }),
    'failed',
  ],
  [
    'has a then whose getter throws the second time',
    () => {
      let reads = 0
      return withGetter(() => {
        if (reads++ > 0) throw boom
        return () => {}
      })
    },
    'failed',
  ],
  [
    'is a revoked proxy',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    },
    'failed',
  ],
  [
    'resolves with itself',
    () => {
      let self: Promise<unknown> | undefined
      self = Promise.resolve().then(() => self)
      return self
    },
    'failed',
  ],
  [
    'runs out of stack',
    () => {
      const dive = (): unknown => [dive()]
      return dive()
    },
    'failed',
  ],
]

describe('R4 a call that', () => {
  for (const [name, answer, counts] of ENDINGS) {
    it(`${name} counts as ${counts}, once, and the next event is delivered`, async () => {
      const errors: ObserverError[] = []
      const calls: Call[] = []
      const tested = rig({
        shards: 1,
        observers: [
          recorder(calls, (call) =>
            call.method === 'event' && call.event.slot === 1 ? answer() : undefined,
          ),
        ],
        onObserverError: (error) => errors.push(error),
      })
      tested.router.write(concat(traffic('odd', 1), traffic('next', 2)))
      await tested.router.settled()
      assertRig(tested)
      expect(eventsOf(calls).map(({ streamId }) => streamId)).toEqual(['odd', 'next'])
      expect(errors.length).toBe(counts === 'failed' ? 1 : 0)
      const stats = await finish(tested)
      expect([stats.delivered, stats.failed]).toEqual(counts === 'failed' ? [1, 1] : [2, 0])
      expect(stats.handlerErrors).toBe(0)
    })
  }
})

describe('the observers of one shard', () => {
  it('hear of an event although the one before them threw', async () => {
    const heard: Call[] = []
    const tested = rig({
      shards: 1,
      observers: [
        recorder([], () => {
          throw boom
        }),
        recorder(heard),
        recorder([], () => {
          throw boom
        }),
        recorder(heard),
      ],
      onObserverError: () => {},
    })
    tested.router.write(concat(opening('a'), ending('a')))
    expect(heard.map(({ method }) => method)).toEqual([
      'event',
      'event',
      'event',
      'event',
      'released',
      'released',
    ])
    const stats = await finish(tested)
    expect([stats.failed, stats.delivered]).toEqual([2, 0])
    expect(stats.observerErrors).toEqual({ streamReleased: 2, shutdown: 2, shutdownCutOff: 0 })
    expect(heard.length).toBe(8)
  })

  for (const asyncFirst of [true, false]) {
    it(`wait for the async ${asyncFirst ? 'first' : 'last'} although another threw, and fail once`, async () => {
      const slow = gate()
      const errors: unknown[] = []
      const order: string[] = []
      const waits = () => ({
        eventTraffic: ({ traffic: number }: { traffic: number }) => {
          order.push(`wait ${number}`)
          return slow.promise
        },
      })
      const throws = () => ({
        eventTraffic: ({ traffic: number }: { traffic: number }) => {
          order.push(`throw ${number}`)
          throw boom
        },
      })
      const tested = rig({
        shards: 1,
        observers: asyncFirst ? [waits, throws] : [throws, waits],
        onObserverError: (error) => errors.push(error.cause),
      })
      tested.router.write(concat(traffic('a', 0), traffic('a', 1)))
      expect(order.length).toBe(2)
      expect(tested.router.stats()).toMatchObject({ failed: 0, inFlight: 2 })
      slow.fail('late')
      const stats = await finish(tested)
      expect(order.length).toBe(4)
      expect([stats.failed, stats.delivered]).toEqual([2, 0])
      expect(errors).toEqual([boom, 'late', boom, 'late'])
    })
  }
})

describe('streamReleased and shutdown that fail', () => {
  it('are counted apart from events', async () => {
    const tested = rig({
      shards: 1,
      observers: [
        recorder([], ({ method }) => {
          if (method === 'released') throw boom
          return method === 'shutdown' ? Promise.reject(boom) : undefined
        }),
      ],
      onObserverError: () => {},
    })
    tested.router.write(concat(opening('a'), ending('a'), opening('b'), ending('b')))
    const stats = await finish(tested)
    expect([stats.delivered, stats.failed]).toEqual([4, 0])
    expect(stats.observerErrors).toEqual({ streamReleased: 2, shutdown: 1, shutdownCutOff: 0 })
  })

  it('by a promise are counted apart too, and the shard goes on', async () => {
    const calls: Call[] = []
    const tested = rig({
      shards: 1,
      observers: [
        recorder(calls, ({ method }) => (method === 'released' ? Promise.reject(boom) : undefined)),
      ],
      onObserverError: () => {},
    })
    tested.router.write(concat(opening('a'), ending('a'), opening('b')))
    await tested.router.settled()
    expect(eventsOf(calls).length).toBe(3)
    expect((await finish(tested)).observerErrors.streamReleased).toBe(1)
  })

  it('one throwing and one rejecting of the same release are two errors', async () => {
    const tested = rig({
      shards: 1,
      observers: [
        () => ({ eventStart: () => {}, streamReleased: () => Promise.reject(boom) }),
        () => ({
          streamReleased: () => {
            throw boom
          },
        }),
      ],
      onObserverError: () => {},
    })
    tested.router.write(concat(opening('a'), ending('a')))
    expect((await finish(tested)).observerErrors.streamReleased).toBe(2)
  })
})
