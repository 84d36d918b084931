// The core without drains: frames in as the product copies them in, rings emptied at once by whoever keeps up.

import { Core } from '../../src/core.js'
import { type Host, platformHost } from '../../src/host.js'
import {
  CONTROL_ACCEPTED,
  CONTROL_DETAIL,
  CONTROL_EVICTED,
  CONTROL_FRAME_ADDRESS,
  CONTROL_REASON,
  CONTROL_RECEIVED,
  CONTROL_TOUCHED,
  REASON_TRUNCATED,
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
  STATUS_FULL,
  STATUS_LOST,
  STATUS_PARTIAL,
} from '../../src/layout.js'
import { mtg } from '../../src/mtg/index.js'
import { readSizes } from '../../src/options.js'
import { planMemory } from '../../src/plan.js'
import { coreModule } from '../../src/wasm.js'
import type { Answer } from '../contestants/contestant.js'
import { EVENT_NAMES } from '../events.js'

/**
 * The same key for every stream table, so that all cores search the same buckets, and give the same streams up when
 * there are too many. By xorshift, Marsaglia 2003.
 */
const host: Host = {
  ...platformHost,
  fillRandom(words) {
    let word = 1
    for (let index = 0; index < words.length; index++) {
      word ^= word << 13
      word ^= word >>> 17
      word ^= word << 5
      words[index] = word
    }
  },
}

/** A core of which all shards listen to all events, and hear of streams that are over. */
export function makeCore(shards: number, streams: number): Core {
  const core = new Core(coreModule(), mtg, planMemory(mtg, readSizes({ shards, streams })), host, false)
  for (let shard = 0; shard < shards; shard++) {
    mtg.templates.forEach((_, index) => {
      core.listen(index, shard)
    })
    core.tellReleases(shard)
  }
  // The key is taken at the first call, which reads nothing.
  const { address } = core.plan.input
  core.ingest(address, address)
  return core
}

/** What a core answers, in either language. */
export const CORE_ANSWERS = ['kinds', 'recordsChecksum', 'received', 'accepted', 'evicted'] as const

/** What the core counts. */
export const countersOf = ({ floats }: Core) => ({
  received: floats[CONTROL_RECEIVED >>> 3]!,
  accepted: floats[CONTROL_ACCEPTED >>> 3]!,
  evicted: floats[CONTROL_EVICTED >>> 3]!,
})

// FNV-1a, Fowler, Noll and Vo.
const FNV_BASIS = 0x811c9dc5 | 0
const FNV_PRIME = 0x01000193

/** What the records of a core say, positions left out, and which frames it refused. */
export class Records {
  private readonly kinds = EVENT_NAMES.map(() => 0)
  private readonly checksums: number[]
  private refused = FNV_BASIS

  constructor(shards: number) {
    this.checksums = new Array<number>(shards).fill(FNV_BASIS)
  }

  /** Notes a frame that isn't accepted. @param offset where it begins in what is fed */
  refuse(status: number, reason: number, detail: number, offset: number): void {
    for (const word of [status, reason, detail, offset]) {
      this.refused = Math.imul(this.refused ^ word, FNV_PRIME)
    }
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
      for (let index = 0; index < length; index++) hash = Math.imul(hash ^ bytes[at + index]!, FNV_PRIME)
    }
    this.checksums[shard] = hash
  }

  get answer(): Answer {
    const all = [...this.checksums, this.refused]
    const recordsChecksum = all.reduce((sum, one) => (Math.imul(sum, 31) + one) | 0, 0) >>> 0
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

/**
 * Feeds chunks as a source does: a frame that is rejected costs that frame, and lost framing the rest.
 * @param records sees all of them, and what is refused, if it is there
 */
export function feed(core: Core, chunks: readonly Uint8Array[], records?: Records): void {
  const { bytes, words, plan } = core
  const { address, bytes: inputBytes } = plan.input
  let left = 0
  /** Bytes from the first chunk's start to what stands at the input's. */
  let offset = 0
  for (const chunk of chunks) {
    for (let taken = 0; taken < chunk.length; ) {
      const piece = Math.min(chunk.length - taken, inputBytes - left)
      bytes.set(piece === chunk.length ? chunk : chunk.subarray(taken, taken + piece), address + left)
      taken += piece
      const end = address + left + piece
      let next = address
      for (;;) {
        next = core.ingest(next, end)
        drain(core, records)
        const { status } = core
        if (status === STATUS_DONE || status === STATUS_PARTIAL) break
        if (status === STATUS_FULL) continue
        const frame = offset + words[CONTROL_FRAME_ADDRESS >>> 2]! - address
        records?.refuse(status, words[CONTROL_REASON >>> 2]!, words[CONTROL_DETAIL >>> 2]!, frame)
        if (status === STATUS_LOST) return
      }
      offset += next - address
      left = end - next
      bytes.copyWithin(address, next, end)
    }
  }
  if (left > 0) records?.refuse(STATUS_PARTIAL, REASON_TRUNCATED, 0, offset)
}
