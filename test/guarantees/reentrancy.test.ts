// R6: `write`, `send`, `stats`, `shutdown` and the waits may be called from wherever
// user code runs: no nested delivery, no deadlock, and the ledger stays true.

import { describe, expect, it } from 'vitest'
import type { Source } from '../../src/source.js'
import { concat, frame } from '../reference-frames.js'
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
  type Rig,
  recorder,
  rig,
  traffic,
  upTo,
} from '../support.js'

const boom = new Error('boom')
const event = { event: 'EventTraffic', streamId: 'sent', timestamp: 1, traffic: 1, isRead: true } as const

interface Where extends Rig {
  /** A source other than the router's own. */
  readonly source: Source
}

/** Every method, and what it comes to where the router is open. */
const METHODS: readonly [name: string, call: (where: Where) => unknown][] = [
  [
    'write',
    ({ router }) => router.write(concat(opening('written'), traffic('written', 1), ending('written'))),
  ],
  ['write to another source', ({ source }) => source.write(concat(opening('other'), ending('other')))],
  ['write of half a frame', ({ router }) => router.write(opening('half').subarray(0, 20))],
  ['write of a bad frame', ({ router }) => router.write(frame({ template: 3, streamId: 'bad', isRead: 7 }))],
  ['write that loses framing', ({ source }) => source.write(new Uint8Array(9))],
  [
    'write to a writable',
    ({ source }) =>
      void source.writable
        .getWriter()
        .write(traffic('piped', 1))
        .catch(() => {}),
  ],
  ['send', ({ router }) => router.send(event)],
  ['send of an event that cannot be written', ({ router }) => router.send({ ...event, traffic: -1 })],
  ['stats', ({ router }) => router.stats()],
  ['source', ({ router }) => router.source().write(keyless(1))],
  ['end', ({ source }) => void source.end()],
  ['ready', ({ router }) => void router.ready()],
  ['settled', ({ router }) => void router.settled()],
  ['shutdown', ({ router }) => void router.shutdown()],
  ['shutdown twice', ({ router }) => void [router.shutdown(), router.shutdown()]],
]

/** Every place where user code runs. `act` does something there, once. */
const PLACES: readonly [name: string, make: (act: () => unknown) => Parameters<typeof rig>[0]][] = [
  ['an event’s call', (act) => ({ observers: [() => ({ eventStart: act })] })],
  [
    'an event’s call that then throws',
    (act) => ({
      observers: [
        () => ({
          eventStart: () => {
            act()
            throw boom
          },
        }),
      ],
    }),
  ],
  [
    'a promise’s continuation',
    (act) => ({ observers: [() => ({ eventStart: () => Promise.resolve().then(() => void act()) })] }),
  ],
  [
    'a thenable’s then',
    (act) => ({
      observers: [
        () => ({
          eventStart: () =>
            Object.defineProperty({}, 'then', {
              value: (resolve: () => void) => {
                act()
                resolve()
              },
            }),
        }),
      ],
    }),
  ],
  [
    'a getter of then',
    (act) => ({
      observers: [
        () => ({
          eventStart: () =>
            Object.defineProperty({}, 'then', {
              get: () => {
                act()
              },
            }),
        }),
      ],
    }),
  ],
  ['streamReleased', (act) => ({ observers: [() => ({ streamReleased: act })] })],
  [
    'onObserverError, after a throw',
    (act) => ({
      observers: [
        () => ({
          eventStart: () => {
            throw boom
          },
        }),
      ],
      onObserverError: act,
    }),
  ],
  [
    'onObserverError, after a rejection',
    (act) => ({ observers: [() => ({ eventStart: () => Promise.reject(boom) })], onObserverError: act }),
  ],
  ['onFrameError', (act) => ({ observers: [], onFrameError: act })],
  ['shutdown()', (act) => ({ observers: [() => ({ shutdown: act })] })],
  [
    'the continuation of shutdown()',
    (act) => ({ observers: [() => ({ shutdown: () => Promise.resolve().then(() => void act()) })] }),
  ],
]

