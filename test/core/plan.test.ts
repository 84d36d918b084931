// Where the regions of an instance's memory go: apart, in bounds, with room behind each
// that copies and loads may run into.
import { describe, expect, it, test } from 'vitest'
import * as layout from '../../src/layout.js'
import { mtg } from '../../src/mtg/index.js'
import { readSizes, type SizeOptions, type Sizes } from '../../src/options.js'
import { FIRST_BUCKET_BITS, type Plan, planMemory, type Region, tableAddresses } from '../../src/plan.js'
import type { AnySchema } from '../../src/schema.js'
import { Random } from '../mutate.js'

const PAGE_BYTES = 65_536

/** In the order of layout.ts. */
const regionsOf = (plan: Plan): [string, Region][] => [
  ['control', { address: layout.CONTROL, bytes: layout.CONTROL_BYTES }],
  ['templateMap', plan.templateMap],
  ['templates', plan.templates],
  ['listens', plan.listens],
  ['hashKey', plan.hashKey],
  ['shardHeaders', plan.shardHeaders],
  ['slotLists', plan.slotLists],
  ['buckets', plan.buckets],
  ['longIds', plan.longIds],
  ['rings', plan.rings],
  ['rows', plan.rows],
  ['fields', plan.fields],
  ['column', plan.column],
  ['input', plan.input],
]

function expectSound(plan: Plan, sizes: Sizes, schema: AnySchema): void {
  let free = 0
  for (const [name, { address, bytes }] of regionsOf(plan)) {
    expect(address, `${name} stands behind the one before`).toBeGreaterThanOrEqual(free)
    expect(address % layout.CACHE_LINE_BYTES, `${name} is aligned`).toBe(0)
    expect(bytes, `${name} has bytes`).toBeGreaterThan(0)
    // The control region's words are single ones: nothing runs past them.
    free = address + bytes + (name === 'control' ? 0 : layout.SLACK_BYTES)
  }
  const end = plan.pages * PAGE_BYTES
  // The key's length is looked for behind a block of any length before the frame is known to be that long.
  expect(free + layout.FRAMING_BYTES + schema.header.bytes + 65_535).toBeLessThanOrEqual(end)
  expect(plan.pages).toBeLessThanOrEqual(65_536)

  const { shards, slots, ringBytes, maxFrameBytes } = sizes
  expect(2 ** plan.maxBucketBits).toBeGreaterThanOrEqual(1.5 * shards * slots)
  // The table doubles as streams come, to and fro between two rooms: each is inside the region, large enough
  // for every table that comes to it, and apart from the other one.
  let [table, spare] = tableAddresses(plan.buckets, FIRST_BUCKET_BITS, plan.maxBucketBits)
  for (let bits = FIRST_BUCKET_BITS; bits <= plan.maxBucketBits; bits++) {
    const tableEnd = table + 2 ** bits * layout.BUCKET_BYTES
    expect(table).toBeGreaterThanOrEqual(plan.buckets.address)
    expect(tableEnd).toBeLessThanOrEqual(plan.buckets.address + plan.buckets.bytes)
    const half = spare + 2 ** (bits - 1) * layout.BUCKET_BYTES
    expect(tableEnd <= spare || half <= table).toBe(true)
    ;[table, spare] = [spare, table]
  }
  expect(plan.slotLists.bytes).toBeGreaterThanOrEqual(shards * (slots + 1) * 4)
  expect(plan.longIds.bytes).toBeGreaterThanOrEqual(shards * slots * layout.LONG_ID_BYTES)
  expect(plan.shardHeaders.bytes).toBe(shards * layout.SHARD_BYTES)
  expect(plan.rows.bytes).toBe(shards * layout.ROWS_BYTES)
  expect(plan.fields.bytes).toBe((schema.templates.length + 1) * layout.FIELD_BYTES)
  expect(plan.column.bytes).toBe(layout.MAX_ROWS * 8)
  expect(plan.listens.bytes).toBeGreaterThanOrEqual((schema.templates.length + 1) * layout.MAX_SHARDS)
  // Each ring has its own slack, and stays aligned.
  expect(plan.ringStride).toBeGreaterThanOrEqual(ringBytes + layout.SLACK_BYTES)
  expect(plan.ringStride % layout.CACHE_LINE_BYTES).toBe(0)
  expect(plan.rings.bytes).toBe(shards * plan.ringStride)
  // A partial frame and the next of the chunk: there is always some progress.
  expect(plan.input.bytes).toBeGreaterThan(maxFrameBytes)
}

describe('the memory plan', () => {
  test.each<[string, SizeOptions]>([
    ['the defaults', {}],
    ['the smallest of all', { shards: 1, streams: 1, ringBytes: 256, maxFrameBytes: 32 }],
    ['the most shards', { shards: 256, streams: 256, ringBytes: 256 }],
    ['a shard of many streams', { shards: 1, streams: 1_000_000 }],
    ['the largest ring and frame', { shards: 1, ringBytes: 268_435_456, maxFrameBytes: 8_388_608 }],
  ])('keeps regions apart, in bounds and with slack: %s', (_what, options) => {
    const sizes = readSizes(options)
    expectSound(planMemory(mtg, sizes), sizes, mtg)
  })

  it('does so for random sizes', () => {
    const random = new Random(9)
    for (let count = 0; count < 300; count++) {
      const ringBytes = 2 ** (8 + random.below(13))
      const sizes: Sizes = {
        shards: 1 + random.below(256),
        slots: 1 + random.below(2_000),
        ringBytes,
        maxFrameBytes: 32 + random.below(ringBytes),
        startPosition: 0,
        batchRows: 1,
      }
      expectSound(planMemory(mtg, sizes), sizes, mtg)
    }
  })

  it('has room for the templates of a schema of any size', () => {
    const template = mtg.templates[2]!
    const templates = Array.from({ length: 3_000 }, (_, id) => ({ ...template, id }))
    const schema: AnySchema = { ...mtg, templates }
    const plan = planMemory(schema, readSizes({}))
    expectSound(plan, plan, schema)
    const lists = template.checks.length * layout.CHECK_BYTES + template.data.length * layout.DATA_BYTES
    const one = layout.TEMPLATE_BYTES + lists + template.required.length * layout.STEP_BYTES
    expect(plan.templates.bytes).toBe(3_000 * one + layout.TEMPLATE_BYTES)
  })

  it('refuses more than a memory can have, and says what needs it', () => {
    const sizes = readSizes({ shards: 64, streams: 4_194_304, ringBytes: 67_108_864 })
    expect(() => planMemory(mtg, sizes)).toThrow(
      /64 shards, \d+ slots and 67108864 ring bytes each need \d+\.\d GiB/,
    )
    expect(() => planMemory(mtg, sizes)).toThrow(expect.objectContaining({ code: 'memory-limit' }))
  })
})
