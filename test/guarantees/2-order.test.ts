// Guarantee 2: a stream's events arrive in the order in which their frames were
// written, and there is no end without a beginning.

import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/mtg/index.js'
import { concat } from '../reference-frames.js'
import {
  assertRig,
  type Call,
  ending,
  eventsOf,
  finish,
  type Gate,
  gate,
  keyless,
  microtasks,
  opening,
  recorder,
  rig,
  traffic,
  upTo,
} from '../support.js'

const SMALL = { ringBytes: 256, maxFrameBytes: 64, slots: 64 }

/** What an observer saw of streams, in few words. */
function story(calls: readonly Call[]): string[] {
  return calls.flatMap((call) => {
    if (call.method === 'released') return [`released ${call.slot} ${call.reason}`]
    if (call.method === 'shutdown') return []
    const { event, streamId } = call.event
    return [`${event.slice(5)} ${streamId}${'traffic' in call.event ? ` ${call.event.traffic}` : ''}`]
  })
}

/** Each stream's numbers, in the order of arrival. */
function numbersByStream(events: readonly Event[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>()
  for (const event of events) {
    if (event.event !== 'EventTraffic') continue
    numbers.set(event.streamId, [...(numbers.get(event.streamId) ?? []), event.traffic])
  }
  return numbers
}

describe('the events of one stream', () => {
  it('arrive as written while promises settle in odd orders', async () => {
    const calls: Call[] = []
    const gates: Gate[] = []
    const tested = rig(
      {
        shards: 4,
        observers: [
          recorder(calls, ({ method }) => {
            if (method === 'shutdown') return
            const one = gate()
            gates.push(one)
            return one.promise
          }),
        ],
      },
      SMALL,
    )
    const streams = ['a', 'b', 'c', 'd', 'e', 'f']
    const bytes = concat(...upTo(20).flatMap((number) => streams.map((id) => traffic(id, number))))
    expect(tested.router.write(bytes)).toBe(false)
    let seed = 7
    while (gates.length > 0) {
      seed = (seed * 69_069 + 1) % 2 ** 31
      const [one] = gates.splice(seed % gates.length, 1)
      if (seed % 3 === 0) one!.fail('no')
      else one!.open()
      await microtasks()
      assertRig(tested)
    }
    const numbers = numbersByStream(eventsOf(calls))
    expect([...numbers.keys()].sort()).toEqual(streams)
    for (const own of numbers.values()) expect(own).toEqual(upTo(20))
    await finish(tested)
  })

  it('arrive as written while a shard is full again and again, from each of several sources', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 2, observers: [recorder(calls, () => Promise.resolve())] }, SMALL)
    const sources = upTo(5).map(() => tested.router.source())
    await Promise.all(
      sources.map(async (source, index) => {
        for (const number of upTo(30)) {
          if (!source.write(concat(...['x', 'y', 'z'].map((id) => traffic(id + index, number))))) {
            await source.ready()
          }
        }
        await source.settled()
      }),
    )
    const numbers = numbersByStream(eventsOf(calls))
    expect(numbers.size).toBe(15)
    for (const own of numbers.values()) expect(own).toEqual(upTo(30))
    await finish(tested)
  })

  it('R11 arrive as written when ring positions pass 2^32, whatever the lengths', async () => {
    for (let back = 8; back <= 512; back += 8) {
      const calls: Call[] = []
      const tested = rig(
        { shards: 1, observers: [recorder(calls, () => Promise.resolve())] },
        { ...SMALL, startPosition: 2 ** 32 - back },
      )
      for (const number of upTo(24)) {
        const id = 'a'.repeat(1 + ((number * 5) % 22))
        if (!tested.router.write(concat(traffic(id, number), keyless(number)))) await tested.router.ready()
        assertRig(tested)
      }
      await tested.router.settled()
      expect(eventsOf(calls).flatMap((event) => ('traffic' in event ? [event.traffic] : []))).toEqual(
        upTo(24),
      )
      expect(eventsOf(calls).flatMap((event) => ('size' in event ? [event.size] : []))).toEqual(upTo(24))
      await finish(tested)
    }
  })

  it('written from inside an observer arrive after what was written before', async () => {
    const calls: Call[] = []
    const tested = rig({
      shards: 1,
      observers: [
        recorder(calls, (call) => {
          if (call.method === 'event' && call.event.event === 'EventTraffic' && call.event.traffic < 3) {
            tested.router.write(traffic('s', call.event.traffic + 10))
          }
        }),
      ],
    })
    tested.router.write(concat(...upTo(5).map((number) => traffic('s', number))))
    expect(numbersByStream(eventsOf(calls)).get('s')).toEqual([0, 1, 2, 3, 4, 10, 11, 12])
    await finish(tested)
  })

  it('are not sorted by their timestamps', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(calls)] })
    for (const timestamp of [9, 3, 7, 1]) {
      tested.router.send({ event: 'EventReplayAttack', streamId: 's', timestamp })
    }
    expect(eventsOf(calls).map(({ timestamp }) => timestamp)).toEqual([9, 3, 7, 1])
    await finish(tested)
  })
})

