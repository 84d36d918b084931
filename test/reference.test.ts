// The reference is what the product is compared with, so it is itself compared with
// three things that don't come from it: cases written by hand, events recorded from
// mtg's own structs, and hashes of mtg's own library.
import { describe, expect, it, test } from 'vitest'
import { mutateFrames } from './mutate.js'
import { frame, REASONS, referenceDecode, referenceFrames, referenceXxHash32, utf8Text } from './reference.js'
import {
  edgeEvents,
  edgeFrames,
  edgeShards,
  RECORDED_SHARDS,
  sessionEvents,
  sessionFrames,
  sessionShards,
  XXHASH32_MODULI,
  xxhash32Rows,
} from './vectors.js'
import { expectedOf, parseCases, wireCases } from './wire/parse.js'

const CASES = wireCases()

describe.each([...new Set(CASES.map(({ file }) => file))])('the reference decodes wire/%s', (file) => {
  test.each(CASES.filter((wireCase) => wireCase.file === file))('$title', ({ bytes, expected }) => {
    const decoded = referenceDecode(bytes)
    expect(expectedOf(decoded)).toEqual(expected)
    expect(decoded.consumed + decoded.partialBytes + decoded.discardedBytes).toBe(bytes.length)
  })
})

describe('the wire cases', () => {
  it('cover every reason', () => {
    const lines = CASES.flatMap(({ expected }) => expected)
    const covered = new Set(
      lines.map((line) => ('rejected' in line ? line.rejected : 'lost' in line ? line.lost : undefined)),
    )
    covered.delete(undefined)
    expect([...covered].sort()).toEqual([...REASONS].sort())
  })

  it('have titles of their own', () => {
    const titles = CASES.map(({ file, title }) => `${file}: ${title}`)
    expect(new Set(titles).size).toBe(titles.length)
  })

  it('are refused when one is incomplete', () => {
    expect(() => parseCases('x.md', '## no bytes\n\n```ndjson\n{}\n```\n')).toThrow(
      'x.md: 1 titles, but 0 whole cases',
    )
    expect(() => parseCases('x.md', '## odd\n\n```hex\n0\n```\n\n```ndjson\n```\n')).toThrow('"0" is neither')
  })
})

describe.each([
  { name: 'session', frames: sessionFrames, events: sessionEvents, shards: sessionShards, count: 17_241 },
  { name: 'edge', frames: edgeFrames, events: edgeEvents, shards: edgeShards, count: 255 },
])('the recorded $name', ({ frames, events, shards, count }) => {
  const decoded = referenceDecode(frames())
  const items = decoded.items.filter((item) => item.kind === 'event')

  it('is whole frames without a fault', () => {
    expect(items).toHaveLength(count)
    expect(decoded).toEqual({ items, consumed: frames().length, partialBytes: 0, discardedBytes: 0 })
  })

  it("decodes to what mtg's structs held, line by line", () => {
    const recorded = events().map(({ timestampNs: _, ...event }) => event)
    // Equal to the last bit, the timestamps too: both are the double nearest to the same decimal.
    expect(items.map(({ event }) => event)).toEqual(recorded)
    expect(items.map(({ event }) => Object.keys(event))).toEqual(recorded.map((event) => Object.keys(event)))
    expect(items.map(({ timestampNs }) => String(timestampNs))).toEqual(
      events().map((event) => event.timestampNs),
    )
  })

  it('has every stream ID on the shard that mtg chose', () => {
    const chosen = shards()
    expect(chosen).toHaveLength(count)
    const differing = items.filter(({ streamId, idBytes }, n) => {
      return streamId !== '' && referenceXxHash32(idBytes) % RECORDED_SHARDS !== chosen[n]
    })
    expect(differing).toEqual([])
    expect(items.filter(({ streamId }) => streamId !== '').length).toBeGreaterThan(200)
  })
})

describe('the reference xxHash32', () => {
  it("agrees with mtg's library for every row and every modulus", () => {
    const rows = xxhash32Rows()
    expect(rows).toHaveLength(704 + 301)
    for (const { bytes, hash, shards } of rows) {
      const own = referenceXxHash32(bytes)
      expect([own, ...XXHASH32_MODULI.map((modulus) => own % modulus)]).toEqual([hash, ...shards])
    }
  })

  it("agrees with the specification's published values, seeds included", () => {
    // https://github.com/Cyan4973/xxHash/blob/dev/tests/sanity_test_vectors.h starts from no bytes at all.
    expect(referenceXxHash32(new Uint8Array(0))).toBe(0x02cc5d05)
    expect(referenceXxHash32(new Uint8Array(0), 0x9e3779b1)).toBe(0x36b78ae7)
  })
})

