// What every transport promises, as one suite: each test file gives it the platforms whose
// real senders it has.

import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createNoopRouter } from '../../src/noop.js'
import type { SourceMaker, TransportOptions } from '../../src/transports/index.js'
import { concat, frame } from '../reference-frames.js'
import {
  assertRig,
  type Call,
  errorOf,
  finish,
  gate,
  microtasks,
  type Rig,
  recorder,
  rig,
  traffic,
  upTo,
} from '../support.js'
import { edgeFrames } from '../vectors.js'

/** A sender and the transport that reads it, in one process. */
export interface Link {
  readonly done: Promise<{ readonly bytes: number }>
  /** Resolves when the platform has taken the bytes, with backpressure where it has any, or has closed. */
  send(chunk: Uint8Array): Promise<unknown>
  /** Ends as a sender does that has sent all. */
  end(): void
  /** Breaks off. */
  cut?(): void
  /** Resolves when the sender knows that it has been closed. */
  readonly closed: Promise<unknown>
  /** Listeners at the transport's end, or locks. */
  listeners(): number
  /** Closes what the test itself has opened. */
  dispose(): unknown
}

export interface Platform {
  readonly name: string
  /** Whether each chunk that is sent is a message of whole frames. */
  readonly delimited?: boolean
  /** Whether a slow receiver holds the sender back. */
  readonly holds?: boolean
  /** Code of the error when a sender breaks off, where that can be told from an end. */
  readonly breaks?: string
  open(router: SourceMaker, options: TransportOptions): Promise<Link>
}

export const FRAMES = upTo(40).map((number) => traffic(`stream-${number % 7}`, number))
/** No frame: an HTTP request. */
export const GARBAGE = new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')
/** A ring of a few frames, so that a slow observer is felt at once. */
const SMALL = { ringBytes: 256, maxFrameBytes: 64, slots: 64 }

const MEBIBYTE = 1_048_576
/** One frame of 32 KiB: what a newer producer's long data makes. */
const LONG_FRAME = frame({ template: 3, streamId: 'a', traffic: 1, extraVarData: new Uint8Array(32_700) })
const LONG_FRAMES = 6_400
/** Bytes that may be under way to a router that takes nothing: the kernel's buffers, both ends', and rings. */
const MOST_UNDER_WAY = 24 * MEBIBYTE

