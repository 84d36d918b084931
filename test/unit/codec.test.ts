// Encoder and decoder by themselves, where neither a router nor the wire's own cases meet them.

import { describe, expect, it } from 'vitest'
import { createDecoder, encodeFrame } from '../../src/index.js'
import { mtg } from '../../src/mtg/index.js'
import { concat } from '../reference-frames.js'
import { traffic, upTo } from '../support.js'

describe('encodeFrame', () => {
  it('says that there is no room even for a frame header, and writes nothing', () => {
    const event = { event: 'EventFinish', streamId: 'a', timestamp: 1 } as const
    for (const [length, offset] of [
      [0, 0],
      [5, 0],
      [40, 35],
      [40, 41],
    ] as const) {
      const target = new Uint8Array(length)
      expect(() => encodeFrame(mtg, event, target, offset)).toThrowError(
        expect.objectContaining({
          code: 'encode-space',
          message: expect.stringContaining('a frame needs 6'),
        }),
      )
      expect(target.every((byte) => byte === 0)).toBe(true)
    }
  })

  it('refuses an offset that is none, and writes nothing in front of its target', () => {
    const event = { event: 'EventFinish', streamId: 'a', timestamp: 1 } as const
    const pool = new Uint8Array(200)
    for (const offset of [-5, -0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', null]) {
      expect(() => encodeFrame(mtg, event, pool.subarray(50, 150), offset as number)).toThrowError(
        expect.objectContaining({
          code: 'option-invalid',
          message: expect.stringContaining('offset'),
        }),
      )
    }
    expect(pool.every((byte) => byte === 0)).toBe(true)
  })

  it('refuses a target that is no Uint8Array', () => {
    const event = { event: 'EventFinish', streamId: 'a', timestamp: 1 } as const
    for (const target of [undefined, null, 'text', [0], new ArrayBuffer(99), new Uint16Array(99)]) {
      expect(() => encodeFrame(mtg, event, target as unknown as Uint8Array)).toThrowError(
        expect.objectContaining({ code: 'option-invalid' }),
      )
    }
  })
})

describe('a decoder', () => {
  it('refuses what is no Uint8Array, and goes on', () => {
    const decoder = createDecoder(mtg)
    const bytes = traffic('a', 7)
    expect(decoder.decode(bytes.subarray(0, 20))).toEqual([])
    for (const odd of ['text', 5, null, undefined, [1, 2], new ArrayBuffer(4), new Uint16Array(2)]) {
      expect(() => decoder.decode(odd as unknown as Uint8Array)).toThrowError(
        expect.objectContaining({ code: 'chunk-invalid' }),
      )
    }
    expect(decoder.decode(bytes.subarray(20))).toMatchObject([{ event: 'EventTraffic', traffic: 7 }])
  })

  it('gives every event in order, however many bytes go through it', () => {
    const decoder = createDecoder(mtg)
    let number = 0
    // More than twice what it has room for, in frames of many lengths.
    for (let bytes = 0; bytes < 3 * 1_048_576; ) {
      const first = number
      const chunk = concat(
        ...upTo(500).map((index) => traffic('x'.repeat((first + index) % 200), first + index)),
      )
      bytes += chunk.length
      for (const item of decoder.decode(chunk)) {
        const id = 'x'.repeat(number % 200)
        // Not `expect` for every event: that takes a hundred times as long.
        if (!('traffic' in item) || item.traffic !== number || item.streamId !== id) expect(item).toBe(number)
        number++
      }
    }
    expect(number).toBeGreaterThan(15_000)
    expect(decoder.end()).toBe(undefined)
  })
})
