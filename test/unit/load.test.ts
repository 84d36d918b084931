// The load generator: what it promises is that anyone gets the same bytes, and what is in them.

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { generateLoad, LOAD_CHUNK_BYTES, type LoadOptions } from '../../src/load.js'

const START = 1
const TRAFFIC = 3
const FINISH = 4
/** Root block bytes by template, 1 to 9. */
const BLOCK_BYTES = [0, 24, 28, 17, 8, 8, 8, 25, 8, 17]
const WITHOUT_STREAM = [6, 7, 9]

interface Frame {
  readonly template: number
  readonly id: string
  readonly timestampNs: bigint
  readonly block: DataView
}

/** Walks frames by the wire's description alone, and checks all that it says of them. */
function* walk(chunks: Iterable<Uint8Array>): Generator<Frame> {
  for (const chunk of chunks) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
    let at = 0
    while (at < chunk.length) {
      const length = view.getUint32(at)
      const template = view.getUint16(at + 8, true)
      const blockLength = view.getUint16(at + 6, true)
      const idAt = at + 14 + blockLength
      const id = new TextDecoder().decode(chunk.subarray(idAt + 1, at + length))
      const wellFormed =
        view.getUint16(at + 4) === 0xeb50 &&
        blockLength === BLOCK_BYTES[template] &&
        view.getUint32(at + 10, true) === 1 &&
        idAt + 1 + view.getUint8(idAt) === at + length &&
        (WITHOUT_STREAM.includes(template) ? /^$/ : /^[\w-]{21}[AQgw]$/).test(id)
      // Not `expect` for every frame: that takes a hundred times as long.
      if (!wellFormed) expect.fail(`frame at byte ${at} of a chunk: template ${template}, ID "${id}"`)
      const block = new DataView(chunk.buffer, chunk.byteOffset + at + 14, blockLength)
      yield { template, id, timestampNs: block.getBigUint64(0, true), block }
      at += length
    }
    expect(at, 'a chunk ends where a frame ends').toBe(chunk.length)
  }
}

function sha256(options: LoadOptions): string {
  const hash = createHash('sha256')
  for (const chunk of generateLoad(options)) hash.update(chunk)
  return hash.digest('hex')
}

describe('the load', () => {
  test('is the same bytes for the same seed, on every machine', () => {
    expect(sha256({ events: 20_000, streams: 300, seed: 7 })).toBe(
      '5c55d5aa3fb3b935590a6ffb8497b936bdf046d4093fddd931bc776ef85d6030',
    )
  })

  test('differs by seed', () => {
    const options = { events: 1_000, streams: 10 }
    expect(sha256({ ...options, seed: 1 })).not.toBe(sha256({ ...options, seed: 2 }))
  })

  test.each([
    [0, 5],
    [1, 5],
    [5, 5],
    [6, 1],
    [9_999, 100],
  ])('of %i events on %i streams has exactly so many', (events, streams) => {
    expect([...walk(generateLoad({ events, streams, seed: 3 }))]).toHaveLength(events)
  })

  test('comes in chunks of a bounded size, each its own', () => {
    const chunks = [...generateLoad({ events: 5_000, streams: 10, seed: 3 })]
    expect(chunks.length).toBeGreaterThan(3)
    for (const chunk of chunks) {
      expect(chunk.length).toBeGreaterThan(0)
      expect(chunk.length).toBeLessThanOrEqual(LOAD_CHUNK_BYTES)
    }
    expect(new Set(chunks.map((chunk) => chunk.buffer)).size).toBe(chunks.length)
  })

  test('starts all streams first, then keeps that number live; nothing comes outside a life', () => {
    const streams = 50
    const live = new Set<string>()
    const ever = new Set<string>()
    let n = 0
    for (const { template, id } of walk(generateLoad({ events: 20_000, streams, seed: 11 }))) {
      n++
      const started = template === START
      if (started ? ever.has(id) : id !== '' && !live.has(id)) expect.fail(`event ${n}: ${template} of ${id}`)
      if (started) live.add(id)
      if (started) ever.add(id)
      if (template === FINISH) live.delete(id)
      if (n <= streams ? !started : live.size < streams - 1) expect.fail(`event ${n}: ${live.size} live`)
      if (live.size > streams) expect.fail(`event ${n}: ${live.size} live`)
    }
    expect(ever.size).toBeGreaterThan(10 * streams)
  })

  test('has the mix of a real session, and values within their ranges', () => {
    const kinds = new Array<number>(10).fill(0)
    for (const { template, block } of walk(generateLoad({ events: 50_000, streams: 20, seed: 5 }))) {
      kinds[template]!++
      if (template !== TRAFFIC) continue
      const bytes = block.getBigUint64(8, true)
      if (bytes < 1n || bytes > 16_379n || block.getUint8(16) > 1) expect.fail(`${bytes} bytes`)
    }
    for (const count of kinds.slice(1)) expect(count).toBeGreaterThan(0)
    expect(kinds[TRAFFIC]! / 50_000).toBeCloseTo(0.88, 1)
  })

  test('has timestamps that begin where asked and rise, but for a few', () => {
    const startTimestampNs = 0x1_ffff_fff0n
    const options = { events: 20_000, streams: 20, seed: 9, startTimestampNs }
    const stamps = [...walk(generateLoad(options))].map((frame) => frame.timestampNs)
    const back = stamps.filter((stamp, i) => i > 0 && stamp < stamps[i - 1]!)
    expect(back.length).toBeGreaterThan(0)
    expect(back.length).toBeLessThan(stamps.length / 200)
    expect(stamps.every((stamp) => stamp > startTimestampNs - 20_000n)).toBe(true)
    expect(stamps.at(-1)! - startTimestampNs).toBeLessThan(20_000n * 2_049n)
  })

  test('has timestamps that step back over a carry into the upper half, by as little as elsewhere', () => {
    const carry = 2n ** 33n
    let over = 0
    for (let seed = 0; seed < 400; seed++) {
      const options = { events: 40, streams: 5, seed, startTimestampNs: carry - 16n }
      let newest = 0n
      for (const { timestampNs } of walk(generateLoad(options))) {
        if (timestampNs < carry && newest >= carry) over++
        if (timestampNs < carry - 16_400n) expect.fail(`seed ${seed}: ${timestampNs}`)
        if (timestampNs > newest) newest = timestampNs
      }
    }
    expect(over).toBeGreaterThan(0)
  })

  test.each([
    { events: -1 },
    { events: 1.5 },
    { streams: 0 },
    { streams: 2 ** 24 + 1 },
    { seed: Number.NaN },
    { startTimestampNs: -1n },
    { startTimestampNs: 1n << 63n },
  ])('refuses %o before anything is made', (wrong) => {
    expect(() => generateLoad({ events: 1, streams: 1, seed: 1, ...wrong })).toThrow(
      expect.objectContaining({ code: 'option-invalid' }),
    )
  })
})
