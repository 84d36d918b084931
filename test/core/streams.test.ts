// The stream table beside a Map: the same slot for a stream as long as it lives, nobody
// else's in the meantime, whatever collides, wraps or is full.
import { describe, expect, it, test } from 'vitest'
import { Core, xxHash32 } from '../../src/core.js'
import { platformHost } from '../../src/host.js'
import * as layout from '../../src/layout.js'
import { mtg } from '../../src/mtg/index.js'
import { readSizes } from '../../src/options.js'
import { planMemory } from '../../src/plan.js'
import { coreModule } from '../../src/wasm.js'
import { Random } from '../mutate.js'
import { frame, referenceXxHash32 } from '../reference.js'
import { Table, type TableOptions } from './table.js'

const bytesOf = (id: string): Uint8Array => new TextEncoder().encode(id)

/** IDs that are hard to tell apart: by a last byte, by length, by zeros, behind the same start. */
function awkwardIds(count: number): string[] {
  const shapes: ((number: number) => string)[] = [
    (n) => String.fromCharCode(1 + n),
    (n) => `a${'\0'.repeat(n % 21)}`,
    (n) => `${'x'.repeat(20)}${String.fromCharCode(33 + n)}`,
    (n) => `${'x'.repeat(21)}${String.fromCharCode(33 + n)}`,
    (n) => `${'x'.repeat(22)}${String.fromCharCode(33 + n)}`,
    (n) => `${'same fourteen!'}${n}${'y'.repeat(200)}`,
    (n) => `${'z'.repeat(252)}${String.fromCharCode(65 + (n % 60))}${n % 2}`,
    (n) => `${n}`.repeat(4),
  ]
  const ids = new Set<string>()
  for (let number = 0; ids.size < count; number++) {
    ids.add(shapes[number % shapes.length]!(Math.floor(number / shapes.length) % 90))
    ids.add(`filler ${number}`)
  }
  return [...ids].slice(0, count)
}

interface Stream {
  readonly shard: number
  readonly slot: number
  opened: boolean
  usedAt: number
}

/** Runs random frames through a table and a Map; gives what it met. */
function compare(options: TableOptions, idCount: number, frames: number) {
  const table = new Table(options)
  const { shards, slots } = options
  const random = new Random(options.seed ?? 1)
  const ids = awkwardIds(idCount)
  const homes = ids.map((id) => referenceXxHash32(bytesOf(id)) % shards)
  const made = ids.map((streamId) => [1, 3, 4].map((template) => frame({ template, streamId })))
  const streams = new Map<number, Stream>()
  const owners = Array.from({ length: shards }, () => new Map<number, number>())
  const met = { evictions: 0, full: 0, wrapped: 0, longestProbe: 0, restarts: 0, orphans: 0 }

  const fail = (what: string, step: number, told: unknown): never => {
    throw new Error(`frame ${step} of seed ${options.seed ?? 1}: ${what}: ${JSON.stringify(told)}`)
  }
  for (let step = 0; step < frames; step++) {
    const which = random.below(ids.length)
    const kind = random.pick([0, 0, 1, 1, 2] as const)
    const told = table.route(made[which]![kind]!)
    const known = streams.get(which)
    if (kind === 2 && known === undefined) {
      met.orphans++
      if (told.length > 0) fail('an orphan was told', step, told)
      continue
    }
    const shard = homes[which]!
    const own = owners[shard]!
    if (told.some((each) => each.shard !== shard)) fail('astray', step, told)
    const releases = told.filter(({ released }) => released !== undefined)
    const events = told.filter(({ released }) => released === undefined)

    let stream = known
    if (stream === undefined) {
      const slot = events[0]?.slot ?? 0
      if (slot < 1 || slot > slots) fail('no slot', step, told)
      const evicted = releases.find(({ released }) => released === layout.RELEASE_EVICTED)
      if (own.size === slots) {
        met.full++
        if (evicted?.slot !== slot) fail('nobody gave way', step, told)
        const victim = own.get(slot)!
        // As many as are looked at: the one idle longest of all gives way.
        if (slots <= layout.EVICTION_SAMPLE) {
          const idlest = Math.min(...[...own.values()].map((id) => streams.get(id)!.usedAt))
          if (streams.get(victim)!.usedAt !== idlest) fail('not the idlest gave way', step, told)
        }
        streams.delete(victim)
        met.evictions++
      } else {
        if (evicted !== undefined) fail('evicted without need', step, told)
        if (own.has(slot)) fail("another stream's slot", step, told)
      }
      stream = { shard, slot, opened: false, usedAt: step }
      streams.set(which, stream)
      own.set(slot, which)
    }
    if (told.some(({ slot }) => slot !== stream.slot)) fail('another slot', step, told)
    const restarted = kind === 0 && stream.opened
    if (restarted) met.restarts++
    const wanted = [
      ...(known === undefined && releases[0]?.released === layout.RELEASE_EVICTED
        ? [layout.RELEASE_EVICTED]
        : []),
      ...(restarted ? [layout.RELEASE_RESTARTED] : []),
      ...(kind === 2 ? [layout.RELEASE_ENDED] : []),
    ]
    if (wanted.join() !== releases.map(({ released }) => released).join()) fail('wrong releases', step, told)
    if (events.length !== (kind === 2 && !stream.opened ? 0 : 1)) fail('wrong events', step, told)
    if (kind === 0) stream.opened = true
    stream.usedAt = step
    if (kind === 2) {
      streams.delete(which)
      own.delete(stream.slot)
    }
    // Every step at first: what goes wrong is found before a search without an end.
    if (step < 600 || step % 512 === 0 || step === frames - 1) {
      checkBuckets(table, owners, met)
    }
  }
  return { table, met }
}

