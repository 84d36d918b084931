// What the parts of one router share: the core, the drains, the ledger, and the
// pump, the only place from which observers are called.

import { BatchDrain, takesBatches } from './batch-drain.js'
import type { Core } from './core.js'
import { Drain } from './drain.js'
import { type CoreError, cutOffError, routerClosedError, type ShardwireError } from './errors.js'
import type { FrameError } from './frame-error.js'
import type { Host } from './host.js'
import {
  CONTROL_ACCEPTED,
  CONTROL_IGNORED,
  CONTROL_ORPHANS,
  CONTROL_RECEIVED,
  MAX_SHARDS,
  SHARD_LIMIT,
  SHARD_PUBLISHED,
  SHARD_RESERVED,
  SHARD_SETTLED_EVENTS,
  SHARD_TAIL,
} from './layout.js'
import { CUT_OFF, DELIVERED, FAILED, Ledger, REJECTED, type Stats } from './ledger.js'
import type { ObserverError } from './observer-error.js'
import type { Made } from './observers.js'
import { Reporter } from './reporter.js'
import type { AnySchema } from './schema.js'
import type { ShardRing } from './shard-ring.js'
import { Shutdown } from './shutdown.js'
import type { RouterSource } from './source.js'
import { Waiters, type WaitOptions } from './waiters.js'

/** A source that waits resumes when this share of the ring is free: not one frame at a time. */
const RESUME_SHARE = 4

export class Engine {
  readonly core: Core
  readonly schema: AnySchema
  readonly host: Host
  readonly ledger: Ledger
  readonly drains: readonly ShardRing[]
  readonly observerReporter: Reporter<ObserverError>
  readonly frameReporter: Reporter<FrameError>
  readonly shutdown: Shutdown
  readonly sources = new Set<RouterSource>()
  /** Set where reading broke off and the stack might not have held the call of `poisoned`. */
  isBroken = false
  /** Counts up whenever anything was taken from a ring. */
  progress = 0
  /** Whether observers are being called: deliveries never nest. */
  isPumping = false
  readonly #queue: number[] = []
  readonly #queued: boolean[] = []
  /** Sources whose next frame has no room, first come first served. */
  readonly #waiting = new Set<RouterSource>()
  readonly settledWaiters = new Waiters()

  /** @param instances one list of observers a shard */
  constructor(
    core: Core,
    schema: AnySchema,
    host: Host,
    instances: readonly (readonly Made[])[],
    onObserverError: (error: ObserverError) => unknown,
    onFrameError: ((error: FrameError) => unknown) | undefined,
  ) {
    this.schema = schema
    this.host = host
    this.core = core
    this.ledger = new Ledger(this.core)
    this.observerReporter = new Reporter(host, this.ledger, onObserverError)
    this.frameReporter = new Reporter(host, this.ledger, onFrameError)
    const unblocked = (shard: number): void => {
      this.progress++
      this.#enqueue(shard)
      this.pump()
    }
    this.drains = instances.map((row, shard) => {
      schema.templates.forEach((template, index) => {
        const hears = (made: Made): boolean => takesBatches(made) || made.methods.has(template.method)
        if (row.some(hears)) core.listen(index, shard)
      })
      const parts = [core, schema, shard, row, this.ledger, this.observerReporter, unblocked] as const
      return row.some(takesBatches) ? new BatchDrain(...parts) : new Drain(...parts)
    })
    this.shutdown = new Shutdown(this)
  }

  /** Accounts for what is over of the run in hand, which frees its space. @returns whether anything was */
  settle(): boolean {
    return this.drains.filter((drain) => drain.settle()).length > 0
  }

  /** @param sources how many the user knows of */
  stats(sources: number): Stats {
    this.settle()
    return this.ledger.stats(sources)
  }

  /** @throws ClosedError `router-closed` */
  assertOpen(): void {
    if (this.shutdown.isOpen) return
    throw routerClosedError()
  }

  /** Notes which shards the core published to. */
  collect(marks: Float64Array): void {
    this.core.takeTouched((shard) => {
      marks[shard] = this.core.published(shard)
      this.#enqueue(shard)
    })
  }

  #enqueue(shard: number): void {
    if (this.#queued[shard] === true) return
    this.#queue.push(shard)
    this.#queued[shard] = true
  }

  /** Makes good what a stack that ran out left half done. */
  heal(): void {
    if (this.isBroken) this.poisoned()
  }

