// R15: a stack may run out at any call that shardwire makes. Whatever that costs, the
// ledger stays true, nothing is delivered twice, and shutdown works.

import { describe, expect, it } from 'vitest'
import type { ShardwireError } from '../../src/errors.js'
import type { Source } from '../../src/source.js'
import { concat, frame } from '../reference-frames.js'
import {
  assertRig,
  type Call,
  ending,
  eventsOf,
  finish,
  idsOfShard,
  keyless,
  microtasks,
  opening,
  RECORDERS,
  type Rig,
  rig,
  traffic,
  upTo,
} from '../support.js'

const [zero] = idsOfShard(0, 2, 1) as [string]
const [one] = idsOfShard(1, 2, 1) as [string]
const event = { event: 'EventTraffic', streamId: zero, timestamp: 1, traffic: 1, isRead: true } as const
const long = `${one}${'long'.repeat(9)}`
const bad = frame({ template: 3, streamId: zero, isRead: 2 })

const WAYS: readonly [name: string, call: (tested: Rig, source: Source) => unknown][] = [
  ['write', (_, source) => source.write(concat(opening(zero), traffic(one, 1), ending(zero)))],
  ['a write of long and bad frames', (_, source) => source.write(concat(opening(long), bad, ending(long)))],
  [
    'a write of a run',
    (_, source) => source.write(concat(...upTo(4).map((number) => traffic(zero, number)))),
  ],
  ['send', ({ router }) => router.send(event)],
  ['stats', ({ router }) => router.stats()],
]

/**
 * Runs out of stack, then calls at each level on the way back, each with a little more stack left.
 * @param words by how much the bottom is moved
 * @returns what was thrown
 */
function fromTheBottom(calls: number, words: number, call: () => void): unknown[] {
  const errors: unknown[] = []
  let left = calls
  const dive = (depth: number): void => {
    try {
      dive(depth + 1)
    } catch {
      // It has run out below.
    }
    if (left-- <= 0) return
    try {
      call()
    } catch (error) {
      errors[errors.length] = error
    }
  }
  const move = (..._pad: number[]): void => dive(0)
  move(...new Array<number>(words).fill(0))
  return errors
}

/** Lets the stack run out, so to speak, at the nth time from now on that this property is read. @returns its end */
function runOutAt(target: object, name: string, nth: number): () => number {
  const value: unknown = Reflect.get(target, name)
  let reads = 0
  Object.defineProperty(target, name, {
    configurable: true,
    get() {
      if (++reads === nth) throw new RangeError('Maximum call stack size exceeded')
      return value
    },
  })
  return () => {
    Object.defineProperty(target, name, { configurable: true, writable: true, value })
    return reads
  }
}

/** A call that may find no stack, or a core that broke when there was none. */
function attempt<T>(call: () => T): T | undefined {
  try {
    return call()
  } catch (error) {
    if (!(error instanceof RangeError)) {
      expect(['core-poisoned', 'framing-lost']).toContain((error as ShardwireError).code)
    }
    return undefined
  }
}

