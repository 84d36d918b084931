// The stream table in full view: a core that is fed one frame at a time, whose records
// are read right away, and whose buckets can be walked by layout.ts's own rules.
import { Core } from '../../src/core.js'
import * as layout from '../../src/layout.js'
import { mtg } from '../../src/mtg/index.js'
import { FIRST_BUCKET_BITS, planMemory, tableAddresses } from '../../src/plan.js'
import { coreModule } from '../../src/wasm.js'
import { TestHost } from '../support.js'

export interface TableOptions {
  readonly shards: number
  readonly slots: number
  /** log2 of the buckets to start with, and of the most; as a router has them when left out. */
  readonly bucketBits?: number
  readonly maxBucketBits?: number
  readonly seed?: number
  /** Where the count of frames starts. */
  readonly clock?: number
}

/** A record, as far as the table decides it. */
export interface Told {
  readonly shard: number
  readonly slot: number
  /** Undefined: an event. */
  readonly released?: number
}

export interface Bucket {
  readonly index: number
  readonly home: number
  readonly length: number
  readonly shard: number
  readonly slot: number
}

const U64 = 2n ** 64n - 1n

export class Table {
  readonly core: Core
  readonly shards: number

  constructor({ shards, slots, bucketBits, maxBucketBits, seed = 1, clock = 0 }: TableOptions) {
    const sizes = { shards, slots, ringBytes: 4_096, maxFrameBytes: 512, startPosition: 0, batchRows: 1 }
    this.shards = shards
    const plan = planMemory(mtg, sizes)
    this.core = new Core(coreModule(), mtg, plan, new TestHost(seed), false)
    for (let shard = 0; shard < shards; shard++) {
      mtg.templates.forEach((_, index) => {
        this.core.listen(index, shard)
      })
      this.core.tellReleases(shard)
    }
    // Smaller than any option makes it, so that everything collides.
    const first = bucketBits ?? FIRST_BUCKET_BITS
    const last = maxBucketBits ?? plan.maxBucketBits
    if (last > plan.maxBucketBits) throw new RangeError('no room')
    const [table, spare] = tableAddresses(plan.buckets, first, last)
    this.core.words[layout.CONTROL_BUCKETS_ADDRESS >>> 2] = table
    this.core.words[layout.CONTROL_SPARE_BUCKETS_ADDRESS >>> 2] = spare
    this.core.words[layout.CONTROL_BUCKET_BITS >>> 2] = first
    this.core.words[layout.CONTROL_LAST_OFFSET >>> 2] = (2 ** first - 1) * layout.BUCKET_BYTES
    this.core.words[layout.CONTROL_MAX_BUCKET_BITS >>> 2] = last
    this.core.words[layout.CONTROL_CLOCK >>> 2] = clock
  }

  word(address: number): number {
    return this.core.words[address >>> 2]!
  }

  get bucketCount(): number {
    return 2 ** this.word(layout.CONTROL_BUCKET_BITS)
  }

  /** Routes one frame; gives the records that it made. */
  route(frame: Uint8Array): Told[] {
    const { core } = this
    const { address } = core.plan.input
    core.bytes.set(frame, address)
    const next = core.ingest(address, address + frame.length)
    if (core.status !== layout.STATUS_DONE || next !== address + frame.length) {
      throw new Error(`status ${core.status} after ${next - address} bytes`)
    }
    const told: Told[] = []
    for (let shard = 0; shard < this.shards; shard++) this.#read(shard, told)
    return told
  }

  #read(shard: number, told: Told[]): void {
    const { words, plan } = this.core
    const header = this.core.shardAddress(shard) >>> 2
    const tail = words[header + (layout.SHARD_TAIL >>> 2)]!
    let position = words[header + (layout.SHARD_SETTLED >>> 2)]!
    const ring = plan.rings.address + shard * plan.ringStride
    while (position !== tail) {
      const at = (ring + (position & (plan.ringBytes - 1))) >>> 2
      const first = words[at]!
      const slot = words[at + (layout.RECORD_SLOT >>> 2)]!
      if ((first & layout.RECORD_RELEASE) !== 0) told.push({ shard, slot, released: words[at + 1]! })
      else if ((first & layout.RECORD_PADDING) === 0) told.push({ shard, slot })
      position = (position + (first & layout.RECORD_LENGTH_MASK)) >>> 0
    }
    words[header + (layout.SHARD_TAKEN >>> 2)] = tail
    words[header + (layout.SHARD_SETTLED >>> 2)] = tail
  }

  /** Live streams of a shard, as its header counts them. */
  streams(shard: number): number {
    return this.word(this.core.shardAddress(shard) + layout.SHARD_STREAMS)
  }

  /** All buckets in use, each with where its search begins. */
  buckets(): Bucket[] {
    const { view } = this.core
    const table = this.word(layout.CONTROL_BUCKETS_ADDRESS)
    const found: Bucket[] = []
    for (let index = 0; index < this.bucketCount; index++) {
      const at = table + index * layout.BUCKET_BYTES
      const length = view.getUint8(at)
      if (length === 0) continue
      const slotWord = view.getUint32(at + layout.BUCKET_SLOT, true)
      const [shard, slot] = [slotWord >>> layout.SHARD_SHIFT, slotWord & layout.MAX_SLOTS]
      found.push({ index, home: this.#home(at), length, shard, slot })
    }
    return found
  }

  /** NH of the bucket's three words, then multiply-shift: the top bits. */
  #home(at: number): number {
    const { view } = this.core
    const key = this.core.plan.hashKey.address
    const u64 = (address: number): bigint => view.getBigUint64(address, true)
    const half = (value: bigint): bigint => value & 0xffffffffn
    const nh = (value: bigint, secret: bigint): bigint =>
      half(value + half(secret)) * half((value >> 32n) + (secret >> 32n))
    const words = [u64(at), u64(at + layout.BUCKET_SECOND), u64(at + layout.BUCKET_THIRD)]
    const sum = words.reduce((total, value, index) => total + nh(value, u64(key + index * 8)), 0n) & U64
    const hash = ((sum ^ (sum >> 32n)) * u64(key + layout.HASH_KEY_MULTIPLIER)) & U64
    return Number(hash >> BigInt(64 - this.word(layout.CONTROL_BUCKET_BITS)))
  }

  /** The bucket that a slot's entry in its shard's list names. */
  bucketOfSlot(shard: number, slot: number): number {
    const list = this.word(this.core.shardAddress(shard) + layout.SHARD_SLOTS_ADDRESS)
    return (this.word(list + slot * 4) - this.word(layout.CONTROL_BUCKETS_ADDRESS)) / layout.BUCKET_BYTES
  }
}
