// Blocks of every length that a header can say, up to 65,535 bytes: events of a stream that
// goes on are read where their frames say that they end, whoever of the core reads them.

import { describe, expect, it } from 'vitest'
import { Core } from '../../src/core.js'
import * as layout from '../../src/layout.js'
import { planMemory } from '../../src/plan.js'
import type { AnySchema } from '../../src/schema.js'
import { coreModule } from '../../src/wasm.js'
import { concat } from '../reference-frames.js'
import { TestHost, upTo } from '../support.js'

/** The hot path's last: with the longest ID, its frame's length still has 16 bits. */
const LONGEST_HOT = 0xffff - 254 - 1 - 8 - layout.FRAMING_BYTES
const TEMPLATE_ID = 7

/** A core of one shard, for a schema with one kind of event: a block of that many bytes, and an ID. */
class Reader {
  readonly core: Core
  readonly #blockLength: number

  constructor(blockLength: number) {
    const template = {
      ...{ id: TEMPLATE_ID, event: 'Long', method: 'long', blockLength, role: 'none', key: 0 },
      ...{ required: [{ sinceVersion: 0, bytes: blockLength }], checks: [], numbers: [] },
      data: [{ field: 'id', lengthWidth: 1, maxLength: 254, utf8: true, sinceVersion: 0 }],
    }
    const header = {
      bytes: 8,
      blockLength: { offset: 0, width: 2 },
      templateId: { offset: 2, width: 2 },
      schemaId: { offset: 4, width: 2 },
      version: { offset: 6, width: 2 },
    }
    const schema = { name: 'long', id: 9, version: 0, header, templates: [template] } as unknown as AnySchema
    const plan = planMemory(schema, {
      shards: 1,
      slots: 16,
      ringBytes: 2 ** 21,
      maxFrameBytes: 70_000,
      startPosition: 0,
      batchRows: 1,
    })
    this.#blockLength = blockLength
    this.core = new Core(coreModule(), schema, plan, new TestHost(), false)
    this.core.listen(0, 0)
  }

  frame(streamId: string, fill: number, { trailing = 0, lie = 0 } = {}): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(
      layout.FRAMING_BYTES + 8 + this.#blockLength + 1 + streamId.length + trailing,
    )
    const view = new DataView(bytes.buffer)
    view.setUint32(0, bytes.length - lie)
    view.setUint16(4, 0xeb50)
    for (const [index, member] of [this.#blockLength, TEMPLATE_ID, 9, 0].entries())
      view.setUint16(layout.FRAMING_BYTES + index * 2, member, true)
    const blockAt = layout.FRAMING_BYTES + 8
    bytes.fill(fill, blockAt, blockAt + this.#blockLength)
    view.setUint8(blockAt + this.#blockLength, streamId.length)
    bytes.set(Buffer.from(streamId), blockAt + this.#blockLength + 1)
    return bytes
  }

  word(address: number): number {
    return this.core.words[address >>> 2]!
  }

  /** @returns how many bytes were consumed, and the status */
  read(bytes: Uint8Array): [consumed: number, status: number] {
    const { core } = this
    const { address } = core.plan.input
    core.bytes.set(bytes, address)
    return [core.ingest(address, address + bytes.length) - address, core.status]
  }

  /** The messages in the ring, which is empty then. */
  messages(lengths: readonly number[]): Uint8Array[] {
    const { core } = this
    const header = core.shardAddress(0)
    let position = this.word(header + layout.SHARD_SETTLED)
    const found: Uint8Array[] = []
    while (position !== this.word(header + layout.SHARD_TAIL)) {
      const at = core.plan.rings.address + (position % core.plan.ringBytes)
      const first = this.word(at)
      position += first & layout.RECORD_LENGTH_MASK
      if ((first & layout.RECORD_FLAGS) !== 0) continue
      const from = at + layout.RECORD_HEADER_BYTES
      found.push(core.bytes.slice(from, from + lengths[found.length]!))
    }
    core.words[(header + layout.SHARD_TAKEN) >>> 2] = position
    core.words[(header + layout.SHARD_SETTLED) >>> 2] = position
    return found
  }
}

describe('a block', () => {
  it.each([0, 1, 8, 31, 240, 241, 255, 256, 257, 32_768, LONGEST_HOT, LONGEST_HOT + 1, 65_535])(
    'of %d bytes is read as it was written, with IDs of every length',
    (blockLength) => {
      const reader = new Reader(blockLength)
      for (const idLength of [1, 7, 8, 14, 15, 22, 23, 24, 254]) {
        const id = 'i'.repeat(idLength)
        // The first of a stream isn't the hot path's, nor is one with bytes behind its ID.
        const frames = [
          ...[1, 2, 3].map((fill) => reader.frame(id, fill)),
          reader.frame(id, 4, { trailing: 5 }),
          reader.frame(id, 5),
        ]
        for (const frame of frames) {
          // Cut anywhere, it isn't read.
          for (const cut of [1, idLength, idLength + 1, frame.length - 15].filter((bytes) => bytes > 0))
            expect(reader.read(frame.subarray(0, frame.length - cut))).toEqual([0, layout.STATUS_PARTIAL])
          expect(reader.read(frame)).toEqual([frame.length, layout.STATUS_DONE])
        }
        const sent = frames.map((frame) => frame.subarray(layout.FRAMING_BYTES))
        const found = reader.messages(sent.map(({ length }) => length))
        expect(found.map((message, index) => Buffer.compare(message, sent[index]!))).toEqual(upTo(5).fill(0))
      }
    },
  )

  it.each([LONGEST_HOT, LONGEST_HOT + 1, 65_535])(
    'of 64 KiB less a few bytes is read where its frame says that it ends: %d',
    (blockLength) => {
      const reader = new Reader(blockLength)
      const id = 'i'.repeat(254)
      expect(reader.read(reader.frame(id, 1))[1]).toBe(layout.STATUS_DONE)
      const longer = reader.frame(id, 2, { trailing: 20 })
      const lying = reader.frame(id, 2, { lie: 65_536, trailing: Math.max(0, 65_555 - longer.length + 20) })
      const length = lying.length - 65_536
      expect(reader.read(concat(lying, reader.frame(id, 3)))).toEqual([length, layout.STATUS_REJECTED])
    },
  )
})
