// What all drains have in common: one shard's ring as its consumer sees it. `taken` moves
// before a call, so nothing is ever called twice; `settled` moves when the call and its
// promises are done, which frees the space.

import type { Core } from './core.js'
import { keyText } from './key-text.js'
import {
  RECORD_FLAGS,
  RECORD_HEADER_BYTES,
  RECORD_LENGTH_MASK,
  RECORD_OVERRUN_BYTES,
  SHARD_LIMIT,
  SHARD_ORIGIN,
  SHARD_RESERVED,
  SHARD_SETTLED,
  SHARD_SETTLED_EVENTS,
  SHARD_TAIL,
  SHARD_TAKEN,
} from './layout.js'
import { CUT_OFF, type Ledger } from './ledger.js'
import { ObserverError } from './observer-error.js'
import type { AnyObserver, Made } from './observers.js'
import type { Reporter } from './reporter.js'
import type { AnySchema, ReleaseReason } from './schema.js'

/** Indexed by the core's numbers RELEASE_…. */
export const RELEASE_REASONS: readonly ReleaseReason[] = ['ended', 'restarted', 'evicted']

export abstract class ShardRing {
  readonly shard: number
  readonly observers: readonly AnyObserver[]
  /** Waits for promises of what is in hand. */
  blocked = false
  /** Over: nothing is delivered any more. */
  closed = false
  /** Events settled before the deadline cut off the others. Until then NaN: nothing is beyond it. */
  cutOffAfter = Number.NaN
  protected readonly core: Core
  protected readonly schema: AnySchema
  protected readonly ledger: Ledger
  protected readonly unblocked: (shard: number) => void
  protected readonly ring: number
  protected readonly mask: number
  // Where the positions and the counter stand, as indices of words, and of doubles.
  protected readonly tail: number
  protected readonly taken: number
  protected readonly settled: number
  protected readonly settledEvents: number
  /**
   * Stream IDs by slot, each for as long as its stream lives; undefined where none has been needed yet. Compared, a
   * string would be fetched from memory.
   */
  readonly ids: (string | undefined)[] = ['']
  /** Counts up when promises in hand are given up, so that late ones change nothing. */
  protected epoch = 0
  readonly #reporter: Reporter<ObserverError>

  constructor(
    core: Core,
    schema: AnySchema,
    shard: number,
    made: readonly Made[],
    ledger: Ledger,
    reporter: Reporter<ObserverError>,
    unblocked: (shard: number) => void,
  ) {
    this.shard = shard
    this.observers = made.map(({ observer }) => observer)
    this.core = core
    this.schema = schema
    this.ledger = ledger
    this.#reporter = reporter
    this.unblocked = unblocked
    const header = core.shardAddress(shard)
    this.ring = core.plan.rings.address + shard * core.plan.ringStride
    this.mask = core.plan.ringBytes - 1
    this.tail = (header + SHARD_TAIL) >>> 2
    this.taken = (header + SHARD_TAKEN) >>> 2
    this.settled = (header + SHARD_SETTLED) >>> 2
    this.settledEvents = (header + SHARD_SETTLED_EVENTS) >>> 3
  }

  /**
   * Delivers until the ring is empty or a call returned a promise.
   * @returns whether anything was taken
   */
  abstract run(): boolean

  /**
   * Accounts for events whose calls have returned, where there are such in the middle of a run.
   * @returns whether there were
   */
  abstract settle(): boolean

  /** All that was published has been delivered, and its promises are done. */
  get isIdle(): boolean {
    const { words } = this.core
    return !this.blocked && words[this.settled] === words[this.tail]
  }

  /** The text of a record's ID. */
  protected keyOf(word: number): string {
    const { view, bytes, words } = this.core
    const message = word * 4 + RECORD_HEADER_BYTES
    return keyText(view, bytes, message + words[word + 3]!, words[word + 1]! >>> 16)
  }

  /** The text of a record's ID, kept for as long as its stream lives. */
  protected readId(word: number, slot: number): string {
    const id = this.keyOf(word)
    const { ids } = this
    // Slots are dense: the list grows by one, unless some streams had no event that anyone heard.
    while (ids.length <= slot) ids.push(undefined)
    ids[slot] = id
    return id
  }

  protected report(error: unknown, method: string, slot: number, streamId: string): void {
    this.#reporter.report(() => new ObserverError(error, method, this.shard, streamId, slot))
  }

  /**
   * An empty ring starts again at its beginning, so that a ring that never fills
   * keeps using the same few kilobytes, which stay in the cache. Positions only grow.
   * All has been settled: what is in hand keeps its space.
   */
  protected rewind(): void {
    const { words } = this.core
    const tail = words[this.tail]!
    if ((tail & this.mask) === 0) return
    const start = (tail | this.mask) + 1
    words[this.tail] = start
    words[this.taken] = start
    words[this.settled] = start
    // What the core would find out by itself at the next frame, which then would leave the hot path.
    const header = this.core.shardAddress(this.shard)
    if (words[(header + SHARD_RESERVED) >>> 2] !== 0) return
    words[(header + SHARD_ORIGIN) >>> 2] = this.ring - start
    words[(header + SHARD_LIMIT) >>> 2] = start + this.mask + 1 - RECORD_OVERRUN_BYTES
  }

  /** Events published and not settled yet, one in hand included, counted by walking the ring. */
  countUnsettled(): number {
    return this.countUntil(this.tail)
  }

  /** Events from what is settled to the position in this word. */
  protected countUntil(word: number): number {
    const { words } = this.core
    const end = words[word]!
    let position = words[this.settled]!
    let events = 0
    while (position !== end) {
      const first = words[(this.ring + (position & this.mask)) >>> 2]!
      if ((first & RECORD_FLAGS) === 0) events++
      position = (position + (first & RECORD_LENGTH_MASK)) >>> 0
    }
    return events
  }

  /** The deadline has passed: what isn't settled is dropped and counted. */
  cutOff(): void {
    this.settle()
    const { words, floats } = this.core
    const events = this.countUnsettled()
    this.epoch++
    this.blocked = false
    this.closed = true
    this.cutOffAfter = floats[this.settledEvents]!
    floats[this.settledEvents]! += events
    this.ledger.counts[CUT_OFF]! += events
    words[this.taken] = words[this.tail]!
    words[this.settled] = words[this.tail]!
  }
}
