// One instance of the WebAssembly core: its memory, its configuration, and the
// crossing into it, which is guarded: never re-entered, never called after a trap.

import { instantiateSync } from '@assemblyscript/loader'
import { CoreError } from './errors.js'
import type { Host } from './host.js'
import {
  CONTROL_BUCKET_BITS,
  CONTROL_BUCKETS_ADDRESS,
  CONTROL_DELIVER_ORPHANS,
  CONTROL_HASH_KEY_ADDRESS,
  CONTROL_LISTENS_ADDRESS,
  CONTROL_LONG_IDS_ADDRESS,
  CONTROL_MAX_BUCKET_BITS,
  CONTROL_MAX_FRAME_BYTES,
  CONTROL_SHARDS,
  CONTROL_SHARDS_ADDRESS,
  CONTROL_SLOTS,
  CONTROL_STATUS,
  CONTROL_TEMPLATE_MAP_ADDRESS,
  CONTROL_TEMPLATES_ADDRESS,
  CONTROL_TOUCHED,
  HASH_KEY_MULTIPLIER,
  HASH_KEY_WORDS,
  MAX_SHARDS,
  RECORD_HEADER_BYTES,
  SHARD_BYTES,
  SHARD_PUBLISHED,
  SHARD_RING_ADDRESS,
  SHARD_RING_BYTES,
  SHARD_SETTLED,
  SHARD_SLOTS_ADDRESS,
  SHARD_TAIL,
  SHARD_TAKEN,
  SHARD_TELL_RELEASES,
} from './layout.js'
import { FIRST_BUCKET_BITS, type Plan } from './plan.js'
import type { AnySchema } from './schema.js'
import { writeTemplates } from './templates.js'

/**
 * A compiled WebAssembly module. Structural, so that users need no DOM types.
 */
export type CoreModule = object

/** The binary's exports; a test compares them with the binary. */
export interface CoreExports {
  /** Reads frames in [from, end); gives the address of the first byte not consumed. */
  ingest(from: number, end: number): number
  xxHash32(at: number, length: number): number
}

export class Core {
  readonly plan: Plan
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly words: Uint32Array<ArrayBuffer>
  /** The same, signed: positions in the drain then stay small integers to the engine. */
  readonly ints: Int32Array<ArrayBuffer>
  /** Counters; an index is an address divided by 8. */
  readonly floats: Float64Array<ArrayBuffer>
  readonly view: DataView<ArrayBuffer>
  /** What made the core unusable, if anything did. */
  poison: CoreError | undefined
  /** Who loaded what lies in the input region: each load counts it up. */
  inputStamp = 0
  readonly #exports: CoreExports
  readonly #host: Host
  #entered = false
  #keyed = false

  constructor(module: CoreModule, schema: AnySchema, plan: Plan, host: Host, deliverOrphans: boolean) {
    this.plan = plan
    this.#host = host
    const memory = new WebAssembly.Memory({ initial: plan.pages, maximum: plan.pages })
    const { instance } = instantiateSync(module as WebAssembly.Module, { env: { memory } })
    // The loader's own exports wrap each function for managed objects; there are none here.
    this.#exports = instance.exports as unknown as CoreExports
    const buffer = memory.buffer as ArrayBuffer
    this.bytes = new Uint8Array(buffer)
    this.words = new Uint32Array(buffer)
    this.ints = new Int32Array(buffer)
    this.floats = new Float64Array(buffer)
    this.view = new DataView(buffer)
    const word = (address: number, value: number): void => {
      this.words[address >>> 2] = value
    }
    word(CONTROL_SHARDS, plan.shards)
    word(CONTROL_SLOTS, plan.slots)
    word(CONTROL_BUCKETS_ADDRESS, plan.buckets.address)
    word(CONTROL_BUCKET_BITS, FIRST_BUCKET_BITS)
    word(CONTROL_MAX_BUCKET_BITS, plan.maxBucketBits)
    word(CONTROL_TEMPLATE_MAP_ADDRESS, plan.templateMap.address)
    word(CONTROL_TEMPLATES_ADDRESS, plan.templates.address)
    word(CONTROL_LISTENS_ADDRESS, plan.listens.address)
    word(CONTROL_HASH_KEY_ADDRESS, plan.hashKey.address)
    word(CONTROL_SHARDS_ADDRESS, plan.shardHeaders.address)
    word(CONTROL_LONG_IDS_ADDRESS, plan.longIds.address)
    word(CONTROL_MAX_FRAME_BYTES, plan.maxFrameBytes)
    word(CONTROL_DELIVER_ORPHANS, deliverOrphans ? 1 : 0)
    for (let shard = 0; shard < plan.shards; shard++) {
      const header = this.shardAddress(shard)
      word(header + SHARD_RING_ADDRESS, plan.rings.address + shard * plan.ringStride)
      word(header + SHARD_RING_BYTES, plan.ringBytes)
      word(header + SHARD_SLOTS_ADDRESS, plan.slotLists.address + shard * (plan.slots + 1) * 4)
      for (const position of [SHARD_TAIL, SHARD_TAKEN, SHARD_SETTLED])
        word(header + position, plan.startPosition)
    }
    writeTemplates(this.view, plan, schema)
  }

