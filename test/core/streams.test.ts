// The stream table beside a Map: the same slot for a stream as long as it lives, nobody
// else's in the meantime, whatever collides, wraps or is full.
import { describe, expect, it, test } from 'vitest'
import { collidingIds, randomIds } from '../../bench/colliding-ids.js'
import { Core, xxHash32 } from '../../src/core.js'
import { platformHost } from '../../src/host.js'
import * as layout from '../../src/layout.js'
import { mtg } from '../../src/mtg/index.js'
import { readSizes } from '../../src/options.js'
import { planMemory } from '../../src/plan.js'
import { coreModule } from '../../src/wasm.js'
import { frame, referenceXxHash32 } from '../reference.js'
import { Table, type TableOptions } from './table.js'
import { awkwardIds, bytesOf, compareWithMap, idsThatCollide } from './table-model.js'

describe('the stream table', { timeout: 60_000 }, () => {
  test.each<[string, TableOptions, number]>([
    ['a slot a shard', { shards: 5, slots: 1, bucketBits: 3, maxBucketBits: 3 }, 20],
    [
      'three shards, grown from 4 to 64 buckets',
      { shards: 3, slots: 14, bucketBits: 2, maxBucketBits: 6 },
      90,
    ],
    [
      'more streams than are looked at',
      { shards: 1, slots: 40, bucketBits: 6, maxBucketBits: 6, seed: 3 },
      120,
    ],
    // One more stream than buckets there can never be: a search has to end.
    [
      'one shard, all 16 buckets but one in use',
      { shards: 1, slots: 15, bucketBits: 4, maxBucketBits: 4 },
      40,
    ],
  ])('is a Map for 50,000 random frames: %s', (_what, options, idCount) => {
    // The count of frames wraps on the way: idleness is a distance.
    const { table, met } = compareWithMap({ ...options, clock: 2 ** 32 - 20_000 }, idCount, 50_000)
    expect(table.bucketCount).toBe(2 ** options.maxBucketBits!)
    expect(met.evictions).toBeGreaterThan(1_000)
    expect(met.restarts).toBeGreaterThan(1_000)
    expect(met.orphans).toBeGreaterThan(1_000)
    expect(met.wrapped).toBeGreaterThan(10)
    expect(met.longestProbe).toBeGreaterThan(2)
  })

  test.each<[string, TableOptions, number, number]>([
    ['from 2 buckets on', { shards: 2, slots: 200, bucketBits: 1, maxBucketBits: 9 }, 200, 512],
    ['as a router does', { shards: 2, slots: 9_000 }, 9_000, 32_768],
  ])('keeps its streams while it doubles, and lets them all go: %s', (_what, options, count, buckets) => {
    const table = new Table(options)
    const ids = awkwardIds(count)
    const slots = ids.map((streamId) => table.route(frame({ template: 1, streamId }))[0])
    expect(table.bucketCount).toBe(buckets)
    expect(new Set(slots.map((told) => `${told?.shard} ${told?.slot}`)).size).toBe(count)
    expect(ids.map((streamId) => table.route(frame({ template: 3, streamId }))[0])).toEqual(slots)
    expect(table.streams(0) + table.streams(1)).toBe(count)
    for (const streamId of ids) {
      if (table.route(frame({ template: 4, streamId })).length !== 2)
        throw new Error(`${streamId} didn't end`)
    }
    expect(table.buckets()).toEqual([])
    expect(table.streams(0) + table.streams(1)).toBe(0)
  })

  it('tells IDs apart that collide in xxHash32', () => {
    // Anyone can compute such: here by drawing until two are alike.
    const table = new Table({ shards: 4, slots: 64, bucketBits: 8, maxBucketBits: 8 })
    const { core } = table
    const { address } = core.plan.input
    const seen = new Map<number, string>()
    const pairs: [string, string][] = []
    for (let number = 0; pairs.length < 3; number++) {
      const id = `collide ${number.toString(36)}`
      const length = new TextEncoder().encodeInto(id, core.bytes.subarray(address)).written
      const hash = xxHash32(core, address, length)
      const other = seen.get(hash)
      if (other !== undefined) pairs.push([other, id])
      seen.set(hash, id)
    }
    for (const [one, two] of pairs) {
      expect(referenceXxHash32(bytesOf(one))).toBe(referenceXxHash32(bytesOf(two)))
      const [first] = table.route(frame({ template: 1, streamId: one }))
      const [second] = table.route(frame({ template: 1, streamId: two }))
      expect(second!.shard).toBe(first!.shard)
      expect(second!.slot).not.toBe(first!.slot)
      expect(table.route(frame({ template: 3, streamId: one }))).toEqual([first])
    }
  })

  it.each([
    ['in their buckets', ''],
    ['too long for their buckets', 'the same beginning of 32 letters'],
  ])(
    'R12 looks at no more buckets for IDs that all have one xxHash32 than for others: %s',
    (_what, before) => {
      const take = (ids: Iterator<string>) => Array.from({ length: 3_000 }, () => ids.next().value as string)
      const colliding = take(collidingIds(before))
      expect(new Set(colliding).size).toBe(colliding.length)
      expect(new Set(colliding.map((id) => referenceXxHash32(bytesOf(id)))).size).toBe(1)
      const random = take(randomIds()).map((id) => before + id)
      /** Buckets that a search looks at, over all streams: on average, and at most. */
      const searches = (ids: readonly string[], seed: number): [average: number, most: number] => {
        const table = new Table({ shards: 1, slots: 4_096, seed })
        for (const streamId of ids) table.route(frame({ template: 1, streamId }))
        const buckets = table.buckets()
        expect(buckets).toHaveLength(ids.length)
        const lengths = buckets.map(
          ({ index, home }) => 1 + ((index - home + table.bucketCount) % table.bucketCount),
        )
        return [lengths.reduce((sum, length) => sum + length, 0) / lengths.length, Math.max(...lengths)]
      }
      for (let seed = 1; seed <= 5; seed++) {
        const [average, most] = searches(colliding, seed)
        const [usual, usuallyMost] = searches(random, seed)
        expect(average).toBeLessThan(usual * 1.25)
        expect(most).toBeLessThan(usuallyMost * 3)
      }
    },
  )

  it.each([
    ['last', ''],
    ['last but one', ' and more'],
  ])('tells IDs apart that collide in its own hash, by their %s 8 bytes', (_where, rest) => {
    idsThatCollide(rest)
  })

  it('is keyed with random of its own in every instance', () => {
    const plan = planMemory(mtg, readSizes({ shards: 1 }))
    const keys = [1, 2].map(() => {
      const core = new Core(coreModule(), mtg, plan, platformHost, false)
      core.bytes.set(frame({ template: 1, streamId: 'a' }), plan.input.address)
      core.ingest(plan.input.address, plan.input.address + frame({ template: 1, streamId: 'a' }).length)
      return core.bytes.slice(plan.hashKey.address, plan.hashKey.address + layout.HASH_KEY_BYTES)
    })
    for (let word = 0; word < layout.HASH_KEY_BYTES; word += 8) {
      expect(keys[0]!.subarray(word, word + 8)).not.toEqual(keys[1]!.subarray(word, word + 8))
    }
    // An even multiplier would lose a bit of the hash.
    for (const key of keys) expect(key[layout.HASH_KEY_MULTIPLIER]! & 1).toBe(1)
    const places = [1, 2].map((seed) => {
      const table = new Table({ shards: 1, slots: 64, bucketBits: 8, maxBucketBits: 8, seed })
      for (const streamId of awkwardIds(40)) table.route(frame({ template: 1, streamId }))
      return table.buckets().map(({ index, slot }) => `${slot} at ${index}`)
    })
    const shared = places[0]!.filter((place) => places[1]!.includes(place))
    expect(shared.length).toBeLessThan(5)
  })
})
