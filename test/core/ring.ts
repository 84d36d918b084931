// A ring under a consumer that is slow and exact, so that each record can be looked at,
// byte for byte, until it is settled.
import { Core } from '../../src/core.js'
import * as layout from '../../src/layout.js'
import { mtg } from '../../src/mtg/index.js'
import { planMemory } from '../../src/plan.js'
import { coreModule } from '../../src/wasm.js'
import { Random } from '../mutate.js'
import { type FrameSpec, frame } from '../reference.js'
import { TestHost } from '../support.js'

/** What the next record must be: the message of a frame, or a release. */
type Expected = Uint8Array | 'ended'

/** Feeds frames for one shard, and settles record by record, as many as it likes. */
export class Ring {
  readonly core: Core
  readonly expected: Expected[] = []
  full = 0
  padded = 0
  readonly #header: number

  constructor(ringBytes: number, startPosition: number) {
    const maxFrameBytes = Math.max(64, ringBytes / 8)
    const plan = planMemory(mtg, {
      shards: 1,
      slots: 512,
      ringBytes,
      maxFrameBytes,
      startPosition,
      batchRows: 1,
    })
    this.core = new Core(coreModule(), mtg, plan, new TestHost(), false)
    mtg.templates.forEach((_, index) => {
      this.core.listen(index, 0)
    })
    this.core.tellReleases(0)
    this.#header = this.core.shardAddress(0) >>> 2
  }

  #word(offset: number): number {
    return this.core.words[this.#header + (offset >>> 2)]!
  }

