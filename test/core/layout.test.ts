// layout.ts is read by two compilers, one of which counts in int32 without saying so.
// Both must read the same numbers, and the numbers must fit each other.
import { readFileSync } from 'node:fs'
import asc from 'assemblyscript/asc'
import { beforeAll, describe, expect, it, test } from 'vitest'
import * as layout from '../../src/layout.js'
import { MAX_STREAMS, SLOT_HEADROOM, SPARE_SLOTS } from '../../src/limits.js'

const TEXT = readFileSync(new URL('../../src/layout.ts', import.meta.url), 'utf8')
const VALUES: Readonly<Record<string, number>> = { ...layout }
const NAMES = Object.keys(VALUES)

/** Names with a prefix, and where they stand from its base, by offset; those in `except` are no offsets. */
function offsets(prefix: string, except: readonly string[], base = 0): [name: string, offset: number][] {
  return NAMES.filter((name) => name.startsWith(prefix) && !except.includes(name))
    .map((name): [string, number] => [name, VALUES[name]! - base])
    .sort(([, one], [, two]) => one - two)
}

/** Fields of these widths, 4 bytes unless told, are aligned, in bounds, and don't overlap. */
function expectApart(fields: readonly [string, number][], widths: Record<string, number>, end: number): void {
  let free = 0
  for (const [name, offset] of fields) {
    const width = widths[name] ?? 4
    expect(offset, `${name} begins in another field`).toBeGreaterThanOrEqual(free)
    expect(offset % Math.min(8, width), `${name} is aligned`).toBe(0)
    free = offset + width
  }
  expect(free).toBeLessThanOrEqual(end)
}

describe('layout.ts', () => {
  it('is literals, plus, minus and times only, within 0 and 2^31 - 1', () => {
    const constants = [...TEXT.matchAll(/^export const (\w+) = (.+)$/gm)]
    expect(constants.map(([, name]) => name).sort()).toEqual([...NAMES].sort())
    for (const [, name, value] of constants)
      expect(value, name).toMatch(/^(\d+|[A-Z0-9_]+)( [-+*] (\d+|[A-Z0-9_]+))*$/)
    for (const name of NAMES) {
      expect(Number.isInteger(VALUES[name]!), name).toBe(true)
      expect(VALUES[name]!, name).toBeGreaterThanOrEqual(0)
      expect(VALUES[name]!, name).toBeLessThan(2 ** 31)
    }
  })

  describe('compiled alone by asc', () => {
    let globals: Record<string, unknown> = {}

    beforeAll(async () => {
      let binary = new Uint8Array(0)
      const { error, stderr } = await asc.main(
        ['layout.ts', '--outFile', 'layout.wasm', '--runtime', 'stub', '-O0'],
        {
          readFile: (name) => (name === 'layout.ts' ? TEXT : null),
          writeFile: (name, contents) => {
            if (name === 'layout.wasm') binary = Uint8Array.from(contents as Uint8Array)
          },
          listFiles: () => [],
        },
      )
      expect(error, stderr.toString()).toBe(null)
      const module = new WebAssembly.Module(binary)
      globals = new WebAssembly.Instance(module, { env: { abort: () => {} } }).exports
    }, 60_000)

    it('has each constant as a global with the value that JavaScript reads', () => {
      const read = Object.entries(globals).flatMap(([name, global]) =>
        global instanceof WebAssembly.Global ? [[name, global.value]] : [],
      )
      expect(Object.fromEntries(read)).toEqual(VALUES)
      expect(read.length).toBe(NAMES.length)
    })
  })
})

