// The product's decoder beside the readings: every event, every rejection, in order,
// and what is said of a frame that is cut off at the end.

import { type Decoder, makeDecoder } from '../../../src/decoder.js'
import { FrameError } from '../../../src/frame-error.js'
import { type Event, mtg } from '../../../src/mtg/index.js'
import { coreModule } from '../../../src/wasm.js'
import { FuzzFailure } from '../failure.js'
import { assertSameError, eventDiffers, isSameEvent, readingOf } from './compare-event.js'
import { cut } from './cuts.js'
import { EVENT, type Readings } from './quick-reference.js'

const WHERE = 'decoder'

export class DecoderOracle {
  readonly #maxFrameBytes: number
  #decoder: Decoder<typeof mtg>
  /** Bytes and frames that the decoder in use was given before. */
  #base = 0
  #frames = 0

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes
    this.#decoder = this.#fresh()
  }

  #fresh(): Decoder<typeof mtg> {
    this.#base = 0
    this.#frames = 0
    return makeDecoder(coreModule, mtg, { maxFrameBytes: this.#maxFrameBytes })
  }

  /** @throws FuzzFailure; anything that the product throws */
  check(bytes: Buffer, length: number, cutSeed: number, readings: Readings): void {
    let index = 0
    cut(bytes, length, cutSeed, (piece) => {
      for (const item of this.#decoder.decode(piece)) this.#item(item, readings, index++)
      return true
    })
    if (index < readings.count) {
      const oracle = readings.verdicts[index] === EVENT ? 'same-events' : 'same-reasons'
      const facts = { offset: readings.offsets[index], expected: readingOf(readings, index), got: 'nothing' }
      throw new FuzzFailure(oracle, `${WHERE}: a frame is missing`, facts)
    }
    const end = this.#decoder.end()
    if (end !== undefined) assertSameError(WHERE, end, readings, index, this.#base, this.#frames)
    else if (readings.partialBytes > 0) {
      const facts = { offset: readings.consumed, expected: 'truncated', got: 'nothing' }
      throw new FuzzFailure('same-reasons', `${WHERE}: the frame that is cut off is not told`, facts)
    }
    if (readings.isLost || readings.partialBytes > 0) this.#decoder = this.#fresh()
    else {
      this.#base += length
      this.#frames += readings.count
    }
  }

  #item(item: Event | FrameError, readings: Readings, index: number): void {
    const isEvent = index < readings.count && readings.verdicts[index] === EVENT
    if (item instanceof FrameError) {
      if (!isEvent) {
        assertSameError(WHERE, item, readings, index, this.#base, this.#frames)
        return
      }
      throw new FuzzFailure('same-reasons', `${WHERE}: a good frame is rejected`, {
        offset: readings.offsets[index],
        expected: readingOf(readings, index),
        got: `${item.reason} at ${item.offset - this.#base}`,
      })
    }
    if (!isEvent) {
      throw new FuzzFailure('same-reasons', `${WHERE}: an event that the reference doesn't read`, {
        offset: readings.offsets[index] ?? readings.consumed,
        expected: readingOf(readings, index),
        got: item,
      })
    }
    if (!isSameEvent(item, readings, index)) eventDiffers(WHERE, item, readings, index)
  }
}
