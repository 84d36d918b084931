// Guarantee 9: each shard has a fixed number of slots. A newcomer that finds none free
// takes that of a stream that was idle; its observer is told before, in order.

import { describe, expect, it } from 'vitest'
import type { ReleaseReason } from '../../src/schema.js'
import { concat } from '../reference-frames.js'
import { referenceXxHash32 } from '../reference-xxhash32.js'
import {
  assertRig,
  type Call,
  ending,
  eventsOf,
  finish,
  gate,
  idsOfShard,
  type MtgOptions,
  opening,
  type Rig,
  recorder,
  rig,
  traffic,
  upTo,
} from '../support.js'

/** What an observer may believe: a slot is one stream's from its first event to its release. */
class Shadow {
  readonly owners = new Map<number, string>()
  readonly released: string[] = []
  events = 0

  see(call: Call): void {
    if (call.method === 'released') {
      const owner = this.owners.get(call.slot)
      // A stream none of whose events was listened to is released all the same.
      this.owners.delete(call.slot)
      this.released.push(`${owner ?? '?'} ${call.reason}`)
    } else if (call.method === 'event' && call.event.streamId !== '') {
      this.events++
      const { slot, streamId } = call.event
      expect(slot).toBeGreaterThan(0)
      const owner = this.owners.get(slot)
      if (owner === undefined) expect([...this.owners.values()]).not.toContain(streamId)
      else expect(owner).toBe(streamId)
      this.owners.set(slot, streamId)
    }
  }
}

/** A router whose observers' slots and IDs are watched, shard by shard. */
function shadowed(
  slots: number,
  shards = 1,
  options: MtgOptions = {},
  answer: () => unknown = () => undefined,
) {
  const shadows = upTo(shards).map(() => new Shadow())
  const calls: Call[] = []
  const tested = rig(
    {
      shards,
      observers: [
        recorder(calls, (call) => {
          shadows[call.shard]!.see(call)
          return answer()
        }),
      ],
      onObserverError: ({ cause }) => {
        throw cause
      },
      ...options,
    },
    { slots, startPosition: 2 ** 32 - 4_096 },
  )
  const end = async () => {
    const stats = await finish(tested)
    expect([stats.failed, stats.handlerErrors]).toEqual([0, 0])
    expect(shadows.reduce((sum, { owners }) => sum + owners.size, 0)).toBe(stats.streams)
    return stats
  }
  return { ...tested, shadows, calls, end }
}

