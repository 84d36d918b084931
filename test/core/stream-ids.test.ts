// IDs of every class of length that the stream table has, in a table that is nearly full.

import { describe, expect, it } from 'vitest'
import { frame } from '../reference-frames.js'
import { upTo } from '../support.js'
import { Table } from './table.js'

describe('stream IDs', () => {
  it('are told apart by each single byte, at each length, on both paths', () => {
    for (const length of [1, 2, 6, 7, 8, 9, 13, 14, 15, 16, 17, 21, 22, 23, 24, 25, 31, 32, 40, 254]) {
      /** Letters, but for these bytes. */
      const differing = (at: number, ...bytes: number[]): Uint8Array => {
        const id = new Uint8Array(length).fill(0x61)
        id.set(bytes, at)
        return id
      }
      const ids = [differing(0), ...upTo(length).map((at) => differing(at, 0x62))]
      // Bytes of 0x80 and more: U+00E9, and, one bit apart, U+00E8.
      for (const at of upTo(length - 1)) ids.push(differing(at, 0xc3, 0xa9))
      if (length > 1) ids.push(differing(length - 2, 0xc3, 0xa8))
      const slots = ids.length
      // Nearly full, so that most searches meet others' buckets first.
      const bits = Math.ceil(Math.log2(slots + 1))
      const table = new Table({ shards: 1, slots, bucketBits: bits, maxBucketBits: bits })
      const opened = ids.map((streamId) => table.route(frame({ template: 1, streamId }))[0])
      expect(new Set(opened.map((told) => told?.slot)).size, `${length} bytes`).toBe(slots)
      // Each after every other one, as the hot path reads them, and as others do.
      for (const version of [0, 1]) {
        const again = ids.map((streamId) => table.route(frame({ template: 3, streamId, version }))[0])
        expect(again, `${length} bytes, version ${version}`).toEqual(opened)
      }
    }
  })
})
