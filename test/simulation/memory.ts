// What lies in an instance's memory: rings and the stream table by the layout's own
// rules, and canaries in all that is nobody's. The one part of the simulation that
// knows src/layout.ts.

import type { Core } from '../../src/core.js'
import {
  BUCKET_BYTES,
  BUCKET_SLOT,
  CONTROL_BUCKET_BITS,
  CONTROL_BUCKETS_ADDRESS,
  CONTROL_SPARE_BUCKETS_ADDRESS,
  CONTROL_STREAMS,
  CONTROL_TOUCHED,
  MAX_SLOTS,
  RECORD_FLAGS,
  RECORD_LENGTH_MASK,
  SHARD_SETTLED,
  SHARD_SHIFT,
  SHARD_TAIL,
  SHARD_TAKEN,
} from '../../src/layout.js'
import { type Gap, gapsOf } from '../core/gaps.js'

const CANARY = 0xa5
const CANARY_WORD = 0xa5a5a5a5 | 0
/** Of a wide gap, bytes that each step looks at. */
const NEAR_BYTES = 128

/** Canaries round every region. */
export class Canaries {
  readonly #bytes: Uint8Array
  readonly #words: Int32Array
  readonly #gaps: readonly Gap[]

  constructor({ bytes, ints, plan }: Core) {
    this.#bytes = bytes
    this.#words = ints
    // Pages behind the last region are looked at near it only: touching them all would cost more than the run.
    this.#gaps = gapsOf(plan).map(({ name, from, to }) => ({
      name,
      from,
      to: Math.min(to, from + NEAR_BYTES),
    }))
    for (const { from, to } of this.#gaps) bytes.fill(CANARY, from, to)
  }

  /** Which gap was written to, if any was. */
  dead(): string | undefined {
    for (const gap of this.#gaps) if (!this.#lives(gap)) return `near byte ${gap.from}, ${gap.name}`
    return undefined
  }

  #lives({ from, to }: Gap): boolean {
    const [bytes, words] = [this.#bytes, this.#words]
    let at = from
    for (; at % 4 !== 0 && at < to; at++) if (bytes[at] !== CANARY) return false
    const last = to >>> 2
    for (let word = at >>> 2; word < last; word++) if (words[word] !== CANARY_WORD) return false
    return true
  }
}

/**
 * What is wrong with the records between `settled` and `tail` of a shard, or how many events they are.
 * @param known a position from which on to look, if it is still among them
 */
export function walkRing(core: Core, shard: number, known?: number): number | string {
  const { plan, words } = core
  const header = core.shardAddress(shard)
  const mask = plan.ringBytes - 1
  const ring = plan.rings.address + shard * plan.ringStride
  const tail = words[(header + SHARD_TAIL) >>> 2]!
  let position = words[(header + SHARD_SETTLED) >>> 2]!
  let left = (tail - position) >>> 0
  let events = 0
  if (left > plan.ringBytes) return `${left} bytes in a ring of ${plan.ringBytes}`
  // What lies there has been looked at, but the next thing that the core overwrites is the oldest.
  const oldest = words[(ring + (position & mask)) >>> 2]! & RECORD_LENGTH_MASK
  if (left > 0 && (oldest < 8 || oldest % 8 !== 0 || oldest > left))
    return `the oldest record has ${oldest} of ${left} bytes`
  if (known !== undefined && (tail - known) >>> 0 < left) {
    position = known
    left = (tail - known) >>> 0
  }
  while (left > 0) {
    const index = position & mask
    const first = words[(ring + index) >>> 2]!
    const length = first & RECORD_LENGTH_MASK
    if (length < 8 || length % 8 !== 0 || length > left || index + length > plan.ringBytes)
      return `a record of ${length} bytes at ${index}, ${left} before the tail`
    if ((first & RECORD_FLAGS) === 0) events++
    left -= length
    position = (position + length) >>> 0
  }
  return events
}

/** Looks at the rings that the core has just written to: who reads a broken one may never end. */
export class RingWatch {
  /** The least that was ever free in any of them. */
  leastFreeBytes = Number.POSITIVE_INFINITY
  readonly #core: Core
  /** Tails up to which all was well, by shard. */
  readonly #tails: Uint32Array

  constructor(core: Core) {
    this.#core = core
    this.#tails = new Uint32Array(core.plan.shards).fill(core.plan.startPosition)
  }

  /**
   * What is wrong, if anything is.
   * @param isCutShort the core trapped: it may not have said yet which shards it had written to
   */
  broken(isCutShort = false): string | undefined {
    const { bytes, words, plan } = this.#core
    for (let shard = 0; shard < plan.shards; shard++) {
      if (!isCutShort && bytes[CONTROL_TOUCHED + shard] === 0) continue
      const walked = walkRing(this.#core, shard, this.#tails[shard])
      if (typeof walked === 'string') return `shard ${shard}: ${walked}`
      const header = this.#core.shardAddress(shard)
      const tail = words[(header + SHARD_TAIL) >>> 2]!
      const used = (tail - words[(header + SHARD_SETTLED) >>> 2]!) >>> 0
      this.leastFreeBytes = Math.min(this.leastFreeBytes, plan.ringBytes - used)
      this.#tails[shard] = tail
    }
    return undefined
  }
}

/** So that nobody reads a broken one: all are empty, and where an empty ring begins again. */
export function emptyRings(core: Core): void {
  const { words, plan } = core
  for (let shard = 0; shard < plan.shards; shard++) {
    const header = core.shardAddress(shard)
    const start = (words[(header + SHARD_TAIL) >>> 2]! | (plan.ringBytes - 1)) + 1
    for (const position of [SHARD_TAIL, SHARD_TAKEN, SHARD_SETTLED]) words[(header + position) >>> 2] = start
  }
}

const BUCKET_WORDS = BUCKET_BYTES >>> 2

/** What is wrong with the stream table, if anything is. */
export function tableFault(core: Core): string | undefined {
  const { words, ints, plan } = core
  const [table, bits, spare] = [
    CONTROL_BUCKETS_ADDRESS,
    CONTROL_BUCKET_BITS,
    CONTROL_SPARE_BUCKETS_ADDRESS,
  ].map((address) => words[address >>> 2]!) as [number, number, number]
  let used = 0
  for (let index = 0; index < 2 ** bits; index++) {
    const bucket = table + index * BUCKET_BYTES
    // An ID's length comes first, and is at least 1.
    if ((words[bucket >>> 2]! & 0xff) === 0) continue
    used++
    const slotWord = words[(bucket + BUCKET_SLOT) >>> 2]!
    const [shard, slot] = [slotWord >>> SHARD_SHIFT, slotWord & MAX_SLOTS]
    if (shard >= plan.shards || slot === 0 || slot > plan.slots)
      return `bucket ${index} is of slot ${slot} of shard ${shard}`
    const listed = words[(plan.slotLists.address >>> 2) + shard * (plan.slots + 1) + slot]
    if (listed !== bucket) return `bucket ${index} is of a slot whose bucket is at ${listed}`
  }
  const streams = words[CONTROL_STREAMS >>> 2]!
  if (used !== streams) return `${used} buckets in use, ${streams} streams`
  // Where it doubles to, or where it came from when it can't grow any more.
  const room = 2 ** (bits < plan.maxBucketBits ? bits + 1 : bits - 1) * BUCKET_WORDS
  for (let word = spare >>> 2; word < (spare >>> 2) + room; word++)
    if (ints[word] !== 0) return `the table’s spare room is in use at ${word * 4}`
  return undefined
}
