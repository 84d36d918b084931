// The stream table beside a Map, step by step: who has which slot, who gives way, and
// that every stream stands where a search finds it.
import { expect } from 'vitest'
import * as layout from '../../src/layout.js'
import { Random } from '../mutate.js'
import { frame, referenceXxHash32 } from '../reference.js'
import { Table, type TableOptions } from './table.js'

export const bytesOf = (id: string): Uint8Array => new TextEncoder().encode(id)

/** IDs that are hard to tell apart: by a last byte, by length, by zeros, behind the same start. */
export function awkwardIds(count: number): string[] {
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
export function compareWithMap(options: TableOptions, idCount: number, frames: number) {
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

/** Streams that the table's hash can't tell apart, nor their first bytes. @param rest behind the byte in which they differ */
export function idsThatCollide(rest: string): void {
  const table = new Table({ shards: 1, slots: 64, bucketBits: 8, maxBucketBits: 8 })
  table.route(frame({ template: 1, streamId: 'takes the key' }))
  table.route(frame({ template: 4, streamId: 'takes the key' }))
  // NH multiplies the halves of each word: where one half and its key are 0, the other counts for nothing. The ID's
  // fourth word, and the bucket's third, which may be the same bytes.
  for (const word of [2, 3]) table.core.view.setUint32(table.core.plan.hashKey.address + word * 8, 0, true)
  const ids = ['a', 'b', 'c', 'd'].map((last) => `${'same start of 24 bytes: '}\0\0\0\0abc${last}${rest}`)
  const told = ids.map((streamId) => table.route(frame({ template: 1, streamId })))
  expect(new Set(table.buckets().map(({ home }) => home)).size).toBe(1)
  expect(told.map((records) => records.map(({ slot }) => slot))).toEqual([[1], [2], [3], [4]])
  for (const [index, streamId] of ids.entries()) {
    expect(table.route(frame({ template: 3, streamId }))).toEqual(told[index])
  }
}
