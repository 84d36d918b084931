// R15: when the core traps, it is never called again. What it had published is still
// delivered, the ledger stays true, and shutdown works.

import { describe, expect, it } from 'vitest'
import { CoreError } from '../../src/errors.js'
import {
  CONTROL_BUCKETS_ADDRESS,
  CONTROL_HASH_KEY_ADDRESS,
  CONTROL_LONG_IDS_ADDRESS,
  CONTROL_SHARDS_ADDRESS,
  CONTROL_TEMPLATES_ADDRESS,
  SHARD_RING_ADDRESS,
  SHARD_SLOTS_ADDRESS,
} from '../../src/layout.js'
import { concat } from '../reference-frames.js'
import {
  assertRig,
  type Call,
  ending,
  errorOf,
  eventsOf,
  finish,
  gate,
  idsOfShard,
  microtasks,
  opening,
  RECORDERS,
  type Rig,
  rig,
  traffic,
  upTo,
} from '../support.js'

const OUTSIDE = 0x8000_0000
const [zero, zeroToo] = idsOfShard(0, 2, 2) as [string, string]
const [one] = idsOfShard(1, 2, 1) as [string]
const poisoned = { name: 'CoreError', code: 'core-poisoned' }

/** Lets an address in the core's memory point outside it: the next use of it traps. */
function corrupt({ engine }: Rig, address: number): void {
  engine.core.words[address >>> 2] = OUTSIDE
}

const PLACES: readonly [name: string, address: (tested: Rig) => number][] = [
  ['the ring', ({ engine }) => engine.core.shardAddress(1) + SHARD_RING_ADDRESS],
  ['the slots', ({ engine }) => engine.core.shardAddress(1) + SHARD_SLOTS_ADDRESS],
  ['the stream table', () => CONTROL_BUCKETS_ADDRESS],
  ['the long IDs', () => CONTROL_LONG_IDS_ADDRESS],
  ['the templates', () => CONTROL_TEMPLATES_ADDRESS],
  ['the hash key', () => CONTROL_HASH_KEY_ADDRESS],
  ['the shards', () => CONTROL_SHARDS_ADDRESS],
]