  shardAddress(shard: number): number {
    return this.plan.shardHeaders.address + shard * SHARD_BYTES
  }

  /** Says that an observer of this shard has the method of this template. */
  listen(template: number, shard: number): void {
    this.bytes[this.plan.listens.address + (template + 1) * MAX_SHARDS + shard] = 1
  }

  /** Says that this shard wants to hear of the ends of streams. */
  tellReleases(shard: number): void {
    this.words[(this.shardAddress(shard) + SHARD_TELL_RELEASES) >>> 2] = 1
  }

  /** @throws CoreError `core-poisoned` */
  ingest(from: number, end: number): number {
    this.#enter()
    let next: number
    try {
      next = this.#exports.ingest(from, end) >>> 0
    } catch (error) {
      throw this.fail(error)
    }
    this.#entered = false
    return next
  }

  get status(): number {
    return this.words[CONTROL_STATUS >>> 2]!
  }

  /** Hash of bytes that lie in this memory. */
  xxHash32(at: number, length: number): number {
    return this.#exports.xxHash32(at, length) >>> 0
  }

  /** Never calls the core again. */
  fail(cause: unknown): CoreError {
    this.poison ??= new CoreError(
      'core-poisoned',
      `the core stopped (${cause instanceof Error ? cause.message : String(cause)}); shut this router down and make a new one`,
      { cause },
    )
    return this.poison
  }

  #enter(): void {
    if (this.poison !== undefined) throw this.poison
    // The core calls nothing, so the last call trapped, without the stack to say so.
    if (this.#entered) throw this.fail(new Error('a call did not return'))
    if (!this.#keyed) this.#takeKey()
    this.#entered = true
  }

  /** Takes the table's random key: at the first frame, since some platforms have none before. */
  #takeKey(): void {
    const { address } = this.plan.hashKey
    const key = new Uint32Array(this.bytes.buffer, address, HASH_KEY_WORDS * 2)
    this.#host.fillRandom(key)
    key[HASH_KEY_MULTIPLIER >>> 2]! |= 1
    this.#keyed = true
  }

  /** Tells which shards got records since last asked. */
  takeTouched(each: (shard: number) => void): void {
    const { bytes, words } = this
    const first = CONTROL_TOUCHED >>> 2
    for (let four = 0; four < this.plan.shards; four += 4) {
      // Shards are looked at by fours, since most often there is nothing.
      const word = first + (four >>> 2)
      if (words[word] === 0) continue
      for (let shard = four; shard < four + 4; shard++) {
        if (bytes[CONTROL_TOUCHED + shard] !== 1) continue
        bytes[CONTROL_TOUCHED + shard] = 0
        each(shard)
      }
    }
  }

  published(shard: number): number {
    return this.floats[(this.shardAddress(shard) + SHARD_PUBLISHED) >>> 3]!
  }

  /** Bytes free in a shard's ring. */
  freeBytes(shard: number): number {
    const header = this.shardAddress(shard) >>> 2
    const used =
      (this.words[header + (SHARD_TAIL >>> 2)]! - this.words[header + (SHARD_SETTLED >>> 2)]!) >>> 0
    return this.plan.ringBytes - used
  }

  /** Whether a frame that the core found no room for is sure to find some now. */
  hasRoom(shard: number, frameBytes: number): boolean {
    // The event, two releases, and as much again for padding at the ring's end.
    const most = 2 * (frameBytes + 8 + 3 * RECORD_HEADER_BYTES) + 16
    return this.freeBytes(shard) >= Math.min(this.plan.ringBytes, most)
  }
}