describe('R12 R14 a table with few slots', () => {
  for (const slots of [1, 2, 3, 4]) {
    for (const isAsync of [false, true]) {
      it(`of ${slots} a shard holds ten tables’ worth of streams that never end, ${isAsync ? 'async' : 'sync'}`, async () => {
        const tested = shadowed(slots, 3, {}, () => (isAsync ? Promise.resolve() : undefined))
        const ids = upTo(slots * 3 * 10).map((index) => `${index}${'-'.repeat(index % 30)}`)
        for (const round of upTo(3)) {
          for (const id of ids) {
            if (!tested.router.write(concat(opening(id), traffic(id, round)))) await tested.router.ready()
            assertRig(tested)
          }
        }
        await tested.router.settled()
        const stats = await tested.end()
        expect(stats.streams).toBe(slots * 3)
        expect(stats.delivered).toBe(ids.length * 6)
        expect(stats.evicted + stats.restarted).toBe(ids.length * 3 - stats.streams)
        const told = (reason: ReleaseReason): number =>
          tested.calls.filter((call) => call.method === 'released' && call.reason === reason).length
        expect([told('evicted'), told('restarted')]).toEqual([stats.evicted, stats.restarted])
      })
    }
  }

  it('gives every event with a stream ID a slot from 1 to the number of slots', async () => {
    const tested = shadowed(4)
    for (const index of upTo(500)) tested.router.write(traffic(`s${(index * 7) % 23}`, index))
    for (const { slot } of eventsOf(tested.calls)) {
      expect(slot).toBeGreaterThanOrEqual(1)
      expect(slot).toBeLessThanOrEqual(4)
    }
    await tested.end()
  })

  it('tells of an eviction before the newcomer’s first event, with all events of the evicted before it', async () => {
    const slow = gate()
    const tested = shadowed(2, 1, {}, () => slow.promise)
    tested.router.write(concat(opening('a'), opening('b'), traffic('a', 1), opening('c'), traffic('b', 2)))
    slow.open()
    await tested.router.settled()
    expect(
      tested.calls.map((call) => {
        if (call.method === 'event') return `${call.event.streamId}@${call.event.slot}`
        return call.method === 'released' ? `${call.reason} ${call.slot}` : call.method
      }),
    ).toEqual(['a@1', 'b@2', 'a@1', 'evicted 2', 'c@2', 'evicted 1', 'b@1'])
    expect((await tested.end()).evicted).toBe(2)
  })

  it('lets all of its streams with queued events give way in one go', async () => {
    const slow = gate()
    const tested = shadowed(3, 1, {}, () => slow.promise)
    tested.router.write(
      concat(...upTo(9).flatMap((index) => [opening(`s${index}`), traffic(`s${index}`, index)])),
    )
    assertRig(tested)
    slow.open()
    await tested.router.settled()
    expect(tested.shadows[0]!.released).toEqual(upTo(6).map((index) => `s${index} evicted`))
    await tested.end()
  })

  it('evicts the one idle longest, as long as a shard has at most 16 slots', async () => {
    for (const slots of [1, 2, 5, 15, 16]) {
      const tested = shadowed(slots)
      let recent: string[] = []
      let seed = slots
      for (const index of upTo(400)) {
        seed = (seed * 69_069 + 1) % 2 ** 31
        const id = `s${seed % (2 * slots + 1)}`
        const evicts = !recent.includes(id) && recent.length === slots
        const oldest = recent[0]
        tested.router.write(traffic(id, index))
        if (evicts) expect(tested.shadows[0]!.released.at(-1)).toBe(`${oldest} evicted`)
        recent = [...recent.filter((other) => other !== id), id].slice(-slots)
        expect([...tested.shadows[0]!.owners.values()].sort()).toEqual([...recent].sort())
      }
      await tested.end()
    }
  })

  it('evicts nobody of another shard', async () => {
    const tested = shadowed(2, 2)
    const [quiet, busy] = [idsOfShard(0, 2, 2), idsOfShard(1, 2, 50)]
    for (const id of [...quiet, ...busy]) tested.router.write(opening(id))
    expect(tested.shadows[0]!.released).toEqual([])
    tested.router.write(concat(...quiet.map((id) => ending(id))))
    expect((await tested.end()).evicted).toBe(48)
  })

  it('takes the late finish of an evicted stream for an orphan', async () => {
    const tested = shadowed(1)
    tested.router.write(concat(opening('a'), opening('b'), ending('a'), ending('b')))
    const stats = await tested.end()
    expect([stats.evicted, stats.droppedBy.orphan, stats.streams]).toEqual([1, 1, 0])
    expect(tested.shadows[0]!.released).toEqual(['a evicted', 'b ended'])
  })

  it('takes an evicted stream’s further events as those of a stream joined in the middle', async () => {
    const tested = shadowed(1)
    tested.router.write(concat(opening('a'), opening('b'), traffic('a', 1), opening('a'), ending('a')))
    const stats = await tested.end()
    expect([stats.evicted, stats.restarted, stats.dropped, stats.delivered]).toEqual([2, 0, 0, 5])
  })
})

