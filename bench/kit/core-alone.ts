// The core without drains: frames in as the product copies them in, rings emptied at once by whoever keeps up.

import { Core } from '../../src/core.js'
import { platformHost } from '../../src/host.js'
import {
  CONTROL_TOUCHED,
  RECORD_HEADER_BYTES,
  RECORD_LENGTH_MASK,
  RECORD_OVERRUN_BYTES,
  RECORD_PADDING,
  RECORD_RELEASE,
  RECORD_TEMPLATE,
  SHARD_LIMIT,
  SHARD_ORIGIN,
  SHARD_RING_ADDRESS,
  SHARD_SETTLED,
  SHARD_TAIL,
  SHARD_TAKEN,
  STATUS_DONE,
  STATUS_PARTIAL,
} from '../../src/layout.js'
import { mtg } from '../../src/mtg/index.js'
import { readSizes } from '../../src/options.js'
import { planMemory } from '../../src/plan.js'
import { coreModule } from '../../src/wasm.js'
import type { Answer } from '../contestants/contestant.js'
import { EVENT_NAMES } from '../events.js'

/** A core of which all shards listen to all events, and hear of streams that are over. */
export function makeCore(shards: number, streams: number): Core {
  const core = new Core(
    coreModule(),
    mtg,
    planMemory(mtg, readSizes({ shards, streams })),
    platformHost,
    false,
  )
  for (let shard = 0; shard < shards; shard++) {
    mtg.templates.forEach((_, index) => {
      core.listen(index, shard)
    })
    core.tellReleases(shard)
  }
  return core
}

/** What the records of a core say, positions left out. */
export class Records {
  private readonly kinds = EVENT_NAMES.map(() => 0)
  private readonly checksums: number[]

  constructor(shards: number) {
    this.checksums = new Array<number>(shards).fill(0x811c9dc5 | 0)
  }

  /** Looks at a shard's records before they are settled. */
  see(core: Core, shard: number, header: number): void {
    const { view, bytes, plan } = core
    const word = (offset: number): number => view.getUint32(header + offset, true)
    const ring = word(SHARD_RING_ADDRESS)
    const tail = word(SHARD_TAIL)
    let hash = this.checksums[shard]!
    for (let position = word(SHARD_SETTLED); position !== tail; ) {
      const at = ring + (position & (plan.ringBytes - 1))
      const first = view.getUint32(at, true)
      position = (position + (first & RECORD_LENGTH_MASK)) >>> 0
      if ((first & RECORD_PADDING) !== 0) continue
      let length = 12
      if ((first & RECORD_RELEASE) === 0) {
        const template = view.getUint32(at + RECORD_TEMPLATE, true)
        this.kinds[template & 0xffff]!++
        // Header, block, the key's length, the key.
        length =
          RECORD_HEADER_BYTES + 8 + view.getUint16(at + RECORD_HEADER_BYTES, true) + 1 + (template >>> 16)
      }
      // FNV-1a, Fowler, Noll and Vo.
      for (let index = 0; index < length; index++) hash = Math.imul(hash ^ bytes[at + index]!, 0x01000193)
    }
    this.checksums[shard] = hash
  }

  get answer(): Answer {
    const recordsChecksum = this.checksums.reduce((sum, one) => (Math.imul(sum, 31) + one) | 0, 0) >>> 0
    return { kinds: this.kinds, recordsChecksum }
  }
}

/** Empties the rings as drains do that keep up: an empty one starts again at its beginning. */
function drain(core: Core, records: Records | undefined): void {
  const { bytes, words, plan } = core
  for (let shard = 0; shard < plan.shards; shard++) {
    if (bytes[CONTROL_TOUCHED + shard] === 0) continue
    bytes[CONTROL_TOUCHED + shard] = 0
    const header = core.shardAddress(shard)
    records?.see(core, shard, header)
    const word = header >>> 2
    const tail = words[word + (SHARD_TAIL >>> 2)]!
    const { ringBytes } = plan
    const start = (tail & (ringBytes - 1)) === 0 ? tail : ((tail | (ringBytes - 1)) + 1) >>> 0
    words[word + (SHARD_TAIL >>> 2)] = start
    words[word + (SHARD_TAKEN >>> 2)] = start
    words[word + (SHARD_SETTLED >>> 2)] = start
    if (start === tail) continue
    words[word + (SHARD_ORIGIN >>> 2)] = words[word + (SHARD_RING_ADDRESS >>> 2)]! - start
    words[word + (SHARD_LIMIT >>> 2)] = start + ringBytes - RECORD_OVERRUN_BYTES
  }
}

/** Feeds chunks that are whole frames when they are put together again. @param records sees all of them, if it is there */
export function feed(core: Core, chunks: readonly Uint8Array[], records?: Records): void {
  const { bytes, plan } = core
  const { address, bytes: inputBytes } = plan.input
  let left = 0
  for (const chunk of chunks) {
    for (let taken = 0; taken < chunk.length; ) {
      const piece = Math.min(chunk.length - taken, inputBytes - left)
      bytes.set(piece === chunk.length ? chunk : chunk.subarray(taken, taken + piece), address + left)
      taken += piece
      const end = address + left + piece
      const next = core.ingest(address, end)
      const { status } = core
      if (status !== STATUS_DONE && status !== STATUS_PARTIAL)
        throw new Error(`the core ended with ${status}`)
      drain(core, records)
      left = end - next
      bytes.copyWithin(address, next, end)
    }
  }
}
