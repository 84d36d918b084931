// The twin's batches: a shard's events as rows, their numbers written into columns as they are routed,
// so that nothing is read twice. It knows which columns its observer wants, leaves what an event lacks as
// it was, and hands out its own arrays: all of that is cheaper than what the product promises.

import { milliseconds } from '../../src/wire.js'
import type { MeterBatch } from './batch-meter.js'

/** Rows of a batch at most, as in the product. */
const MAX_ROWS = 1_024

export interface TwinBatchObserver {
  eventBatch(batch: MeterBatch): unknown
  streamReleased?(slot: number, reason: 'ended' | 'restarted'): unknown
  shutdown?(): unknown
}

export class TwinRows implements MeterBatch {
  readonly start = 0
  end = 0
  readonly kind = new Uint16Array(MAX_ROWS)
  readonly slot = new Int32Array(MAX_ROWS)
  readonly fields = {
    timestamp: new Float64Array(MAX_ROWS),
    traffic: new Float64Array(MAX_ROWS),
    isRead: new Float64Array(MAX_ROWS),
  }

  /** Adds an event of a template by its number on the wire. @returns whether there is no room for another */
  add(template: number, slot: number, view: DataView, block: number): boolean {
    const { fields } = this
    const row = this.end++
    this.kind[row] = template - 1
    this.slot[row] = slot
    fields.timestamp[row] = milliseconds(view, block)
    if (template === 3) {
      fields.traffic[row] = view.getUint32(block + 12, true) * 2 ** 32 + view.getUint32(block + 8, true)
      fields.isRead[row] = view.getUint8(block + 16)
    }
    return this.end === MAX_ROWS
  }
}