describe('slots', () => {
  it('R13 are the next stream’s at once, and never carry the old one’s ID', async () => {
    for (const isAsync of [false, true]) {
      const tested = shadowed(8, 2, {}, () => (isAsync ? Promise.resolve() : undefined))
      let seed = 5
      for (const index of upTo(3_000)) {
        seed = (seed * 69_069 + 1) % 2 ** 31
        const id = `s${(seed >> 8) % 60}`
        const frames = [opening(id), traffic(id, index), ending(id), concat(ending(id), opening(id))]
        if (!tested.router.write(frames[(seed >> 16) % 4]!)) await tested.router.ready()
      }
      await tested.router.settled()
      await tested.end()
    }
  })

  it('are dense: from 1 on, the lowest number that streams at once have needed', async () => {
    const tested = shadowed(100)
    for (const index of upTo(1_000)) {
      tested.router.write(concat(opening(`s${index}`), traffic(`s${index}`, 1), ending(`s${index}`)))
    }
    expect(new Set(eventsOf(tested.calls).map(({ slot }) => slot))).toEqual(new Set([1]))
    tested.router.write(concat(...upTo(10).map((index) => opening(`t${index}`))))
    expect(Math.max(...eventsOf(tested.calls).map(({ slot }) => slot))).toBe(10)
    await tested.end()
  })

  it('are freed by an end that nobody listens to, and by one that is dropped', async () => {
    const released: [number, ReleaseReason][] = []
    const tested = rig(
      {
        shards: 1,
        observers: [
          () => ({
            eventTraffic: () => {},
            streamReleased: (slot, reason) => void released.push([slot, reason]),
          }),
        ],
      },
      { slots: 1 },
    )
    tested.router.write(concat(opening('a'), traffic('a', 1), ending('a'), traffic('b', 1), ending('b')))
    expect(released).toEqual([
      [1, 'ended'],
      [1, 'ended'],
    ])
    expect(await finish(tested)).toMatchObject({ streams: 0, evicted: 0, ignored: 2, dropped: 1 })
  })

  it('are told of although no observer hears of any event', async () => {
    const released: ReleaseReason[] = []
    const tested = rig(
      { shards: 1, observers: [() => ({ streamReleased: (_, reason) => void released.push(reason) })] },
      { slots: 1 },
    )
    tested.router.write(concat(opening('a'), opening('b'), opening('b'), ending('b')))
    expect(released).toEqual(['evicted', 'restarted', 'ended'])
    await finish(tested)
  })

  it('never run out in a hundred thousand streams that come and go', async () => {
    const counts = { ended: 0, restarted: 0, evicted: 0 }
    const tested = rig({
      shards: 2,
      streams: 64,
      observers: [() => ({ eventStart: () => {}, streamReleased: (_, reason) => void counts[reason]++ })],
    })
    for (const round of upTo(100)) {
      const ids = upTo(1_000).map((index) => `s${round * 1_000 + index}`)
      tested.router.write(
        concat(...ids.map((id, index) => (index % 2 === 0 ? concat(opening(id), ending(id)) : opening(id)))),
      )
    }
    const stats = await finish(tested)
    expect(stats.delivered).toBe(100_000)
    expect(counts.ended).toBe(50_000)
    expect(counts.evicted).toBe(stats.evicted)
    expect(stats.evicted + stats.streams).toBe(50_000)
  })
})

