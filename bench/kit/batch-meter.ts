// `SlotMeter` in batches: the observer of the contestants that give many events at once. It adds up
// within the loop, in locals. It wants no event as an object, as a metrics observer doesn't; so it can't
// tell of addresses and the like, which `SlotMeter` gets in each event whether it wants them or not.

import { EVENT_NAMES } from '../events.js'
import { foldStream, type Tally } from '../tally.js'

/** What it reads of a batch; by row, and kinds are indices of `EVENT_NAMES`. */
export interface MeterBatch {
  readonly start: number
  readonly end: number
  readonly kind: Uint16Array
  readonly slot: Int32Array
  readonly fields: {
    readonly timestamp: Float64Array
    readonly traffic: Float64Array
    readonly isRead: Float64Array
  }
}

const START = 0
const TRAFFIC = 2
const FINISH = 3

/** What it finds out: events of each kind, bytes each way and by stream, live streams, the newest timestamp. */
export const BATCH_ANSWERS = [
  'kinds',
  'bytesRead',
  'bytesWritten',
  'live',
  'streamChecksum',
  'newest',
] as const

export class BatchMeter {
  private readonly kinds = new Array<number>(EVENT_NAMES.length).fill(0)
  private bytesRead = 0
  private bytesWritten = 0
  private streamChecksum = 0
  private newest = 0
  /** Bytes of the stream that has the slot. */
  private bytes = new Float64Array(256)

  eventBatch(batch: MeterBatch): void {
    const { start, end, kind, slot, fields } = batch
    const { timestamp, traffic, isRead } = fields
    const { kinds } = this
    let { bytes, newest } = this
    let traffics = 0
    let relayed = 0
    let read = 0
    for (let row = start; row < end; row++) {
      if (timestamp[row]! > newest) newest = timestamp[row]!
      if (kind[row] === TRAFFIC) {
        traffics++
        const much = traffic[row]!
        relayed += much
        // Without a branch: nothing foretells the direction.
        read += much * isRead[row]!
        const stream = slot[row]!
        if (stream >= bytes.length) bytes = this.grow(stream)
        bytes[stream]! += much
      } else {
        kinds[kind[row]!]!++
      }
    }
    kinds[TRAFFIC]! += traffics
    this.bytesRead += read
    this.bytesWritten += relayed - read
    this.newest = newest
  }

  streamReleased(slot: number): void {
    if (slot >= this.bytes.length) return
    this.streamChecksum = (this.streamChecksum + foldStream(this.bytes[slot]!)) | 0
    this.bytes[slot] = 0
  }

  shutdown(): void {
    for (let slot = 0; slot < this.bytes.length; slot++) this.streamReleased(slot)
  }

  get tally(): Pick<Tally, (typeof BATCH_ANSWERS)[number]> {
    const { kinds, bytesRead, bytesWritten, streamChecksum, newest } = this
    return { kinds, bytesRead, bytesWritten, live: kinds[START]! - kinds[FINISH]!, streamChecksum, newest }
  }

  private grow(slot: number): Float64Array<ArrayBuffer> {
    const larger = new Float64Array(2 ** Math.ceil(Math.log2(slot + 1)))
    larger.set(this.bytes)
    this.bytes = larger
    return larger
  }
}
