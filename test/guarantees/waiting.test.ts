// Those who wait for room: a shard is kept for them, and is never kept for nobody.

import { describe, expect, it } from 'vitest'
import { concat, frame } from '../reference-frames.js'
import {
  assertRig,
  type Call,
  eventsOf,
  finish,
  gate,
  idsOfShard,
  microtasks,
  recorder,
  rig,
  traffic,
} from '../support.js'

const event = (streamId: string) =>
  ({ event: 'EventTraffic', streamId, timestamp: 1, traffic: 1, isRead: true }) as const

/** A router whose observers wait for a gate, every shard full by `send`. */
function full(shards: number, streams: readonly string[]) {
  const slow = gate()
  const calls: Call[] = []
  const tested = rig(
    { shards, observers: [recorder(calls, () => slow.promise)] },
    { ringBytes: 512, maxFrameBytes: 64 },
  )
  for (const stream of streams) while (tested.router.send(event(stream)));
  return { ...tested, slow, calls }
}

describe('who waits for room', () => {
  it('may wait by send and by write at once, for different shards, and both go on', async () => {
    const [one, other] = [idsOfShard(0, 2, 1)[0]!, idsOfShard(1, 2, 1)[0]!]
    const tested = full(2, [one, other])
    expect(tested.router.write(traffic(other, 1))).toBe(false)
    tested.slow.open()
    await tested.router.ready()
    await microtasks()
    expect(tested.router.stats().inFlight).toBe(0)
    for (let turn = 0; turn < 50; turn++) while (!tested.router.send(event(one))) await tested.router.ready()
    await tested.router.settled()
    expect(tested.router.source().write(traffic(one, 1))).toBe(true)
    await finish(tested)
  })

  it('with a frame without an ID is not forgotten behind a shard that is kept for another', async () => {
    const tested = full(1, ['a'])
    const source = tested.router.source()
    expect(source.write(frame({ template: 6 }))).toBe(false)
    expect(tested.router.send(event('a'))).toBe(false)
    tested.slow.open()
    await source.ready()
    await tested.router.ready()
    await microtasks()
    assertRig(tested)
    expect(eventsOf(tested.calls).some((made) => made.event === 'EventConcurrencyLimited')).toBe(true)
    expect(tested.router.send(event('a'))).toBe(true)
    await finish(tested)
  })

  it('by send has its own ready(), whatever became of the bytes of write', async () => {
    const slow = gate()
    const tested = rig(
      { shards: 1, observers: [recorder([], () => slow.promise)] },
      { ringBytes: 512, maxFrameBytes: 64 },
    )
    expect(() => tested.router.write(new TextEncoder().encode('GET / HTTP/1.1'))).toThrow(/length/)
    while (tested.router.send(event('a')));
    slow.open()
    await tested.router.ready()
    expect(tested.router.send(event('a'))).toBe(true)
    await finish(tested)
  })
})

describe('write from inside an observer', () => {
  it('enqueues as often as it is called, also in the middle of a long chunk', async () => {
    const calls: Call[] = []
    let nested = 0
    const tested = rig({
      shards: 1,
      observers: [
        recorder(calls, (call) => {
          if (call.method !== 'event' || call.event.streamId !== 'outer' || nested >= 5) return
          tested.router.write(traffic('nested', nested++))
        }),
      ],
    })
    const frames = Array.from({ length: 5_000 }, (_, number) => traffic('outer', number))
    expect(tested.router.write(concat(...frames))).toBe(true)
    const stats = await finish(tested)
    expect(stats).toMatchObject({ delivered: 5_005, failed: 0 })
    const ofNested = eventsOf(calls).flatMap((made) =>
      made.streamId === 'nested' && 'traffic' in made ? [made.traffic] : [],
    )
    expect(ofNested).toEqual([0, 1, 2, 3, 4])
  })
})

describe('an instance that a factory gives more than once', () => {
  it('is shut down once, after the last event of any of its shards', async () => {
    const calls: Call[] = []
    const slow = gate()
    const shared = recorder(calls, (call) =>
      call.method === 'event' && call.event.streamId === 'a' ? slow.promise : undefined,
    )(0)
    const tested = rig({ shards: 4, observers: [() => shared, () => shared] })
    for (const stream of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) tested.router.write(traffic(stream, 1))
    const done = finish(tested)
    await microtasks()
    expect(calls.some(({ method }) => method === 'shutdown')).toBe(false)
    slow.open()
    await done
    expect(calls.filter(({ method }) => method === 'shutdown').length).toBe(1)
    expect(calls.at(-1)?.method).toBe('shutdown')
  })
})