describe('no end without a beginning', () => {
  it('drops and counts an end whose stream never opened', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(calls)] })
    tested.router.write(concat(ending('never'), opening('a'), ending('a'), ending('a')))
    expect(story(calls)).toEqual(['Start a', 'Finish a', 'released 1 ended'])
    const stats = await finish(tested)
    expect(stats.droppedBy).toEqual({ orphan: 2 })
    expect([stats.accepted, stats.delivered, stats.streams]).toEqual([4, 2, 0])
  })

  it('drops the end of a stream that was joined in the middle, and releases its slot', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(calls)] })
    tested.router.write(concat(traffic('a', 1), ending('a'), traffic('a', 2)))
    expect(story(calls)).toEqual(['Traffic a 1', 'released 1 ended', 'Traffic a 2'])
    const stats = await finish(tested)
    expect([stats.dropped, stats.streams]).toEqual([1, 1])
  })

  it("delivers every end with orphans: 'deliver', each with a slot that is released after it", async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 1, orphans: 'deliver', observers: [recorder(calls)] })
    tested.router.write(concat(ending('never'), traffic('a', 1), ending('a')))
    expect(story(calls)).toEqual([
      'Finish never',
      'released 1 ended',
      'Traffic a 1',
      'Finish a',
      'released 1 ended',
    ])
    expect(eventsOf(calls).every(({ slot }) => slot > 0)).toBe(true)
    expect((await finish(tested)).dropped).toBe(0)
  })

  it('counts a stream as opened by an opening that nobody listened to', async () => {
    const ends: string[] = []
    const tested = rig({
      shards: 1,
      observers: [() => ({ eventFinish: (event) => void ends.push(event.streamId) })],
    })
    tested.router.write(concat(opening('a'), ending('a'), ending('b')))
    expect(ends).toEqual(['a'])
    const stats = await finish(tested)
    expect([stats.ignored, stats.delivered, stats.droppedBy.orphan]).toEqual([1, 1, 1])
  })

  it('counts a stream as opened by an opening on which an observer threw', async () => {
    const ends: string[] = []
    const tested = rig({
      shards: 1,
      observers: [
        () => ({
          eventStart: () => {
            throw new Error('no')
          },
          eventFinish: (event) => void ends.push(event.streamId),
        }),
      ],
    })
    tested.router.write(concat(opening('a'), ending('a')))
    expect(ends).toEqual(['a'])
    expect((await finish(tested)).failed).toBe(1)
  })

  it('does not count a stream as opened by an opening that was rejected', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(calls)], onFrameError: () => {} })
    const bad = opening('a')
    bad[10] = 9
    tested.router.write(concat(bad, ending('a')))
    expect(story(calls)).toEqual([])
    const stats = await finish(tested)
    expect([stats.rejected, stats.dropped]).toEqual([1, 1])
  })

  it('never takes an end without a stream ID for an orphan', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(calls)] })
    tested.router.write(concat(ending(''), ending('')))
    expect(story(calls)).toEqual(['Finish ', 'Finish '])
    expect((await finish(tested)).dropped).toBe(0)
  })

  it('takes an end that nobody listens to for an orphan first, for ignored second', async () => {
    const tested = rig({ shards: 1, observers: [() => ({ eventStart: () => {} })] })
    tested.router.write(concat(ending('a'), opening('b'), ending('b')))
    const stats = await finish(tested)
    expect([stats.droppedBy.orphan, stats.ignored, stats.delivered]).toEqual([1, 1, 1])
  })

  it('holds with no observer at all: everything else is ignored', async () => {
    const tested = rig({ shards: 3 })
    tested.router.write(concat(opening('a'), traffic('a', 1), ending('a'), ending('a'), keyless(1)))
    const stats = await finish(tested)
    expect([stats.ignored, stats.droppedBy.orphan, stats.streams]).toEqual([4, 1, 0])
  })

  it('holds when the beginning came from another source', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(calls)] })
    const [one, other] = [tested.router.source(), tested.router.source()]
    one.write(opening('a'))
    other.write(ending('a'))
    one.write(ending('a'))
    expect(story(calls)).toEqual(['Start a', 'Finish a', 'released 1 ended'])
    expect((await finish(tested)).dropped).toBe(1)
  })
})

describe('a stream that opens again', () => {
  it('releases the first one, then begins a new one', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(calls)] })
    tested.router.write(concat(opening('a'), traffic('a', 1), opening('a'), ending('a')))
    expect(story(calls)).toEqual([
      'Start a',
      'Traffic a 1',
      'released 1 restarted',
      'Start a',
      'Finish a',
      'released 1 ended',
    ])
    expect((await finish(tested)).restarted).toBe(1)
  })

  it('is no restart when the first was joined in the middle', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(calls)] })
    tested.router.write(concat(traffic('a', 1), opening('a'), ending('a')))
    expect(story(calls)).toEqual(['Traffic a 1', 'Start a', 'Finish a', 'released 1 ended'])
    expect((await finish(tested)).restarted).toBe(0)
  })

  it('R13 never has its new start overtake the finish that is still queued', async () => {
    const calls: Call[] = []
    const slow = gate()
    const tested = rig({ shards: 1, observers: [recorder(calls, () => slow.promise)] })
    tested.router.write(concat(traffic('before', 0), opening('a'), traffic('a', 1)))
    tested.router.write(concat(ending('a'), opening('a'), ending('a'), opening('b')))
    tested.router.write(concat(opening('a'), opening('a')))
    expect(calls.length).toBe(1)
    assertRig(tested)
    slow.open()
    await tested.router.settled()
    expect(story(calls)).toEqual([
      'Traffic before 0',
      'Start a',
      'Traffic a 1',
      'Finish a',
      'released 2 ended',
      'Start a',
      'Finish a',
      'released 2 ended',
      'Start b',
      'Start a',
      'released 3 restarted',
      'Start a',
    ])
    await finish(tested)
  })
})
