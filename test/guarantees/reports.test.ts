// Guarantee 5, the reports: what the handlers are told, how often, and what becomes of
// handlers that fail themselves (R4).

import { describe, expect, it } from 'vitest'
import { ObserverError } from '../../src/observer-error.js'
import { concat } from '../reference-frames.js'
import {
  type Call,
  ending,
  eventsOf,
  finish,
  gate,
  microtasks,
  opening,
  recorder,
  rig,
  TestHost,
  traffic,
} from '../support.js'

const boom = new Error('boom')
/** An object with this `then`, which TypeScript and linters would rather not see. */
const thenable = (then: unknown): object => Object.defineProperty({}, 'then', { value: then })
const withGetter = (get: () => unknown): object => Object.defineProperty({}, 'then', { get })

type Settle = (value?: unknown) => void

describe('a report', () => {
  it('says which method, shard, stream and slot, and carries what was thrown', async () => {
    const errors: ObserverError[] = []
    const tested = rig({
      shards: 1,
      observers: [
        recorder([], () => {
          throw boom
        }),
      ],
      onObserverError: (error) => errors.push(error),
    })
    tested.router.write(concat(opening('a'), ending('a')))
    await finish(tested)
    expect(errors.map(({ method, shard, streamId, slot }) => [method, shard, streamId, slot])).toEqual([
      ['eventStart', 0, 'a', 1],
      ['eventFinish', 0, 'a', 1],
      ['streamReleased', 0, 'a', 1],
      ['shutdown', 0, '', 0],
    ])
    for (const error of errors) {
      expect(error).toBeInstanceOf(ObserverError)
      expect([error.code, error.cause]).toEqual(['observer-failed', boom])
      expect(error.message).toContain('boom')
    }
  })

  it('of a release names the stream that is over, not the one whose event came before', async () => {
    const errors: ObserverError[] = []
    const tested = rig(
      {
        shards: 1,
        observers: [
          recorder([], ({ method }) => {
            if (method === 'released') throw boom
          }),
        ],
        onObserverError: (error) => errors.push(error),
      },
      { slots: 2 },
    )
    tested.router.write(concat(opening('a'), traffic('b', 0), opening('c'), opening('a'), ending('c')))
    await finish(tested)
    expect(errors.map(({ streamId, slot }) => `${streamId} ${slot}`)).toEqual(['a 1', 'b 2', 'c 1'])
  })

  for (const [name, thrown] of [
    ['no prototype', Object.create(null)],
    ['a symbol', Symbol('odd')],
    [
      'a toString that throws',
      {
        toString: () => {
          throw boom
        },
      },
    ],
    [
      'a message that throws',
      Object.defineProperty(new Error('odd'), 'message', {
        get: () => {
          throw boom
        },
      }),
    ],
  ] as const) {
    it(`reaches the handler even if what was thrown has ${name}`, async () => {
      const errors: ObserverError[] = []
      const tested = rig({
        shards: 1,
        observers: [
          () => ({
            eventTraffic: () => {
              throw thrown
            },
          }),
        ],
        onObserverError: (error) => errors.push(error),
      })
      tested.router.write(traffic('a', 0))
      expect(errors.length).toBe(1)
      expect(errors[0]!.cause === thrown).toBe(true)
      const stats = await finish(tested)
      expect([stats.failed, stats.handlerErrors]).toEqual([1, 0])
    })
  }

  it('comes at most ten times a second, and everything is counted', async () => {
    const times: number[] = []
    const tested = rig({
      shards: 1,
      observers: [
        () => ({
          eventTraffic: () => {
            throw boom
          },
        }),
      ],
      onObserverError: () => times.push(tested.host.now()),
    })
    const burst = (count: number): void => {
      for (let index = 0; index < count; index++) tested.router.write(traffic('a', index))
    }
    burst(25)
    expect(times.length).toBe(10)
    tested.host.advance(999)
    burst(25)
    expect(times.length).toBe(10)
    tested.host.advance(1)
    burst(25)
    expect(times.length).toBe(20)
    tested.host.advance(60_000)
    burst(9)
    expect(times.length).toBe(29)
    expect((await finish(tested)).failed).toBe(84)
  })

  it('comes at most ten times in any second, wherever that second begins', async () => {
    const times: number[] = []
    const tested = rig({
      shards: 1,
      observers: [
        () => ({
          eventTraffic: () => {
            throw boom
          },
        }),
      ],
      onObserverError: () => times.push(tested.host.now()),
    })
    for (let tick = 0; tick < 400; tick++) {
      tested.host.advance((tick * 37) % 140)
      for (let index = 0; index < 2; index++) tested.router.write(traffic('a', tick))
    }
    for (const start of times) {
      expect(times.filter((time) => time >= start && time < start + 1_000).length).toBeLessThanOrEqual(10)
    }
    expect((await finish(tested)).failed).toBe(800)
  })

  it('goes on after the clock was set back', async () => {
    let reports = 0
    const host = new TestHost()
    const tested = rig(
      { shards: 1, observers: [recorder([], () => Promise.reject(boom))], onObserverError: () => reports++ },
      {},
      host,
    )
    for (let index = 0; index < 12; index++) tested.router.write(traffic('a', index))
    await tested.router.settled()
    expect(reports).toBe(10)
    host.time -= 500_000
    tested.router.write(traffic('a', 0))
    await tested.router.settled()
    expect(reports).toBe(11)
    await finish(tested)
  })

  it('goes to the log when there is no handler, with its cause, at most ten times a second', async () => {
    const tested = rig({ shards: 1, observers: [recorder([], () => Promise.reject(boom))] })
    for (let index = 0; index < 20; index++) tested.router.write(traffic('a', index))
    await tested.router.settled()
    expect(tested.host.warnings.length).toBe(10)
    expect(tested.host.warnings[0]).toEqual(['shardwire: eventTraffic on shard 0 failed: boom', boom])
    await finish(tested)
  })
})

describe('a handler that fails', () => {
  const handlers: readonly [name: string, handler: () => unknown][] = [
    [
      'throws',
      () => {
        throw boom
      },
    ],
    ['rejects', () => Promise.reject(boom)],
    ['rejects at odd times', () => thenable((_: Settle, reject: Settle) => reject(boom))],
    [
      'has a then whose getter throws',
      () =>
        withGetter(() => {
          throw boom
        }),
    ],
  ]
  for (const [name, handler] of handlers) {
    it(`${name}: it is counted, and stops nothing`, async () => {
      const calls: Call[] = []
      const tested = rig({
        shards: 1,
        observers: [
          recorder(calls, (call) => {
            if (call.method === 'event') throw boom
          }),
        ],
        onObserverError: handler,
        onFrameError: handler,
      })
      const bad = traffic('a', 0)
      bad[10] = 9
      tested.router.write(concat(traffic('a', 0), bad, traffic('a', 1)))
      await microtasks()
      expect(eventsOf(calls).length).toBe(2)
      const stats = await finish(tested)
      expect([stats.failed, stats.rejected, stats.handlerErrors]).toEqual([2, 1, 3])
    })
  }

  it('never settles: nothing waits for it', async () => {
    const tested = rig({
      shards: 1,
      observers: [
        recorder([], () => {
          throw boom
        }),
      ],
      onObserverError: () => gate().promise,
    })
    tested.router.write(concat(traffic('a', 0), traffic('a', 1)))
    expect(tested.router.stats().failed).toBe(2)
    await finish(tested)
  })
})