  /** Delivers all that can be delivered, and lets sources that waited go on. */
  pump(): void {
    if (this.isPumping) return
    this.heal()
    this.isPumping = true
    try {
      while (this.#queue.length > 0) {
        for (let index = 0; index < this.#queue.length; index++) {
          const shard = this.#queue[index]!
          this.#queued[shard] = false
          if (this.drains[shard]!.run()) this.progress++
        }
        this.#queue.length = 0
        this.#resume()
      }
    } finally {
      this.isPumping = false
    }
    this.settledWaiters.check()
    this.shutdown.advance()
  }

  /** @internal The source goes on as soon as the shard that it found full has room. */
  waitForRoom(source: RouterSource): void {
    this.#waiting.add(source)
    this.#reserve()
  }

  /**
   * A shard for which some source waits takes nothing from others, or they would
   * overtake it for ever. Derived anew whenever it changes who waits for what.
   * @param turn the shard whose turn it is: not reserved
   */
  #reserve(turn?: number): void {
    const { words, plan } = this.core
    const word = (shard: number, offset: number): number => (this.core.shardAddress(shard) + offset) >>> 2
    for (let shard = 0; shard < plan.shards; shard++) words[word(shard, SHARD_RESERVED)] = 0
    for (const { fullShard } of this.#waiting) {
      if (fullShard === MAX_SHARDS || fullShard === turn) continue
      words[word(fullShard, SHARD_RESERVED)] = plan.ringBytes
      words[word(fullShard, SHARD_LIMIT)] = words[word(fullShard, SHARD_TAIL)]!
    }
  }

  isWaiting(source: RouterSource): boolean {
    return this.#waiting.has(source)
  }

  /** Each source that waits and has room has its turn, until none gets any further. */
  #resume(): void {
    for (let again = this.#waiting.size > 0; again; ) {
      again = false
      // Shards that wait for room enough: a later source with a shorter frame would use up what room there is.
      const kept = new Set<number>()
      for (const source of [...this.#waiting]) {
        if (!this.#waiting.has(source) || kept.has(source.fullShard)) continue
        if (!this.#hasRoomFor(source)) {
          kept.add(source.fullShard)
          continue
        }
        const { unreadBytes } = source
        this.#waiting.delete(source)
        // Its shard is its own for this turn, whoever else waits for it.
        this.#reserve(source.fullShard)
        try {
          source.feed()
        } catch {
          // The core trapped: all sources have been told, or will be.
          this.isBroken ||= this.core.poison === undefined
        }
        this.#reserve()
        again ||= !this.#waiting.has(source) || source.unreadBytes !== unreadBytes
      }
    }
  }

  #hasRoomFor({ fullShard, fullBytes }: RouterSource): boolean {
    const { core } = this
    return this.drains.some(
      ({ shard }) =>
        (fullShard === MAX_SHARDS || fullShard === shard) &&
        core.hasRoom(shard, fullBytes, core.plan.ringBytes / RESUME_SHARE),
    )
  }

  waitSettled(marks: Float64Array, options?: WaitOptions): Promise<void> {
    const { core } = this
    if (marks.some((mark, shard) => mark > this.drains[shard]!.cutOffAfter)) {
      return Promise.reject(cutOffError())
    }
    return this.settledWaiters.wait(
      () =>
        marks.every(
          (mark, shard) => mark <= core.floats[(core.shardAddress(shard) + SHARD_SETTLED_EVENTS) >>> 3]!,
        ),
      options,
    )
  }

  /** Closes all sources with an error. */
  abandonAll(error: ShardwireError): void {
    for (const source of [...this.sources]) source.abandon(error)
  }

  forget(source: RouterSource): void {
    this.sources.delete(source)
    if (this.#waiting.delete(source)) this.#reserve()
  }

  /**
   * The core trapped in the middle of a call. What it published stands; counters
   * that it keeps until a call's end are made good by walking the rings.
   */
  poisoned(cause?: unknown): CoreError {
    const { core, ledger } = this
    const error = core.fail(cause)
    let accepted = ledger.counts[DELIVERED]! + ledger.counts[FAILED]! + ledger.counts[CUT_OFF]!
    accepted += core.floats[CONTROL_IGNORED >>> 3]! + core.floats[CONTROL_ORPHANS >>> 3]!
    for (const drain of this.drains) {
      const header = core.shardAddress(drain.shard)
      const unsettled = drain.countUnsettled()
      core.floats[(header + SHARD_PUBLISHED) >>> 3] =
        core.floats[(header + SHARD_SETTLED_EVENTS) >>> 3]! + unsettled
      accepted += unsettled
      this.#enqueue(drain.shard)
    }
    core.floats[CONTROL_ACCEPTED >>> 3] = accepted
    core.floats[CONTROL_RECEIVED >>> 3] = accepted + ledger.counts[REJECTED]!
    this.abandonAll(error)
    this.isBroken = false
    this.pump()
    return error
  }
}
