// Many damaged frames in one buffer, what a source sends in its life: each frame is
// damaged by itself, and in a third of the batches the last ones lose the framing.

import { Random } from '../../mutate.js'
import { type Draft, damageFraming, damageLocally } from './damage.js'

const MOST_FRAMES = 768
/** Room for the longest frame behind the last one, and what damage adds. */
const SPARE_BYTES = 16_384
const BATCH_BYTES = MOST_FRAMES * 128
/** Frames behind one whose framing is damaged. */
const FRAMES_BEHIND = 3

export class Batch {
  readonly bytes = Buffer.alloc(BATCH_BYTES + SPARE_BYTES)
  length = 0
  /** Where frames begin, as they were written: those behind a lost framing may never be read so. */
  readonly starts: number[] = []
  /** Which of them were damaged. */
  readonly damaged: boolean[] = []
  readonly #draft: Draft

  constructor() {
    const { bytes } = this
    this.#draft = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), from: 0, to: 0 }
  }

  /** Fills itself. The seed says all. */
  fill(seed: number, seeds: readonly Buffer[], ids: readonly Buffer[], maxFrameBytes: number): void {
    const random = new Random(seed)
    const draft = this.#draft
    this.starts.length = 0
    this.damaged.length = 0
    this.length = 0
    const frames = 1 + random.below(MOST_FRAMES - FRAMES_BEHIND - 1)
    const losesFraming = random.below(3) === 0
    for (let left = frames; left > 0; left--) {
      this.#write(seeds[random.below(seeds.length)]!)
      // IDs of a few streams, so that they live through many events.
      if (random.below(4) !== 0) this.#readdress(ids[random.below(ids.length)]!)
      const isDamaged = random.below(16) !== 0
      if (isDamaged) damageLocally(draft, random, seeds)
      this.#close(isDamaged)
      if (this.length > BATCH_BYTES) break
    }
    if (!losesFraming) return
    this.#write(seeds[random.below(seeds.length)]!)
    damageFraming(draft, random, maxFrameBytes)
    this.#close(true)
    for (let left = random.below(FRAMES_BEHIND + 1); left > 0; left--) {
      this.#write(seeds[random.below(seeds.length)]!)
      this.#close(false)
    }
  }

  #write(seed: Buffer): void {
    const draft = this.#draft
    draft.from = this.length
    draft.to = draft.from + seed.length
    seed.copy(draft.bytes, draft.from)
  }

  #close(isDamaged: boolean): void {
    this.starts.push(this.length)
    this.damaged.push(isDamaged)
    this.length = this.#draft.to
  }

  /** Gives the frame at the end another stream ID, if it has one. */
  #readdress(id: Buffer): void {
    const { bytes, view, from, to } = this.#draft
    if (to - from < 15) return
    const at = from + 14 + bytes[from + 6]! + 256 * bytes[from + 7]!
    const behind = at + 1 + bytes[at]!
    if (at >= to || bytes[at] === 0 || behind > to) return
    const end = at + 1 + id.length + to - behind
    bytes.copyWithin(at + 1 + id.length, behind, to)
    bytes[at] = id.length
    id.copy(bytes, at + 1)
    this.#draft.to = end
    view.setUint32(from, end - from)
  }
}

/** Stream IDs of many lengths, others for each seed; half of them differ in one byte from another. */
export function idsOf(seed: number, count: number): Buffer[] {
  const random = new Random(seed)
  const ids: Buffer[] = []
  while (ids.length < count) {
    const length = random.pick([1, 1, 2, 7, 8, 9, 15, 16, 17, 22, 22, 22, 22, 22, 23, 24, 25, 40, 254])
    const text = random.uint32().toString(36).padStart(Math.min(length, 6), '-').slice(0, length)
    const id = Buffer.from(text.padEnd(length, random.below(4) === 0 ? text : '.'))
    const sibling = Buffer.from(id)
    sibling[random.below(2) === 0 ? length - 1 : random.below(length)]! ^= 1
    ids.push(id, sibling)
  }
  return ids
}