describe('the memory map', () => {
  const widths = (names: readonly string[], bytes: number): Record<string, number> =>
    Object.fromEntries(names.map((name) => [name, bytes]))

  it('keeps control words apart: configuration, results, counters', () => {
    const counters = ['RECEIVED', 'ACCEPTED', 'IGNORED', 'ORPHANS', 'EVICTED', 'RESTARTED'].map(
      (name) => `CONTROL_${name}`,
    )
    const fields = offsets('CONTROL_', ['CONTROL_BYTES'], layout.CONTROL)
    expectApart(
      fields,
      {
        ...widths(counters, 8),
        CONTROL_TOUCHED: layout.MAX_SHARDS,
        CONTROL_NOTES: layout.LOOK_AHEAD_FRAMES * 4,
      },
      layout.CONTROL_BYTES,
    )
    // No core writes in the line of the configuration.
    const results = fields.filter(([, offset]) => offset >= layout.CONTROL_STATUS - layout.CONTROL)
    expect(results[0]![1] % layout.CACHE_LINE_BYTES).toBe(0)
    // The first bytes of memory stay free: an address of 0 is nobody's.
    expect(layout.CONTROL).toBeGreaterThanOrEqual(layout.CACHE_LINE_BYTES)
  })

  it('keeps the words of producer and consumer on lines of their own', () => {
    const fields = offsets('SHARD_', ['SHARD_BYTES'])
    expectApart(fields, { SHARD_PUBLISHED: 8, SHARD_SETTLED_EVENTS: 8 }, layout.SHARD_BYTES)
    expect(layout.SHARD_BYTES % layout.CACHE_LINE_BYTES).toBe(0)
    const line = (offset: number): number => Math.floor(offset / layout.CACHE_LINE_BYTES)
    const consumer = ['SHARD_TAKEN', 'SHARD_SETTLED', 'SHARD_SETTLED_EVENTS']
    const consumers = new Set(fields.filter(([name]) => consumer.includes(name)).map(([, at]) => line(at)))
    const others = new Set(fields.filter(([name]) => !consumer.includes(name)).map(([, at]) => line(at)))
    expect([...consumers].filter((each) => others.has(each))).toEqual([])
  })

  test.each([
    ['TEMPLATE_', ['OPENS', 'ENDS', 'KEYED', 'BYTES', 'IDS'], { HEADER: 8, MASK: 16 }, 'TEMPLATE_BYTES'],
    ['CHECK_', ['BOOLEAN', 'INT53', 'UINT53', 'BYTES'], { NULL: 8 }, 'CHECK_BYTES'],
    ['STEP_', ['BYTES'], {}, 'STEP_BYTES'],
    ['DATA_', ['BYTES'], {}, 'DATA_BYTES'],
    [
      'BUCKET_',
      ['BYTES', 'INLINE_BYTES', 'UNPADDED_BYTES', 'OPENED'],
      { SECOND: 8, THIRD: 8 },
      'BUCKET_BYTES',
    ],
    [
      'RECORD_',
      ['HEADER_BYTES', 'OVERRUN_BYTES', 'LENGTH_MASK', 'PADDING', 'RELEASE', 'FLAGS'],
      {},
      'RECORD_HEADER_BYTES',
    ],
  ] as const)('keeps the fields of %s… apart', (prefix, except, sizes, bytes) => {
    const named = Object.entries(sizes).map(([name, size]): [string, number] => [prefix + name, size])
    const fields = offsets(
      prefix,
      except.map((name) => prefix + name),
    )
    expect(fields.length).toBeGreaterThan(0)
    expectApart(fields, Object.fromEntries(named), VALUES[bytes]!)
    expect(VALUES[bytes]! % 8).toBe(0)
  })

  it('gives each number of a kind a meaning of its own', () => {
    for (const prefix of ['STATUS_', 'REASON_', 'RELEASE_']) {
      const values = offsets(prefix, []).map(([, value]) => value)
      expect(values, prefix).toEqual(values.map((_, index) => index + values[0]!))
    }
    expect([layout.TEMPLATE_OPENS, layout.TEMPLATE_ENDS, layout.TEMPLATE_KEYED]).toEqual([1, 2, 4])
  })

  it('has room for the largest of everything', () => {
    expect(layout.MAX_FRAME_BYTES + layout.RECORD_HEADER_BYTES).toBeLessThanOrEqual(layout.RECORD_LENGTH_MASK)
    expect(layout.RECORD_LENGTH_MASK & layout.RECORD_FLAGS).toBe(0)
    expect(layout.MAX_SLOTS).toBe(layout.BUCKET_OPENED - 1)
    // All streams that there may be, in one shard.
    expect(SLOT_HEADROOM * MAX_STREAMS + SPARE_SLOTS).toBeLessThanOrEqual(layout.MAX_SLOTS)
    expect(layout.BUCKET_OPENED * 2).toBe(2 ** layout.SHARD_SHIFT)
    expect(layout.MAX_SHARDS * 2 ** layout.SHARD_SHIFT).toBe(2 ** 32)
    expect(layout.MAX_KEY_BYTES).toBeLessThanOrEqual(layout.LONG_ID_BYTES)
    // Behind the length: overlapping words cover the longest whole, padded ones leave no byte out.
    expect(layout.BUCKET_INLINE_BYTES + 1).toBe(layout.BUCKET_SLOT)
    expect(layout.BUCKET_UNPADDED_BYTES + 1).toBe(layout.BUCKET_THIRD)
    // Words for the ID, one more for what is left of it, then the length and the multiplier.
    expect(layout.HASH_KEY_LENGTH).toBeGreaterThan(Math.floor(layout.MAX_KEY_BYTES / 8) * 8)
    expect(layout.HASH_KEY_MULTIPLIER).toBe(layout.HASH_KEY_LENGTH + 8)
    expect(layout.HASH_KEY_BYTES).toBe(layout.HASH_KEY_MULTIPLIER + 8)
  })
})