/** Every stream stands where a search finds it, once, and its slot knows where. */
function checkBuckets(
  table: Table,
  owners: readonly ReadonlyMap<number, number>[],
  met: { wrapped: number; longestProbe: number },
): void {
  const buckets = table.buckets()
  const used = new Set(buckets.map(({ index }) => index))
  const slots = new Set(buckets.map(({ shard, slot }) => `${shard}/${slot}`))
  const wanted = owners.flatMap((own, shard) => [...own.keys()].map((slot) => `${shard}/${slot}`))
  expect([...slots].sort()).toEqual(wanted.sort())
  expect(buckets).toHaveLength(wanted.length)
  owners.forEach((own, shard) => {
    expect(table.streams(shard)).toBe(own.size)
  })
  for (const { index, home, shard, slot } of buckets) {
    if (index < home) met.wrapped++
    let probes = 0
    for (let at = home; at !== index; at = (at + 1) % table.bucketCount) {
      if (!used.has(at)) throw new Error(`a gap at ${at} between ${home} and ${index}`)
      probes++
    }
    met.longestProbe = Math.max(met.longestProbe, probes)
    if (table.bucketOfSlot(shard, slot) !== index) throw new Error(`slot ${slot} is told of another bucket`)
  }
}

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
    const { table, met } = compare({ ...options, clock: 2 ** 32 - 20_000 }, idCount, 50_000)
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
    ['last', ''],
    ['last but one', ' and more'],
  ])('tells IDs apart that collide in its own hash, by their %s 8 bytes', (_where, rest) => {
    const table = new Table({ shards: 1, slots: 64, bucketBits: 8, maxBucketBits: 8 })
    table.route(frame({ template: 1, streamId: 'takes the key' }))
    table.route(frame({ template: 4, streamId: 'takes the key' }))
    // NH multiplies the halves of each word: where one half and its key are 0, the other counts for nothing.
    table.core.view.setUint32(table.core.plan.hashKey.address + 24, 0, true)
    const ids = ['a', 'b', 'c', 'd'].map((last) => `${'same start of 24 bytes: '}\0\0\0\0abc${last}${rest}`)
    const told = ids.map((streamId) => table.route(frame({ template: 1, streamId })))
    expect(new Set(table.buckets().map(({ home }) => home)).size).toBe(1)
    expect(told.map((records) => records.map(({ slot }) => slot))).toEqual([[1], [2], [3], [4]])
    for (const [index, streamId] of ids.entries()) {
      expect(table.route(frame({ template: 3, streamId }))).toEqual(told[index])
    }
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