/** Watches the observers of one router: whether any call begins while another runs. */
function watched(calls: Call[], faults: unknown[], place: ReturnType<(typeof PLACES)[number][1]>) {
  let running = 0
  const guard = (observer: object): object =>
    new Proxy(observer, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...args: unknown[]) => {
          if (++running > 1) faults.push(new Error(`${String(name)} was called inside another call`))
          try {
            return method.apply(target, args) as unknown
          } finally {
            running--
          }
        }
      },
    })
  return [...(place?.observers ?? []), recorder(calls)].map((make) => (shard: number) => guard(make(shard)))
}

describe('R6 from inside', () => {
  for (const [placeName, makePlace] of PLACES) {
    for (const [methodName, method] of METHODS) {
      it(`${placeName}, ${methodName}: no nested delivery, no deadlock`, async () => {
        const calls: Call[] = []
        let acted = 0
        // What is found wrong inside must not pass for an observer's failure.
        const faults: unknown[] = []
        const act = (): void => {
          if (acted++ > 0) return
          try {
            assertRig(tested)
            method(where)
          } catch (error) {
            const { code = '' } = error as { code?: string }
            if (!/^(router-closed|framing-lost|encode-invalid)$/.test(code)) faults.push(error)
          }
          try {
            assertRig(tested)
          } catch (error) {
            faults.push(error)
          }
        }
        const place = makePlace(act)!
        const tested = rig({
          onObserverError: () => {},
          ...place,
          shards: 2,
          observers: watched(calls, faults, place) as never,
        })
        const where: Where = { ...tested, source: tested.router.source() }
        const started = tested.router.source()
        const bad = frame({ template: 3, streamId: 'bad', isRead: 2 })
        // What comes after the place is reached has to be delivered, too.
        started.write(
          concat(opening('a'), ending('a'), bad, ...upTo(20).map((number) => traffic('b', number))),
        )
        await microtasks()
        assertRig(tested)
        await finish(tested)
        expect(acted).toBeGreaterThan(0)
        expect(faults).toEqual([])
        const numbers = eventsOf(calls).flatMap((seen) =>
          seen.event === 'EventTraffic' && seen.streamId === 'b' ? [seen.traffic] : [],
        )
        expect(numbers).toEqual(upTo(20))
        expect(calls.filter(({ method: name }) => name === 'shutdown').length).toBe(2)
        expect(tested.host.pendingTimers).toBe(0)
      })
    }
  }
})

describe('R6 awaiting inside an observer', () => {
  for (const [name, wait] of [
    ['shutdown', ({ router }: Rig) => router.shutdown()],
    ['settled', ({ router }: Rig) => router.settled()],
    ['ready', ({ router }: Rig) => router.ready()],
  ] as const) {
    it(`${name} waits for itself, and the deadline ends it`, async () => {
      const outcome: unknown[] = []
      const tested = rig(
        {
          shards: 1,
          observers: [
            () => ({
              eventTraffic: async () => {
                outcome.push(
                  await wait(tested).then(
                    () => 'done',
                    (error: unknown) => error,
                  ),
                )
              },
            }),
          ],
        },
        { ringBytes: 256, maxFrameBytes: 64 },
      )
      tested.router.write(concat(...upTo(20).map((number) => traffic('a', number))))
      await microtasks()
      const shutdown = finish(tested)
      await microtasks()
      expect(outcome).toEqual([])
      tested.host.advance(10_000)
      const stats = await shutdown
      await microtasks()
      expect(outcome.length).toBe(1)
      if (name === 'shutdown') expect(outcome).toEqual(['done'])
      else expect(outcome).toMatchObject([{ code: 'router-closed' }])
      expect(stats.droppedBy.deadline).toBeGreaterThan(0)
      expect(tested.router.stats()).toEqual(stats)
    })
  }

  it('shutdown in an observer’s own shutdown() waits for itself, and the deadline ends it', async () => {
    const tested = rig({ shards: 2, observers: [() => ({ shutdown: () => tested.router.shutdown() })] })
    const shutdown = finish(tested)
    await microtasks()
    tested.host.advance(10_000)
    expect((await shutdown).observerErrors.shutdownCutOff).toBe(2)
  })
})