describe('the reference and the platform', () => {
  it('agree on what is UTF-8 and on its text, for every two bytes and many longer', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const platform = (bytes: Uint8Array): string | undefined => {
      try {
        return decoder.decode(bytes)
      } catch {
        return undefined
      }
    }
    const edges = [
      0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5,
    ]
    const differing: Uint8Array[] = []
    const compare = (...list: number[]): void => {
      const bytes = Uint8Array.from(list)
      if (utf8Text(bytes) !== platform(bytes)) differing.push(bytes)
    }
    for (let a = 0; a < 256; a++) for (let b = 0; b < 256; b++) compare(a, b)
    for (const a of edges)
      for (const b of edges) for (const c of edges) for (const d of edges) compare(a, b, c, d)
    expect(differing).toEqual([])
  })

  it('agree on the double nearest to a time', () => {
    for (const timestamp of [
      0n,
      8_192_000_001n,
      1_700_000_000_123_456_789n,
      2n ** 63n - 1n,
      2n ** 64n - 1n,
    ]) {
      const [item] = referenceDecode(frame({ template: 4, timestamp })).items
      // A decimal literal is read as the nearest double by definition.
      const nearest = Number(`${timestamp / 1_000_000n}.${String(timestamp % 1_000_000n).padStart(6, '0')}`)
      expect(item).toMatchObject({ kind: 'event', timestampNs: timestamp, event: { timestamp: nearest } })
    }
  })
})

describe('the frame writer', () => {
  it('writes the recordings back byte for byte', () => {
    for (const bytes of [edgeFrames(), sessionFrames()]) {
      const specs = referenceDecode(bytes).items.map((item) => {
        if (item.kind !== 'event') throw new Error(`frame at ${item.offset} is ${item.reason}`)
        const { event: _event, streamId: _id, timestamp: _ms, ...fields } = item.event
        return { template: item.template, timestamp: item.timestampNs, streamId: item.streamId, ...fields }
      })
      expect(Buffer.compare(referenceFrames(specs), bytes)).toBe(0)
    }
  })

  it.each([
    ['another schema', { template: 4, schemaId: 2 }, 'schema-mismatch'],
    ['a length that lies', { template: 4, length: 13 }, 'message-too-short'],
    ['a block length that lies', { template: 4, blockLength: 99 }, 'block-overrun'],
    ['a block of its own', { template: 4, block: new Uint8Array(7) }, 'block-too-short'],
    ['a boolean of 2', { template: 3, isRead: 2 }, 'boolean-invalid'],
    ['a negative size past the range', { template: 9, size: -(2n ** 53n) }, 'number-range'],
    ['no stream ID at all', { template: 4, rawStreamId: new Uint8Array(0) }, 'data-overrun'],
    ['a null stream ID', { template: 4, rawStreamId: Uint8Array.of(255) }, 'data-null'],
    ['bytes that are not text', { template: 4, streamId: Uint8Array.of(0xff) }, 'text-invalid'],
    ['a template nobody has', { template: 10 }, 'unknown-template'],
  ])('can write %s', (_what, spec, reason) => {
    expect(referenceDecode(frame(spec)).items[0]).toEqual({ kind: 'rejected', offset: 0, reason })
  })

  it("can write a newer producer's frame", () => {
    const extra = Uint8Array.of(1, 2, 3)
    const newer = frame({
      template: 5,
      streamId: 'a',
      version: 1,
      extraBlockBytes: extra,
      extraVarData: extra,
    })
    expect(newer).toHaveLength(14 + 8 + 3 + 2 + 3)
    expect(referenceDecode(newer).items[0]).toMatchObject({ kind: 'event', streamId: 'a' })
  })
})

describe('mutated frames', () => {
  const bytes = edgeFrames()
  const before = bytes.slice()

  it('are the same for the same seed, and leave their input alone', () => {
    const first = Array.from({ length: 20 }, (_, seed) => mutateFrames(bytes, seed))
    expect(Array.from({ length: 20 }, (_, seed) => mutateFrames(bytes, seed))).toEqual(first)
    expect(new Set(first.map((mutated) => Buffer.from(mutated).toString('base64'))).size).toBe(20)
    expect(Buffer.compare(bytes, before)).toBe(0)
  })

  it('reach every reason, and no byte goes unaccounted', () => {
    // A few frames, one of each kind, so that one mutation in a few hits each check.
    const few = referenceFrames([1, 2, 3, 7, 9, 4].map((template) => ({ template, streamId: 'ab' })))
    const reached = new Set<string>()
    for (let seed = 0; seed < 3_000; seed++) {
      const mutated = mutateFrames(few, seed)
      const { items, lost, consumed, partialBytes, discardedBytes } = referenceDecode(mutated)
      expect(consumed + partialBytes + discardedBytes).toBe(mutated.length)
      for (const item of items) if (item.kind === 'rejected') reached.add(item.reason)
      if (lost !== undefined) reached.add(lost.reason)
    }
    expect([...reached].sort()).toEqual([...REASONS].sort())
  })
})