  /** How far behind the tail the limit of the hot path is; less than 0: it may write. */
  get limitLag(): number {
    return (this.#word(layout.SHARD_TAIL) - this.#word(layout.SHARD_LIMIT)) | 0
  }

  /** As if so many bytes had been written and settled, in whole laps. The ring is empty. */
  skip(bytes: number): void {
    for (const position of [layout.SHARD_TAIL, layout.SHARD_TAKEN, layout.SHARD_SETTLED])
      this.core.words[this.#header + (position >>> 2)]! += bytes
  }

  get usedBytes(): number {
    return (this.#word(layout.SHARD_TAIL) - this.#word(layout.SHARD_SETTLED)) >>> 0
  }

  /** False: the ring is full. */
  write(sent: Uint8Array, records: readonly Expected[]): boolean {
    const { core } = this
    const { address } = core.plan.input
    core.bytes.set(sent, address)
    const next = core.ingest(address, address + sent.length)
    if (core.status === layout.STATUS_FULL) {
      this.full++
      // What is full says so only when the frame's own records and padding don't fit.
      if (core.hasRoom(0, sent.length)) throw new Error('full with room for the frame')
      if (next !== address) throw new Error('full, but consumed')
      return false
    }
    if (core.status !== layout.STATUS_DONE) throw new Error(`status ${core.status}`)
    this.expected.push(...records)
    return true
  }

  /** Reads all records that aren't settled, each against what it must be. */
  check(): void {
    const { core } = this
    const { plan, words, bytes } = core
    this.#checkLimit()
    if (this.usedBytes > plan.ringBytes) throw new Error(`${this.usedBytes} bytes used of ${plan.ringBytes}`)
    let position = this.#word(layout.SHARD_SETTLED)
    const tail = this.#word(layout.SHARD_TAIL)
    let next = 0
    while (position !== tail) {
      const index = position & (plan.ringBytes - 1)
      const at = plan.rings.address + index
      const first = words[at >>> 2]!
      const length = first & layout.RECORD_LENGTH_MASK
      if (
        length < 8 ||
        length % 8 !== 0 ||
        index + length > plan.ringBytes ||
        length > (tail - position) >>> 0
      ) {
        throw new Error(`a record of ${length} bytes at ${index}, ${(tail - position) >>> 0} before the tail`)
      }
      position = (position + length) >>> 0
      if ((first & layout.RECORD_PADDING) !== 0) {
        if (index + length !== plan.ringBytes) throw new Error(`padding at ${index} doesn't end the ring`)
        continue
      }
      const expected = this.expected[next++]
      const isRelease = (first & layout.RECORD_RELEASE) !== 0
      if (isRelease || expected === 'ended') {
        if (!isRelease || expected !== 'ended')
          throw new Error(`record ${next}: release ${isRelease}, not ${expected}`)
        continue
      }
      const from = at + layout.RECORD_HEADER_BYTES
      if (
        expected === undefined ||
        Buffer.compare(expected, bytes.subarray(from, from + expected.length)) !== 0
      ) {
        throw new Error(`record ${next} isn't what was sent`)
      }
    }
    if (next !== this.expected.length) throw new Error(`${next} records, not ${this.expected.length}`)
  }

  /** The hot path may write no further than to the ring's end, nor over what isn't settled, and never far behind. */
  #checkLimit(): void {
    const { ringBytes, rings } = this.core.plan
    const lag = this.limitLag
    if (lag > ringBytes) throw new Error(`the limit is ${lag} bytes behind the tail`)
    if (lag >= 0) return
    const index = this.#word(layout.SHARD_TAIL) & (ringBytes - 1)
    if (index - lag > ringBytes)
      throw new Error(`the limit is ${index - lag - ringBytes} bytes behind the ring`)
    if (this.usedBytes - lag + layout.RECORD_OVERRUN_BYTES > ringBytes)
      throw new Error(`the limit is ${-lag} bytes ahead of the tail with ${this.usedBytes} in use`)
    const at = (this.#word(layout.SHARD_ORIGIN) + this.#word(layout.SHARD_TAIL)) >>> 0
    if (at !== rings.address + index)
      throw new Error(`the hot path writes to ${at}, not ${rings.address + index}`)
  }

  /** Frees the oldest record, and padding before it. */
  settle(): void {
    const { plan, words } = this.core
    for (let isPadding = true; isPadding; ) {
      const position = this.#word(layout.SHARD_SETTLED)
      if (position === this.#word(layout.SHARD_TAIL)) return
      const first = words[(plan.rings.address + (position & (plan.ringBytes - 1))) >>> 2]!
      const settled = (position + (first & layout.RECORD_LENGTH_MASK)) >>> 0
      words[this.#header + (layout.SHARD_TAKEN >>> 2)] = settled
      words[this.#header + (layout.SHARD_SETTLED >>> 2)] = settled
      isPadding = (first & layout.RECORD_PADDING) !== 0
      if (isPadding) this.padded++
      else this.expected.shift()
    }
  }
}

/** Writes and settles at random, and looks at all that lies in the ring after each step. */
export function exercise(ringBytes: number, startPosition: number, steps: number): Ring {
  const ring = new Ring(ringBytes, startPosition)
  const random = new Random(ringBytes + (startPosition % 97))
  const longestId = Math.min(254, Math.max(64, ringBytes / 8) - 43)
  let number = 0
  for (let step = 0; step < steps; step++) {
    if (random.below(5) < 3) {
      const streamId = 'k'.repeat(1 + random.below(longestId))
      const own = { timestamp: BigInt(++number), traffic: number, remoteIP: '2001:db8::1', size: -number }
      const specs: FrameSpec[] = random.pick([
        [{ ...own, template: 3, streamId }],
        [{ ...own, template: 5, streamId }],
        [{ ...own, template: 7 }],
        [{ ...own, template: 9 }],
        // An end comes after its beginning, so that it is told, and so is its release.
        [
          { ...own, template: 1, streamId: 'ends' },
          { ...own, template: 4, streamId: 'ends' },
        ],
      ])
      for (const spec of specs) {
        const sent = frame(spec)
        const message = sent.subarray(6)
        while (!ring.write(sent, spec.template === 4 ? [message, 'ended'] : [message])) {
          ring.check()
          ring.settle()
        }
        ring.check()
      }
    } else {
      ring.settle()
    }
    ring.check()
  }
  return ring
}