describe('IDs', () => {
  /** IDs that share their prefix and differ in the last byte only, or in their length. */
  const LENGTHS = [1, 2, 7, 8, 9, 15, 16, 17, 21, 22, 23, 24, 25, 31, 32, 33, 253, 254]

  it('of every length that share prefixes and differ in one byte are streams of their own', async () => {
    const tested = shadowed(200, 2)
    const ids = LENGTHS.flatMap((length) => ['a', 'b', '\u0000'].map((last) => 'x'.repeat(length - 1) + last))
    for (const round of upTo(3)) {
      for (const id of round === 1 ? [...ids].reverse() : ids) tested.router.write(traffic(id, round))
    }
    const stats = await tested.end()
    expect([stats.streams, stats.evicted]).toEqual([ids.length, 0])
  })

  it('of every length differ in any of their bytes', async () => {
    for (const length of LENGTHS) {
      const tested = shadowed(300)
      const base = 'm'.repeat(length)
      const ids = [base, ...upTo(length).map((at) => `${base.slice(0, at)}n${base.slice(at + 1)}`)]
      for (const id of [...ids, ...ids]) tested.router.write(traffic(id, 1))
      expect((await tested.end()).streams).toBe(length + 1)
    }
  })

  it('that end in zero bytes are not the same as shorter ones', async () => {
    const tested = shadowed(100)
    const ids = LENGTHS.map((length) => `z${'\u0000'.repeat(length - 1)}`)
    for (const id of [...ids, ...ids]) tested.router.write(opening(id))
    const stats = await tested.end()
    expect([stats.streams, stats.restarted]).toEqual([ids.length, ids.length])
  })

  it('come out as they went in: a leading U+FEFF, names that objects have, four-byte characters', async () => {
    const tested = shadowed(100)
    const ids = ['\ufeffa', '__proto__', 'constructor', 'then', '🦀', 'é'.repeat(127), '\u0000', 'toString']
    for (const id of [...ids, ...ids]) tested.router.write(opening(id))
    expect(eventsOf(tested.calls).map(({ streamId }) => streamId)).toEqual([...ids, ...ids])
    await tested.end()
  })

  it('R12 that all have the same xxHash32 stay apart, and spread in the table like any others', async () => {
    const ids = collidingIds(600)
    expect(new Set(ids.map((id) => referenceXxHash32(new TextEncoder().encode(id)))).size).toBe(1)
    const worst = async (chosen: readonly string[]): Promise<number> => {
      const tested = shadowed(1_000)
      for (const id of chosen) tested.router.write(opening(id))
      for (const id of chosen) tested.router.write(traffic(id, 1))
      expect((await tested.end()).streams).toBe(chosen.length)
      return longestRun(tested)
    }
    const others = await worst(upTo(600).map((index) => `${'random'.repeat(4)}${index * 7_919}`))
    expect(await worst(ids)).toBeLessThanOrEqual(2 * others + 4)
  })
})

/** Longest run of buckets in use: what a look-up has to go through at worst. */
function longestRun({ engine }: Rig): number {
  const { buckets } = engine.core.plan
  let longest = 0
  let run = 0
  for (let at = 0; at < buckets.bytes; at += 32) {
    run = engine.core.bytes[buckets.address + at + 22] === 0 ? 0 : run + 1
    longest = Math.max(longest, run)
  }
  return longest
}

/**
 * ASCII IDs of 32 bytes with one xxHash32: the second stripe undoes what the first
 * did to the first lane. Anyone can do this.
 */
function collidingIds(count: number): string[] {
  const [prime1, prime2] = [0x9e3779b1, 0x85ebca77]
  let inverse = 1
  for (let bits = 0; bits < 5; bits++) inverse = Math.imul(inverse, 2 - Math.imul(prime2, inverse))
  const rotate = (value: number): number => (value << 13) | (value >>> 19)
  const goal = 0x12345678
  const ids: string[] = []
  for (let index = 0; ids.length < count; index++) {
    const first = index.toString(36).padStart(4, '0')
    const word = [...first].reduce((sum, letter, at) => sum | (letter.charCodeAt(0) << (8 * at)), 0)
    const lane = Math.imul(rotate((prime1 + prime2 + Math.imul(word, prime2)) | 0), prime1)
    const second = Math.imul((goal - lane) | 0, inverse)
    const bytes = [0, 8, 16, 24].map((shift) => (second >>> shift) & 0xff)
    if (bytes.every((byte) => byte > 0x20 && byte < 0x7f)) {
      ids.push(`${first}${'.'.repeat(12)}${String.fromCharCode(...bytes)}${'.'.repeat(12)}`)
    }
  }
  return ids
}