describe.each(RECORDERS)('R15 a core that traps, calls %s', (_, recorder) => {
  it('in send leaves a true ledger, too', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 2, observers: [recorder(calls)] })
    const send = () => tested.router.send({ event: 'EventReplayAttack', streamId: zero, timestamp: 1 })
    expect(send()).toBe(true)
    corrupt(tested, CONTROL_BUCKETS_ADDRESS)
    expect(await errorOf(send)).toMatchObject(poisoned)
    assertRig(tested)
    expect(await errorOf(send)).toMatchObject(poisoned)
    expect(await finish(tested)).toMatchObject({ received: 1, delivered: 1 })
    expect(eventsOf(calls)).toHaveLength(1)
  })

  for (const [name, address] of PLACES) {
    it(`at ${name} leaves a true ledger, and everything throws core-poisoned but shutdown`, async () => {
      const calls: Call[] = []
      const tested = rig({ shards: 2, observers: [recorder(calls)] })
      const other = tested.router.source()
      tested.router.write(concat(opening(zero), opening(one), traffic(zero, 1), ending('never')))
      other.write(traffic(zero, 2).subarray(0, 9))
      corrupt(tested, address(tested))
      const long = `${one}${'x'.repeat(40)}`
      const chunk = concat(...upTo(40).flatMap((index) => [opening(long + index), ending(long + index)]))
      const error = await errorOf(() => tested.router.write(chunk))
      expect(error).toMatchObject(poisoned)
      expect((error as CoreError).cause).toBeInstanceOf(WebAssembly.RuntimeError)
      assertRig(tested)
      const before = eventsOf(calls).length
      for (const call of [
        () => tested.router.write(traffic(zero, 3)),
        () => other.write(traffic(zero, 3)),
        () => tested.router.send({ event: 'EventFinish', streamId: zero, timestamp: 1 }),
        () => tested.router.source().write(traffic(zero, 3)),
        () => tested.router.ready(),
        () => tested.router.settled(),
      ]) {
        expect(await errorOf(call)).toMatchObject(poisoned)
        assertRig(tested)
      }
      await other.end()
      expect(eventsOf(calls).length).toBe(before)
      const stats = await finish(tested)
      expect(stats.delivered).toBe(before)
      expect([stats.droppedBy.orphan, stats.discardedBytes > 0]).toEqual([1, true])
      expect(calls.filter(({ method }) => method === 'shutdown').length).toBe(2)
    })
  }

  it('in the middle of a chunk: what it had published is delivered', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 2, observers: [recorder(calls)] })
    corrupt(tested, tested.engine.core.shardAddress(1) + SHARD_RING_ADDRESS)
    const chunk = concat(opening(zero), traffic(zero, 1), traffic(zeroToo, 2), opening(one), traffic(zero, 3))
    expect(await errorOf(() => tested.router.write(chunk))).toBeInstanceOf(CoreError)
    expect(eventsOf(calls).map(({ event, streamId }) => `${event} ${streamId}`)).toEqual([
      `EventStart ${zero}`,
      `EventTraffic ${zero}`,
      `EventTraffic ${zeroToo}`,
    ])
    expect((await finish(tested)).delivered).toBe(3)
  })

  it('with events in flight and chunks held: those are delivered, these counted', async () => {
    const calls: Call[] = []
    const slow = gate()
    const tested = rig(
      { shards: 2, observers: [recorder(calls, () => slow.promise)] },
      { ringBytes: 256, maxFrameBytes: 64 },
    )
    const [held, fatal] = [tested.router.source(), tested.router.source()]
    expect(held.write(concat(...upTo(20).map((number) => traffic(zero, number))))).toBe(false)
    const { inFlight } = tested.router.stats()
    const ended = held.end()
    const waits = [held.ready(), held.settled()].map((wait) => errorOf(() => wait))
    corrupt(tested, tested.engine.core.shardAddress(1) + SHARD_RING_ADDRESS)
    expect(await errorOf(() => fatal.write(traffic(one, 1)))).toMatchObject(poisoned)
    for (const wait of waits) expect(await wait).toMatchObject(poisoned)
    await ended
    expect(await errorOf(() => held.settled())).toMatchObject(poisoned)
    assertRig(tested)
    const shutdown = finish(tested)
    slow.open()
    const stats = await shutdown
    expect([stats.delivered, stats.dropped]).toEqual([inFlight, 0])
    const rest = (20 - inFlight) * traffic(zero, 0).length
    expect(stats.discardedBytes).toBe(rest + traffic(one, 1).length)
  })

  it('inside an observer: the call fails as its own error, the others go on', async () => {
    const calls: Call[] = []
    const errors: unknown[] = []
    const tested = rig({
      shards: 2,
      observers: [
        recorder(calls, (call) => {
          if (call.method === 'event' && call.event.event === 'EventStart')
            tested.router.write(traffic(one, 1))
        }),
      ],
      onObserverError: ({ cause }) => errors.push(cause),
    })
    corrupt(tested, tested.engine.core.shardAddress(1) + SHARD_RING_ADDRESS)
    tested.router.send({ event: 'EventStart', streamId: zero, timestamp: 1, remoteIP: '::' })
    expect(errors).toMatchObject([poisoned])
    expect(await errorOf(() => tested.router.write(traffic(zero, 1)))).toBe(errors[0])
    expect((await finish(tested)).failed).toBe(1)
  })

  it('while a held chunk resumes: its source is told, the rest is counted', async () => {
    const calls: Call[] = []
    const slow = gate()
    const tested = rig(
      { shards: 2, observers: [recorder(calls, () => slow.promise)] },
      { ringBytes: 256, maxFrameBytes: 64 },
    )
    tested.router.write(concat(...upTo(9).map((number) => traffic(zero, number)), traffic(one, 1)))
    const ready = errorOf(() => tested.router.ready())
    corrupt(tested, tested.engine.core.shardAddress(1) + SHARD_RING_ADDRESS)
    slow.open()
    expect(await ready).toMatchObject(poisoned)
    await microtasks()
    expect(eventsOf(calls).length).toBe(9)
    expect((await finish(tested)).delivered).toBe(9)
  })

  it('R8 may be shut down twice, at once, with a deadline', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 2, observers: [recorder(calls, () => gate().promise)] })
    tested.router.write(concat(traffic(zero, 1), traffic(zero, 2)))
    corrupt(tested, CONTROL_BUCKETS_ADDRESS)
    expect(await errorOf(() => tested.router.write(opening('new')))).toMatchObject(poisoned)
    const both = [tested.router.shutdown(), finish(tested)]
    tested.host.advance(10_000)
    const [stats] = await Promise.all(both)
    expect(stats).toMatchObject({ droppedBy: { deadline: 2 } })
    expect(calls.filter(({ method }) => method === 'shutdown').length).toBe(2)
  })

  it('R8 of which the router learns only after its deadline leaves counted what that cut off', async () => {
    const tested = rig({ shards: 1, observers: [recorder([], () => gate().promise)] })
    tested.router.write(concat(traffic(zero, 1), traffic(zero, 2)))
    void tested.router.shutdown()
    // As a stack leaves it that ran out where a source was read.
    tested.engine.isBroken = true
    tested.host.advance(10_000)
    expect(await finish(tested)).toMatchObject({ received: 2, droppedBy: { deadline: 2 } })
    expect(tested.engine.isBroken).toBe(false)
  })
})
