// Guarantee 4: received = accepted + rejected, and accepted = delivered + failed +
// ignored + dropped + inFlight, each loss with its reason, whenever user code runs.

import { describe, expect, it } from 'vitest'
import { mtg } from '../../src/mtg/index.js'
import { makeRouter } from '../../src/router.js'
import { coreModule } from '../../src/wasm.js'
import { concat, frame } from '../reference-frames.js'
import {
  assertLedger,
  assertRig,
  type Call,
  ending,
  errorOf,
  finish,
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

describe('the ledger', () => {
  it('is all zero before anything came', async () => {
    const tested = rig({ shards: 2, observers: [() => ({})] })
    expect(tested.router.stats()).toEqual({
      received: 0,
      accepted: 0,
      rejected: 0,
      rejectedBy: {},
      delivered: 0,
      failed: 0,
      ignored: 0,
      dropped: 0,
      droppedBy: {},
      inFlight: 0,
      discardedBytes: 0,
      streams: 0,
      evicted: 0,
      restarted: 0,
      sources: 1,
      observerErrors: { streamReleased: 0, shutdown: 0, shutdownCutOff: 0 },
      handlerErrors: 0,
      shards: [
        { inFlight: 0, streams: 0 },
        { inFlight: 0, streams: 0 },
      ],
    })
    await finish(tested)
  })

  it('is true inside every call, of an observer, a release, a handler and a shutdown', async () => {
    let looks = 0
    const faults: unknown[] = []
    const look = (): void => {
      looks++
      try {
        assertRig(tested)
      } catch (error) {
        faults.push(error)
      }
    }
    const tested = rig(
      {
        shards: 2,
        observers: [
          recorder([], (call) => {
            look()
            if (call.method !== 'event' || Math.trunc(looks) % 5 === 0) throw new Error('now and then')
            return looks % 3 === 0 ? Promise.resolve().then(look) : undefined
          }),
        ],
        onObserverError: look,
        onFrameError: look,
      },
      { slots: 2 },
    )
    for (let index = 0; index < 40; index++) {
      tested.host.advance(1_000)
      const unknown = frame({ template: 77, streamId: 'a' })
      const bad = frame({ template: 3, streamId: 'a', isRead: 2 })
      const id = `s${index % 11}`
      const chunk = concat(opening(id), unknown, traffic(id, index), bad, keyless(1), ending(`s${index % 7}`))
      if (!tested.router.write(chunk)) await tested.router.ready()
      look()
      await microtasks()
    }
    const stats = await finish(tested)
    expect(looks).toBeGreaterThan(300)
    expect(faults).toEqual([])
    expect(stats.rejectedBy).toEqual({ 'unknown-template': 40, 'boolean-invalid': 40 })
    expect(stats.observerErrors).toMatchObject({ shutdown: 2 })
    expect(stats.handlerErrors).toBe(0)
  })

  it('counts the event in hand as in flight, and settles it after its call', async () => {
    const seen: number[] = []
    const tested = rig({
      shards: 1,
      observers: [() => ({ eventTraffic: () => void seen.push(tested.router.stats().inFlight) })],
    })
    tested.router.write(concat(traffic('a', 0), traffic('a', 1), traffic('b', 2)))
    expect(seen).toEqual([3, 2, 1])
    expect(tested.router.stats()).toMatchObject({ inFlight: 0, delivered: 3 })
    await finish(tested)
  })

  it('counts an event once, however many observers see it and fail on it', async () => {
    const fail = (): never => {
      throw new Error('no')
    }
    const tested = rig({
      shards: 1,
      observers: [
        () => ({ eventTraffic: fail }),
        () => ({ eventTraffic: () => Promise.reject(new Error('no')) }),
        () => ({ eventTraffic: () => {} }),
        () => ({ eventTraffic: fail }),
      ],
      onObserverError: () => {},
    })
    tested.router.write(concat(traffic('a', 0), keyless(0)))
    const stats = await finish(tested)
    expect([stats.accepted, stats.delivered, stats.failed, stats.ignored]).toEqual([2, 0, 1, 1])
  })

  it('counts as ignored only what no observer of that shard has a method for', async () => {
    const [zero] = idsOfShard(0, 2, 1)
    const [one] = idsOfShard(1, 2, 1)
    const got: string[] = []
    const tested = rig({
      shards: 2,
      observers: [
        () => ({}),
        (shard) => (shard === 1 ? { eventTraffic: ({ streamId }) => void got.push(streamId) } : {}),
      ],
    })
    tested.router.write(concat(traffic(zero!, 0), traffic(one!, 1), opening(zero!), ending(zero!)))
    expect(got).toEqual([one])
    const stats = await finish(tested)
    expect([stats.delivered, stats.ignored, stats.streams]).toEqual([1, 3, 1])
  })

  it('counts inherited methods as heard', async () => {
    class Base {
      heard = 0
      eventTraffic(): void {
        this.heard++
      }
    }
    class Meter extends Base {}
    const meters: Meter[] = []
    const tested = rig({
      shards: 1,
      observers: [
        () => {
          meters.push(new Meter())
          return meters[0]!
        },
      ],
    })
    tested.router.write(traffic('a', 0))
    expect(meters[0]!.heard).toBe(1)
    expect((await finish(tested)).ignored).toBe(0)
  })

  it('splits what is in flight and the streams by shard', async () => {
    const slow = gate()
    const tested = rig({ shards: 2, observers: [recorder([], () => slow.promise)] })
    const [zero, one] = [idsOfShard(0, 2, 3), idsOfShard(1, 2, 1)]
    tested.router.write(concat(...[...zero, ...one].map((id) => opening(id))))
    expect(tested.router.stats().shards).toEqual([
      { inFlight: 3, streams: 3 },
      { inFlight: 1, streams: 1 },
    ])
    slow.open()
    await finish(tested)
  })

  it('counts what is held in a chunk as not received yet', async () => {
    const slow = gate()
    const tested = rig({ shards: 1, observers: [recorder([], () => slow.promise)] }, SMALL)
    const chunk = concat(...Array.from({ length: 30 }, (_, index) => traffic('a', index)))
    expect(tested.router.write(chunk)).toBe(false)
    assertRig(tested)
    expect(tested.router.stats().received).toBeLessThan(8)
    slow.open()
    await tested.router.ready()
    expect(tested.router.stats().received).toBe(30)
    expect((await finish(tested)).delivered).toBe(30)
  })

  it('drops nothing for load: a full ring pushes back, whatever was sent into it', async () => {
    const slow = gate()
    const calls: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(calls, () => slow.promise)] }, SMALL)
    let sent = 0
    const send = (): boolean =>
      tested.router.send({ event: 'EventTraffic', streamId: 'a', timestamp: 0, traffic: sent, isRead: false })
    while (send()) sent++
    expect(send()).toBe(false)
    expect(tested.router.stats()).toMatchObject({ received: sent, inFlight: sent, dropped: 0 })
    slow.open()
    await tested.router.ready()
    expect(send()).toBe(true)
    expect((await finish(tested)).delivered).toBe(sent + 1)
  })

  it('counts an event that its schema wrote wrongly as a rejected frame, and says so to its sender', async () => {
    const encode: typeof mtg.encode = (event, view, at) => {
      const bytes = mtg.encode(event, view, at)
      // Another schema's ID.
      view.setUint16(at + 4, 2, true)
      return bytes
    }
    const calls: Call[] = []
    const router = makeRouter(coreModule, { ...mtg, encode }, { observers: [recorder(calls)] })
    const send = () => router.send({ event: 'EventFinish', streamId: 'a', timestamp: 1 })
    expect(await errorOf(send)).toMatchObject({
      code: 'encode-invalid',
      message: 'the event makes a frame that is rejected: schema-mismatch',
    })
    assertLedger(router.stats())
    const stats = await router.shutdown()
    expect(stats).toMatchObject({ received: 1, accepted: 0, rejectedBy: { 'schema-mismatch': 1 } })
    expect(calls.filter(({ method }) => method === 'event')).toEqual([])
  })

  it('gives snapshots: one that was taken does not change', async () => {
    const tested = rig({ shards: 1, observers: [recorder([])] })
    const before = tested.router.stats()
    tested.router.write(concat(traffic('a', 0), ending('x')))
    expect(before).toMatchObject({ received: 0, delivered: 0, droppedBy: {} })
    assertLedger(before)
    await finish(tested)
  })

  it('counts with the events of other sources while one is cut in the middle of a frame', async () => {
    const tested = rig({ shards: 1, observers: [recorder([])] })
    const [one, other] = [tested.router.source(), tested.router.source()]
    const bytes = traffic('a', 0)
    for (let at = 0; at < bytes.length; at++) {
      one.write(bytes.subarray(at, at + 1))
      other.write(traffic('b', at))
      tested.router.send({ event: 'EventReplayAttack', streamId: 'c', timestamp: 1 })
      assertRig(tested)
    }
    expect((await finish(tested)).delivered).toBe(1 + 2 * bytes.length)
  })
})