describe('R6 a factory', () => {
  it('that reaches for the router that it is made for fails, and only its creation', async () => {
    const error = await errorOf(() => {
      const tested: Rig = rig({
        shards: 1,
        observers: [
          () => {
            tested.router.write(traffic('a', 1))
            return {}
          },
        ],
      })
    })
    expect(error).toMatchObject({ code: 'factory-failed' })
    expect((error as Error).cause).toBeInstanceOf(ReferenceError)
  })

  for (const [name, method] of METHODS) {
    it(`may use another router: ${name}`, async () => {
      const calls: Call[] = []
      const other = rig({ shards: 1, observers: [recorder(calls)] })
      const where: Where = { ...other, source: other.router.source() }
      const tested = rig({
        shards: 2,
        observers: [
          (shard) => {
            if (shard > 0) return {}
            try {
              method(where)
            } catch (error) {
              expect((error as { code?: string }).code).toMatch(/^(framing-lost|encode-invalid)$/)
            }
            return {}
          },
        ],
      })
      await finish(tested)
      await finish(other)
    })
  }
})

describe('R6 from inside an observer,', () => {
  it('a write that overfills the ring is held, and goes on when the call has returned', async () => {
    const calls: Call[] = []
    let answer: boolean | undefined
    const many = concat(...upTo(30).map((number) => traffic('many', number)))
    const tested = rig(
      {
        shards: 1,
        observers: [
          recorder(calls, (call) => {
            if (call.method !== 'event' || call.event.event !== 'EventStart') return
            answer = tested.router.write(many)
            assertRig(tested)
          }),
        ],
      },
      { ringBytes: 256, maxFrameBytes: 64 },
    )
    tested.router.write(opening('a'))
    expect(answer).toBe(false)
    await tested.router.ready()
    expect(eventsOf(calls).length).toBe(31)
    await finish(tested)
  })

  it('a write while the chunk it came from is still being read comes after that chunk', async () => {
    const calls: Call[] = []
    const answers: unknown[] = []
    const bad = frame({ template: 3, streamId: 'bad', isRead: 2 })
    const tested = rig({
      shards: 1,
      observers: [
        recorder(calls, (call) => {
          if (call.method !== 'event' || call.event.event !== 'EventStart') return
          answers.push(tested.router.write(traffic('inner', 1)))
        }),
      ],
      onFrameError: () => {},
    })
    expect(tested.router.write(concat(opening('a'), bad, traffic('a', 1), traffic('a', 2)))).toBe(true)
    expect(answers).toEqual([false])
    expect(eventsOf(calls).map(({ streamId }) => streamId)).toEqual(['a', 'a', 'a', 'inner'])
    await finish(tested)
  })

  it('two routers that write to each other come to an end without nesting', async () => {
    const made: Rig[] = []
    let inside = 0
    let most = 0
    let calls = 0
    const factory = (index: number) => () => ({
      eventTraffic: ({ traffic: hops }: { traffic: number }) => {
        calls++
        most = Math.max(most, ++inside)
        if (hops > 0) made[1 - index]!.router.write(traffic('a', hops - 1))
        inside--
      },
    })
    for (const index of [0, 1]) made.push(rig({ shards: 1, observers: [factory(index)] }))
    made[0]!.router.write(traffic('a', 5_000))
    expect([calls, most]).toEqual([5_001, 2])
    for (const tested of made) await finish(tested)
  })

  it('shutdown drains what the same chunk brings after it', async () => {
    const calls: Call[] = []
    const [id] = idsOfShard(0, 1, 1)
    const slow = gate()
    const tested = rig(
      {
        shards: 1,
        observers: [
          recorder(calls, ({ method }) => {
            if (method !== 'event') return
            void tested.router.shutdown()
            return slow.promise
          }),
        ],
      },
      { ringBytes: 256, maxFrameBytes: 64 },
    )
    const answer = tested.router.write(concat(...upTo(20).map((number) => traffic(id!, number))))
    expect(answer).toBe(false)
    slow.open()
    const stats = await finish(tested)
    expect([stats.delivered, stats.dropped, stats.discardedBytes]).toEqual([20, 0, 0])
  })
})