/** Resolves at 'close', whatever errors come before; `once` of node:events would reject. */
export function closeOf(emitter: { once(event: 'close', listener: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => emitter.once('close', resolve))
}

/** Waits for a state. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await microtasks()
}

/** Waits until a number hasn't changed for many turns of the event loop. What is asserted then must hold sooner, too. */
export async function quiet(count: () => number): Promise<void> {
  for (let [last, turns] = [count(), 0]; turns < 300; turns++) {
    await microtasks()
    if (count() !== last) [last, turns] = [count(), 0]
  }
}

/** A router of a small ring whose observer's events wait for a gate. */
export function gated(sizes: Parameters<typeof rig>[1] = SMALL) {
  const calls: Call[] = []
  const slow = gate()
  const tested = rig(
    {
      shards: 1,
      observers: [recorder(calls, ({ method }) => (method === 'event' ? slow.promise : undefined))],
    },
    sizes,
  )
  return { ...tested, calls, slow }
}

/** After any end: the ledger holds, the source is closed, and nobody listens any more. */
export async function assertOver(tested: Rig, link: Link, signal?: AbortSignal): Promise<void> {
  assertRig(tested)
  await until(() => tested.router.stats().sources <= 1)
  await until(() => link.listeners() === 0)
  if (signal !== undefined) expect(getEventListeners(signal, 'abort')).toEqual([])
}

/** Sends more than the ring holds; resolves when the source holds the rest. */
async function overfill(link: Link, tested: Rig): Promise<void> {
  // Where there is backpressure this is pending until the observer goes on.
  void link.send(concat(...FRAMES)).catch(() => {})
  await until(() => tested.router.stats().received > 1)
  await quiet(() => tested.router.stats().received)
  expect(tested.router.stats().received).toBeLessThan(FRAMES.length)
}

function describeEnds(platform: Platform): void {
  describe('a sender that ends', () => {
    for (const step of platform.delimited ? [0] : [1_000, 61, 1]) {
      it(`is routed as a direct write is, ${step || 'a message'} bytes at a time`, async () => {
        const messages = [edgeFrames(), ...FRAMES]
        const bytes = concat(...messages)
        const expected: Call[] = []
        const direct = rig({ shards: 3, observers: [recorder(expected)] })
        const source = direct.router.source()
        source.write(bytes)
        await source.end()

        const calls: Call[] = []
        const tested = rig({ shards: 3, observers: [recorder(calls)] })
        const link = await platform.open(tested.router, {})
        if (step === 0) for (const message of messages) await link.send(message)
        else for (let at = 0; at < bytes.length; at += step) await link.send(bytes.subarray(at, at + step))
        link.end()
        expect(await link.done).toMatchObject({ bytes: bytes.length })
        // How the shards' calls interleave is the cuts'.
        const byShard = (all: Call[]): Call[] => [...all].sort((a, b) => a.shard - b.shard)
        expect(byShard(calls)).toEqual(byShard(expected))
        expect(tested.router.stats()).toEqual(direct.router.stats())
        await assertOver(tested, link)
        await finish(tested)
        await link.dispose()
      })
    }

    it('resolves only when all has settled', async () => {
      const tested = gated()
      const link = await platform.open(tested.router, {})
      let isDone = false
      void link.done.then(() => {
        isDone = true
      })
      await link.send(concat(...FRAMES.slice(0, 2)))
      link.end()
      await until(() => tested.router.stats().sources === 1)
      await quiet(() => Number(isDone))
      expect(isDone).toBe(false)
      expect(tested.router.stats().inFlight).toBe(2)
      tested.slow.open()
      expect(Object.isFrozen(await link.done)).toBe(true)
      expect(tested.router.stats()).toMatchObject({ inFlight: 0, delivered: 2 })
      await assertOver(tested, link)
      await finish(tested)
      await link.dispose()
    })

    it('inside a frame: that one is rejected', async () => {
      const tested = gated()
      tested.slow.open()
      const link = await platform.open(tested.router, {})
      await link.send(concat(FRAMES[0]!, FRAMES[1]!.subarray(0, 9)))
      link.end()
      await link.done
      expect(tested.router.stats()).toMatchObject({ received: 2, delivered: 1, rejectedBy: { truncated: 1 } })
      await assertOver(tested, link)
      await finish(tested)
      await link.dispose()
    })

    it('is taken by a router that routes nothing', async () => {
      const router = createNoopRouter()
      const link = await platform.open(router, {})
      await link.send(concat(...FRAMES))
      link.end()
      expect(await link.done).toMatchObject({ bytes: concat(...FRAMES).length })
      expect(router.stats()).toMatchObject({ sources: 1, discardedBytes: concat(...FRAMES).length })
      await link.dispose()
    })
  })
}

function describeFailures(platform: Platform): void {
  describe('a sender that fails', () => {
    if (platform.breaks !== undefined) {
      for (const held of [false, true]) {
        it(`by breaking off${held ? ' while the source holds' : ''}: what came before is routed`, async () => {
          const tested = gated()
          const link = await platform.open(tested.router, {})
          if (held) {
            await overfill(link, tested)
          } else {
            tested.slow.open()
            await link.send(FRAMES[0]!)
            await until(() => tested.router.stats().received === 1)
          }
          link.cut!()
          if (held && platform.holds) tested.slow.open()
          expect(await errorOf(() => link.done)).toMatchObject({ code: platform.breaks })
          tested.slow.open()
          await assertOver(tested, link)
          const { delivered, rejected } = await finish(tested)
          expect([delivered, rejected]).toEqual([held ? FRAMES.length : 1, 0])
          await link.dispose()
        })
      }
    }

    for (const held of [false, true]) {
      it(`by losing its framing${held ? ' in what the source holds' : ''} is closed`, async () => {
        const tested = gated()
        const link = await platform.open(tested.router, {})
        if (!held) tested.slow.open()
        void link.send(concat(...FRAMES, GARBAGE)).catch(() => {})
        await until(() => tested.calls.length > 0)
        tested.slow.open()
        expect(await errorOf(() => link.done)).toMatchObject({ code: 'framing-lost' })
        await link.closed
        await assertOver(tested, link)
        const stats = await finish(tested)
        expect(stats).toMatchObject({ delivered: FRAMES.length, rejectedBy: { 'framing-length': 1 } })
        await link.dispose()
      })
    }

    it('to get a source is closed', async () => {
      const tested = gated()
      for (const _ of upTo(1_024)) tested.router.source()
      const link = await platform.open(tested.router, {})
      expect(await errorOf(() => link.done)).toMatchObject({ code: 'too-many-sources' })
      await link.closed
      await until(() => link.listeners() === 0)
      await finish(tested)
      await link.dispose()
    })
  })
}

function describeAborts(platform: Platform): void {
  describe('abort', () => {
    const reason = new Error('enough')

    it('before the start takes nothing', async () => {
      const tested = gated()
      const signal = AbortSignal.abort(reason)
      const link = await platform.open(tested.router, { signal })
      expect(await errorOf(() => link.done)).toBe(reason)
      await link.closed
      await assertOver(tested, link, signal)
      expect((await finish(tested)).received).toBe(0)
      await link.dispose()
    })

    it('in the middle closes the sender; what was accepted is delivered', async () => {
      const tested = gated()
      const controller = new AbortController()
      const link = await platform.open(tested.router, controller)
      await link.send(concat(FRAMES[0]!, FRAMES[1]!))
      await until(() => tested.router.stats().received === 2)
      controller.abort(reason)
      expect(await errorOf(() => link.done)).toBe(reason)
      await link.closed
      await assertOver(tested, link, controller.signal)
      tested.slow.open()
      expect((await finish(tested)).delivered).toBe(2)
      await link.dispose()
    })

    it('while the source holds does not wait for the observer; what was accepted is delivered', async () => {
      const tested = gated()
      const controller = new AbortController()
      const link = await platform.open(tested.router, controller)
      await overfill(link, tested)
      controller.abort(reason)
      expect(await errorOf(() => link.done)).toBe(reason)
      await link.closed
      await until(() => link.listeners() === 0)
      expect(getEventListeners(controller.signal, 'abort').length).toBe(0)
      assertRig(tested)
      tested.slow.open()
      await assertOver(tested, link, controller.signal)
      // The chunk that was held is the source's, and routed to its end.
      const stats = await finish(tested)
      expect(stats.delivered).toBe(FRAMES.length)
      await link.dispose()
    })

    it('while all has come and is settling ends the wait', async () => {
      const tested = gated()
      const controller = new AbortController()
      const link = await platform.open(tested.router, controller)
      await link.send(concat(FRAMES[0]!, FRAMES[1]!))
      await until(() => tested.router.stats().received === 2)
      link.end()
      await until(() => tested.router.stats().sources === 1)
      controller.abort(reason)
      expect(await errorOf(() => link.done)).toBe(reason)
      await assertOver(tested, link, controller.signal)
      tested.slow.open()
      expect((await finish(tested)).delivered).toBe(2)
      await link.dispose()
    })
  })
}

function describeShutdowns(platform: Platform): void {
  describe("the router's shutdown", () => {
    it('closes a sender that is idle', async () => {
      const tested = gated()
      tested.slow.open()
      const link = await platform.open(tested.router, {})
      await link.send(FRAMES[0]!)
      await until(() => tested.router.stats().delivered === 1)
      const stats = await finish(tested)
      expect(await errorOf(() => link.done)).toMatchObject({ code: 'router-closed' })
      await link.closed
      await assertOver(tested, link)
      expect(stats.delivered).toBe(1)
      await link.dispose()
    })

    it('takes what the source holds, then closes the sender', async () => {
      const tested = gated()
      const link = await platform.open(tested.router, {})
      await overfill(link, tested)
      const stats = finish(tested)
      tested.slow.open()
      expect(await errorOf(() => link.done)).toMatchObject({ code: 'router-closed' })
      await link.closed
      await assertOver(tested, link)
      expect(await stats).toMatchObject({ delivered: FRAMES.length })
      await link.dispose()
    })

    it('that runs out of time cuts off what the source holds, and closes the sender', async () => {
      const tested = gated()
      const link = await platform.open(tested.router, {})
      await overfill(link, tested)
      const stats = finish(tested)
      tested.host.advance(10_000)
      expect(await errorOf(() => link.done)).toMatchObject({ code: 'router-closed' })
      await link.closed
      await assertOver(tested, link)
      expect((await stats).discardedBytes).toBeGreaterThan(0)
      await link.dispose()
    })
  })
}

function describeBackpressure(platform: Platform): void {
  it('an observer that hangs holds the sender back; nothing is missing when it goes on', async () => {
    const slow = gate()
    let calls = 0
    const observers = [() => ({ eventTraffic: () => (calls++ === 0 ? slow.promise : undefined) })]
    const tested = rig({ shards: 1, observers, ringBytes: MEBIBYTE })
    const message = concat(...upTo(8).map(() => LONG_FRAME))
    const offered = LONG_FRAMES * LONG_FRAME.length
    const before = process.memoryUsage()
    const link = await platform.open(tested.router, {})
    let sent = 0
    const sending = (async () => {
      for (; sent < offered; sent += message.length) await link.send(message)
      link.end()
    })()
    await until(() => calls === 1)
    await quiet(() => sent)
    const { received } = tested.router.stats()
    expect(received * LONG_FRAME.length).toBeLessThanOrEqual(MEBIBYTE)
    expect(sent).toBeLessThan(MOST_UNDER_WAY)
    const now = process.memoryUsage()
    expect(now.arrayBuffers - before.arrayBuffers).toBeLessThan(2 * MOST_UNDER_WAY)
    expect(now.rss - before.rss).toBeLessThan(4 * MOST_UNDER_WAY)
    assertRig(tested)
    slow.open()
    await sending
    expect(await link.done).toMatchObject({ bytes: offered })
    await assertOver(tested, link)
    const stats = await finish(tested)
    expect([stats.received, stats.delivered, calls]).toEqual([LONG_FRAMES, LONG_FRAMES, LONG_FRAMES])
    await link.dispose()
  })
}

export function describeTransport(platform: Platform): void {
  describe(platform.name, () => {
    describeEnds(platform)
    describeFailures(platform)
    describeAborts(platform)
    describeShutdowns(platform)
    if (platform.holds) describeBackpressure(platform)
  })
}