describe.each(RECORDERS)('R15 a stack that runs out, calls %s', (_, recorder) => {
  // Drawn depths meet these places by chance only: each is the first that a function does, so as good as its call.
  const places: [string, (tested: Rig) => object, string][] = [
    ['where the ring is looked at', ({ engine }) => engine.core, 'words'],
    ['where it is counted', ({ engine }) => engine.ledger, 'counts'],
    ['where sources are kept', ({ engine }) => engine, 'sources'],
  ]
  for (const [where, target, name] of places) {
    it(`at each place ${where}: the ledger is true and shutdown works`, async () => {
      const failure = (): never => {
        throw new Error('planted')
      }
      for (let nth = 1, hasRunOut = true; hasRunOut; nth++) {
        const calls: Call[] = []
        const observer = recorder(calls, ({ method }) => (method === 'shutdown' ? undefined : failure()))
        const tested = rig({ shards: 2, observers: [observer], onObserverError: failure })
        const source = tested.router.source()
        source.write(concat(opening(zero), opening(one)))
        const end = runOutAt(target(tested), name, nth)
        attempt(() => source.write(concat(opening(zero), traffic(one, 1), ending(zero))))
        const other = attempt(() => tested.router.source())
        attempt(() => other?.write(new Uint8Array(6)))
        hasRunOut = end() >= nth
        attempt(() => source.write(keyless(1)))
        assertRig(tested)
        const stats = await finish(tested)
        expect(stats.dropped).toBe(0)
        expect(eventsOf(calls).length).toBeLessThanOrEqual(stats.delivered + stats.failed)
        expect(calls.filter(({ method }) => method === 'shutdown').length).toBe(2)
      }
    })
  }

  for (const isAsync of [false, true]) {
    for (const [name, call] of WAYS) {
      it(`in ${name}, at whatever depth, ${isAsync ? 'async' : 'sync'}: the ledger is true and shutdown works`, async () => {
        let outOfStack = 0
        // Round 0 is on a healthy stack: functions that never ran are compiled when first called, which takes far
        // more stack than their calls.
        for (let round = 0; round <= 60; round++) {
          const calls: Call[] = []
          const tested = rig(
            {
              shards: 2,
              observers: [recorder(calls, () => (isAsync ? Promise.resolve() : undefined))],
              onObserverError: () => {},
              onFrameError: () => {},
            },
            { slots: 8, ringBytes: 65_536, maxFrameBytes: 1_024 },
          )
          const source = tested.router.source()
          const act = (): void => void call(tested, source)
          if (round === 0) act()
          else outOfStack += fromTheBottom(1 + ((round * 7) % 60), round, act).length
          // A call from a healthy stack finds out what is left of it.
          try {
            source.write(keyless(1))
          } catch (error) {
            expect(error).toMatchObject({ code: 'core-poisoned' })
          }
          assertRig(tested)
          await microtasks()
          const stats = await finish(tested)
          expect(stats.dropped).toBe(stats.droppedBy.orphan ?? 0)
          expect(eventsOf(calls).length).toBeLessThanOrEqual(stats.delivered + stats.failed)
          expect(calls.filter(({ method }) => method === 'shutdown').length).toBe(2)
        }
        expect(outOfStack).toBeGreaterThan(60)
      })
    }
  }

  for (const isAsync of [false, true]) {
    it(`in shutdown, at whatever depth, ${isAsync ? 'async' : 'sync'}: called again, it ends, and none is told twice`, async () => {
      let outOfStack = 0
      for (let round = 0; round <= 120; round++) {
        const calls: Call[] = []
        const observer = recorder(calls, () => (isAsync ? Promise.resolve() : undefined))
        const tested = rig({ shards: 2, observers: [observer, observer], onObserverError: () => {} })
        tested.router.write(concat(opening(zero), traffic(one, 1)))
        const act = (): void => void tested.router.shutdown({ timeout: 5_000 })
        if (round === 0) act()
        else outOfStack += fromTheBottom(1 + ((round * 7) % 60), round, act).length
        const ended = finish(tested)
        for (let turn = 0; turn < 5; turn++) await microtasks()
        tested.host.advance(5_000)
        const stats = await ended
        const told = calls.filter(({ method }) => method === 'shutdown').length
        // One for whose call there was no stack left has failed, as one that throws.
        expect(told).toBeLessThanOrEqual(4)
        if (round === 0) expect(told).toBe(4)
        expect(stats.delivered + stats.failed + stats.dropped).toBe(2)
        expect(tested.host.pendingTimers).toBe(0)
      }
      expect(outOfStack).toBeGreaterThan(60)
    })
  }

  it.each(['setTimer', 'clearTimer'])('at %s of a shutdown: the next call ends it, once', async (name) => {
    const calls: Call[] = []
    const tested = rig({ shards: 2, observers: [recorder(calls)] })
    const end = runOutAt(tested.host, name, 1)
    expect(() => tested.router.shutdown()).toThrowError(RangeError)
    end()
    const stats = await finish(tested)
    // A timer that couldn't be cleared changes nothing any more.
    tested.host.advance(60_000)
    expect(tested.router.stats()).toEqual(stats)
    expect(calls.map(({ method }) => method)).toEqual(['shutdown', 'shutdown'])
  })

  it('in the core, with none left to say so: it is never called again', () => {
    const { core } = rig().engine
    let calls = 0
    const trap = (): never => {
      calls++
      throw new RangeError('Maximum call stack size exceeded')
    }
    Object.defineProperty(core, 'exports', { value: { ...core.exports, ingest: trap } })
    // Read before the call, then by what should note that it failed.
    const end = runOutAt(core, 'poison', 2)
    expect(() => core.ingest(0, 0)).toThrowError(RangeError)
    end()
    for (const _ of upTo(2)) {
      expect(() => core.ingest(0, 0)).toThrowError(expect.objectContaining({ code: 'core-poisoned' }))
    }
    expect(calls).toBe(1)
  })

  it('before a full ring was delivered: the next send delivers it, and is taken', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(calls)] }, { ringBytes: 256, maxFrameBytes: 64 })
    const most = upTo(5).map((number) => traffic(zero, number))
    const end = runOutAt(tested.engine.ledger, 'counts', 1)
    expect(() => tested.router.write(concat(...most))).toThrowError(RangeError)
    end()
    expect(tested.router.stats().inFlight).toBe(most.length)
    expect(tested.router.send(event)).toBe(true)
    expect((await finish(tested)).delivered).toBe(most.length + 1)
    expect(eventsOf(calls)).toHaveLength(most.length + 1)
  })
})
