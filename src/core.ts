// One instance of the WebAssembly core: its memory, its configuration, and the
// crossing into it, which is guarded: never re-entered, never called after a trap.

import { instantiateSync } from '@assemblyscript/loader'
import { CoreError, OptionError, wordsOf } from './errors.js'
import type { Host } from './host.js'
import {
  BUCKET_BYTES,
  CONTROL,
  CONTROL_BUCKETS_ADDRESS,
  CONTROL_FRAME_ADDRESS,
  CONTROL_STATUS,
  CONTROL_TOUCHED,
  HASH_KEY_MULTIPLIER,
  HASH_KEY_WORDS,
  MAX_SHARDS,
  RECORD_HEADER_BYTES,
  SHARD_BYTES,
  SHARD_LIMIT,
  SHARD_PUBLISHED,
  SHARD_SETTLED,
  SHARD_TAIL,
  SHARD_TAKEN,
  SHARD_TELL_RELEASES,
} from './layout.js'
import { PAGE_BYTES } from './limits.js'
import { FIRST_BUCKET_BITS, type Plan, tableAddresses } from './plan.js'
import type { CoreModule } from './platform-types.js'
import type { AnySchema } from './schema.js'
import { headerWords } from './templates.js'

/** The binary's exports; a test compares them with the binary. */
export interface CoreExports {
  /** Reads frames in [from, end); gives the address of the first byte not consumed. */
  ingest(from: number, end: number): number
  xxHash32(at: number, length: number): number
  /** Lists records of a ring as rows; gives how many. */
  readRows(ring: number, mask: number, position: number, tail: number, rows: number, most: number): number
  /** Makes a column of the field that `fields` describes. */
  fillColumn(number: number, rows: number, row: number, end: number, fields: number, column: number): void
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
  readonly exports: CoreExports
  /** What makes another instance on the same memory. */
  readonly #instantiate: () => CoreExports
  #reader: CoreExports | undefined
  readonly #host: Host
  #entered = false
  #keyed = false

  constructor(module: CoreModule, schema: AnySchema, plan: Plan, host: Host, deliverOrphans: boolean) {
    this.plan = plan
    this.#host = host
    const memory = takeMemory(plan.pages)
    this.#instantiate = () => {
      const { instance } = instantiateSync(module as WebAssembly.Module, { env: { memory } })
      // The loader's own exports wrap each function for managed objects; there are none here.
      return instance.exports as unknown as CoreExports
    }
    this.exports = this.#instantiate()
    const buffer = memory.buffer as ArrayBuffer
    this.bytes = new Uint8Array(buffer)
    this.words = new Uint32Array(buffer)
    this.ints = new Int32Array(buffer)
    this.floats = new Float64Array(buffer)
    this.view = new DataView(buffer)
    // In the order of layout.ts.
    const configuration = [
      plan.shards,
      plan.slots,
      plan.maxBucketBits,
      plan.templateMap.address,
      plan.templates.address,
      plan.listens.address,
      plan.hashKey.address,
      plan.shardHeaders.address,
      plan.longIds.address,
      plan.maxFrameBytes,
      deliverOrphans ? 1 : 0,
      schema.id,
      ...headerWords(schema.header),
    ]
    this.#write(CONTROL, configuration)
    const [table, spare] = tableAddresses(plan.buckets, FIRST_BUCKET_BITS, plan.maxBucketBits)
    this.#write(CONTROL_BUCKETS_ADDRESS, [
      table,
      FIRST_BUCKET_BITS,
      spare,
      (2 ** FIRST_BUCKET_BITS - 1) * BUCKET_BYTES,
    ])
    this.#write(plan.templates.address, plan.templates.words)
    const templateMap = new Uint16Array(buffer, plan.templateMap.address)
    schema.templates.forEach(({ id }, index) => {
      templateMap[id] = index + 1
    })
    for (let shard = 0; shard < plan.shards; shard++) {
      const header = this.shardAddress(shard)
      this.#write(header, [
        plan.rings.address + shard * plan.ringStride,
        plan.ringBytes,
        plan.slotLists.address + shard * (plan.slots + 1) * 4,
      ])
      for (const position of [SHARD_TAIL, SHARD_LIMIT, SHARD_TAKEN, SHARD_SETTLED])
        this.#write(header + position, [plan.startPosition])
    }
  }

  #write(address: number, words: readonly number[]): void {
    this.words.set(words, address >>> 2)
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
      next = this.exports.ingest(from, end) >>> 0
    } catch (error) {
      throw this.fail(error)
    }
    this.#entered = false
    return next
  }

  /** The functions for batches. An instance of its own: what was published is read when the other one has trapped. */
  get reader(): CoreExports {
    this.#reader ??= this.#instantiate()
    return this.#reader
  }

  get status(): number {
    return this.words[CONTROL_STATUS >>> 2]!
  }

  /** Bytes of the frame at which the last call stopped, as it says itself. */
  get frameBytes(): number {
    return this.view.getUint32(this.words[CONTROL_FRAME_ADDRESS >>> 2]!)
  }

  /** Never calls the core again. */
  fail(cause: unknown = new Error('the stack ran out')): CoreError {
    this.poison ??= new CoreError(
      'core-poisoned',
      `the core stopped (${wordsOf(cause)}); shut this router down and make another`,
      { cause },
    )
    return this.poison
  }

  #enter(): void {
    if (this.poison !== undefined) throw this.poison
    // The core calls nothing, so the last call trapped, without the stack to say so.
    if (this.#entered) throw this.fail()
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
    const { bytes, plan } = this
    for (let shard = 0; shard < plan.shards; shard++) {
      if (bytes[CONTROL_TOUCHED + shard] === 0) continue
      bytes[CONTROL_TOUCHED + shard] = 0
      each(shard)
    }
  }

  published(shard: number): number {
    return this.floats[(this.shardAddress(shard) + SHARD_PUBLISHED) >>> 3]!
  }

  /**
   * Whether a frame that the core found no room for is sure to find some now.
   * @param least bytes that are to be free in any case
   */
  hasRoom(shard: number, frameBytes: number, least = 0): boolean {
    const { ringBytes } = this.plan
    const header = this.shardAddress(shard) >>> 2
    const used =
      (this.words[header + (SHARD_TAIL >>> 2)]! - this.words[header + (SHARD_SETTLED >>> 2)]!) >>> 0
    // The event, two releases, and as much again for padding at the ring's end.
    const most = 2 * (frameBytes + 8 + 3 * RECORD_HEADER_BYTES) + 16
    return ringBytes - used >= Math.max(least, Math.min(ringBytes, most))
  }
}

/** @throws OptionError `memory-limit` the platform has no such memory to give */
function takeMemory(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages })
  } catch (cause) {
    const mebibytes = Math.ceil((pages * PAGE_BYTES) / 2 ** 20)
    throw new OptionError(
      'memory-limit',
      `the platform gives no ${mebibytes} MiB (${wordsOf(cause)}); lower streams, shards or ringBytes`,
      { cause },
    )
  }
}

/** Hash of bytes that lie in the core's memory. */
export function xxHash32(core: Core, at: number, length: number): number {
  return core.exports.xxHash32(at, length) >>> 0
}
