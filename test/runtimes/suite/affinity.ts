// Guarantee 1: events with the same stream ID reach the same observer instance, on the
// shard that mtg would have chosen. Events without one are spread evenly.

import { createRouter } from 'shardwire'
import { type EventTraffic, mtg } from 'shardwire/mtg'
import { concat } from '../../reference-frames.js'
import { cases, equal, isTrue, upTo } from './harness.js'
import { ending, idOfShard, keyless, opening, pieces, rig, shardOfId, traffic } from './rig.js'

/** IDs that have the same xxHash32: found by trying. */
const EQUAL_HASHES = ['s81740', 's245405'] as const
const IDS = ['a', 'bb', 'ccc', 'zażółć', '流', 'x'.repeat(254)]

export const affinity = cases('1 affinity', {
  'the shard is xxHash32 of the stream ID modulo the shards, for IDs of every length': async () => {
    for (const shards of [1, 2, 3, 7, 64, 256]) {
      const tested = rig({ shards, ringBytes: 65_536 })
      const ids = upTo(254).map((length) => 'x'.repeat(length) + (length % 10))
      for (const id of ids) tested.router.write(traffic(id, 1))
      const wanted = ids.map((id) => [id, shardOfId(id, shards)])
      equal(
        tested.calls.map(({ event, shard }) => [event?.streamId, shard]),
        wanted,
      )
      await tested.finish()
    }
  },

  'a stream keeps its instance over ends, restarts, sources, cuts and send': async () => {
    const tested = rig({ shards: 5 })
    const sources = upTo(4).map(() => tested.router.source())
    for (const life of upTo(20)) {
      for (const id of IDS) {
        const bytes = concat(opening(id), traffic(id, life), life % 3 === 0 ? [] : ending(id))
        const source = sources[life % 4]!
        for (const piece of pieces(bytes, life + 1)) source.write(piece)
        tested.router.send({
          event: 'EventTraffic',
          streamId: id,
          timestamp: life,
          traffic: life,
          isRead: true,
        })
      }
    }
    for (const { event, shard } of tested.calls) {
      if (event !== undefined) equal(shard, shardOfId(event.streamId, 5), event.streamId)
    }
    // Of 20 lives, 7 have no end.
    equal(tested.events().length, IDS.length * (20 * 3 + 13))
    await tested.finish()
  },

  'streams whose IDs have the same xxHash32 are kept apart': async () => {
    const [one, other] = EQUAL_HASHES
    equal(shardOfId(one, 2 ** 32), shardOfId(other, 2 ** 32), 'the hash')
    const tested = rig({ shards: 4 })
    tested.router.write(concat(opening(one), opening(other), traffic(one, 1), traffic(other, 2), ending(one)))
    const slots = tested.events().map(({ slot }) => slot)
    isTrue(slots[0] !== slots[1], 'both streams have one slot')
    equal(slots, [slots[0], slots[1], slots[0], slots[1], slots[0]])
    equal((await tested.finish()).streams, 1)
  },

  'each of many factories makes one instance a shard, and every event reaches one of each': async () => {
    const seen: Record<string, string[]> = {}
    const made: string[] = []
    const factory = (name: string) => (shard: number) => {
      made.push(name + shard)
      return {
        eventTraffic: ({ streamId }: EventTraffic) => {
          seen[streamId] = [...(seen[streamId] ?? []), name + shard]
        },
      }
    }
    const router = createRouter(mtg, { shards: 3, observers: [factory('a'), factory('b')] })
    equal(made, ['a0', 'b0', 'a1', 'b1', 'a2', 'b2'])
    for (const id of IDS) router.write(concat(traffic(id, 1), traffic(id, 2)))
    for (const id of IDS) {
      const shard = shardOfId(id, 3)
      equal(seen[id], [`a${shard}`, `b${shard}`, `a${shard}`, `b${shard}`], id)
    }
    equal((await router.shutdown()).delivered, 2 * IDS.length)
  },

  'events without a stream ID are spread evenly, and have slot 0': async () => {
    const tested = rig({ shards: 7 })
    const busy = idOfShard(0, 7)
    for (const size of upTo(70)) tested.router.write(concat(traffic(busy, size), keyless(size)))
    const spread = tested.calls.filter(({ event }) => event?.streamId === '')
    equal(
      upTo(7).map((shard) => spread.filter((call) => call.shard === shard).length),
      new Array(7).fill(10),
    )
    equal(new Set(spread.map(({ event }) => event?.slot)).size, 1)
    equal(spread[0]?.event?.slot, 0)
    await tested.finish()
  },
})
