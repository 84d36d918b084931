// Records of one shard's ring become calls of its observers: in order, one at a
// time, each once. `taken` moves before a call, so nothing is ever called twice;
// `settled` moves when the call and its promises are done, which frees the space.

import type { Core } from './core.js'
import { keyText } from './key-text.js'
import {
  RECORD_FLAGS,
  RECORD_HEADER_BYTES,
  RECORD_LENGTH_MASK,
  RECORD_PADDING,
  SHARD_SETTLED,
  SHARD_SETTLED_EVENTS,
  SHARD_TAIL,
  SHARD_TAKEN,
} from './layout.js'
import { CUT_OFF, DELIVERED, FAILED, type Ledger, RELEASE_ERRORS } from './ledger.js'
import { ObserverError } from './observer-error.js'
import type { AnyObserver } from './observers.js'
import { adopt, isThenable, type Reporter } from './reporter.js'
import type { AnySchema, ReleaseReason } from './schema.js'

/** Indexed by the core's numbers RELEASE_…. */
const RELEASE_REASONS: readonly ReleaseReason[] = ['ended', 'restarted', 'evicted']

export class Drain {
  readonly shard: number
  readonly observers: readonly AnyObserver[]
  /** Waits for promises of the record in hand. */
  blocked = false
  /** Over: nothing is delivered any more. */
  closed = false
  /** Events settled before the deadline cut off the others. Until then NaN: nothing is beyond it. */
  cutOffAfter = Number.NaN
  readonly #core: Core
  readonly #schema: AnySchema
  readonly #ledger: Ledger
  readonly #reporter: Reporter<ObserverError>
  readonly #unblocked: (shard: number) => void
  readonly #ring: number
  readonly #mask: number
  readonly #tail: number
  readonly #taken: number
  readonly #settled: number
  readonly #settledEvents: number
  /** Stream IDs by slot; '' where the slot's ID hasn't been needed yet. */
  readonly #ids = ['']
  /** Counts up when promises in hand are given up, so that late ones change nothing. */
  #epoch = 0

  constructor(
    core: Core,
    schema: AnySchema,
    shard: number,
    observers: readonly AnyObserver[],
    ledger: Ledger,
    reporter: Reporter<ObserverError>,
    unblocked: (shard: number) => void,
  ) {
    this.shard = shard
    this.observers = observers
    this.#core = core
    this.#schema = schema
    this.#ledger = ledger
    this.#reporter = reporter
    this.#unblocked = unblocked
    const header = core.shardAddress(shard)
    this.#ring = core.plan.rings.address + shard * core.plan.ringStride
    this.#mask = core.plan.ringBytes - 1
    this.#tail = (header + SHARD_TAIL) >>> 2
    this.#taken = (header + SHARD_TAKEN) >>> 2
    this.#settled = (header + SHARD_SETTLED) >>> 2
    this.#settledEvents = (header + SHARD_SETTLED_EVENTS) >>> 3
  }

  /** All that was published has been delivered, and its promises are done. */
  get isIdle(): boolean {
    return !this.blocked && this.#core.words[this.#settled] === this.#core.words[this.#tail]
  }

  /**
   * Delivers until the ring is empty or a call returned a promise.
   * One `try` around the loop and a saved cursor: isolation costs nothing an event.
   * @returns whether anything was taken
   */
  run(): boolean {
    if (this.blocked || this.closed) return false
    const { ints, floats, view } = this.#core
    const { observers } = this
    const { counts } = this.#ledger
    const { dispatch } = this.#schema
    const ids = this.#ids
    const [ring, mask, tailWord, takenWord] = [this.#ring, this.#mask, this.#tail, this.#taken]
    const [settledWord, settledEvents] = [this.#settled, this.#settledEvents]
    const count = observers.length
    const start = ints[takenWord]!
    // Where the next record begins, and the end of those that are known of.
    let position = start
    let tail = start
    // The record in hand: which observer is next (-1: no record), and what it says.
    let next = -1
    let failed = false
    // -1: a release, no event.
    let template = -1
    let slot = 0
    let id = ''
    let message = 0
    let reason: ReleaseReason = 'ended'
    let waiting: Promise<unknown>[] | undefined
    const isLeft = ints[settledWord] !== start
    if (isLeft) {
      // A stack that ran out left a record in hand: its call is over, and failed.
      this.#epoch++
      failed = ints[(ring + (ints[settledWord]! & mask)) >>> 2]! < RECORD_PADDING
      if (failed) template = 0
      next = count
    }
    for (;;) {
      try {
        for (;;) {
          if (next < 0) {
            if (position === tail) {
              tail = ints[tailWord]!
              if (position === tail) {
                this.#rewind()
                return isLeft || position !== start
              }
            }
            const at = ring + (position & mask)
            const word = at >>> 2
            const first = ints[word]!
            position = (position + (first & RECORD_LENGTH_MASK)) | 0
            ints[takenWord] = position
            if (first < RECORD_PADDING) {
              // Should reading the record itself fail, it is over, and failed.
              next = count
              template = ints[word + 1]! & 0xffff
              slot = ints[word + 2]!
              message = at + RECORD_HEADER_BYTES
              id = slot < ids.length ? ids[slot]! : ''
              if (id === '' && slot !== 0) id = this.#readId(word, slot)
              next = 0
            } else if ((first & RECORD_PADDING) !== 0) {
              ints[settledWord] = position
              continue
            } else {
              template = -1
              reason = RELEASE_REASONS[ints[word + 1]!]!
              slot = ints[word + 2]!
              id = slot < ids.length ? ids[slot]! : ''
              if (id !== '') ids[slot] = ''
              next = 0
            }
          }
          while (next < count) {
            const observer = observers[next++]!
            const result =
              template < 0
                ? observer.streamReleased?.(slot, reason)
                : dispatch(observer, template, view, message, id, slot)
            if (result !== undefined && isThenable(result)) {
              const promise = adopt(result)
              if (waiting === undefined) waiting = [promise]
              else waiting.push(promise)
            }
          }
          next = -1
          if (waiting !== undefined) break
          // Known before: nothing may come between the three that settle an event.
          const outcome = failed ? FAILED : DELIVERED
          ints[settledWord] = position
          if (template >= 0) {
            floats[settledEvents]!++
            counts[outcome]!++
            failed = false
          }
        }
      } catch (error) {
        // With no record in hand, it is the stack that ran out in here.
        if (next < 0) throw error
        if (template < 0) counts[RELEASE_ERRORS]!++
        else failed = true
        this.#report(error, template, slot, id)
        continue
      }
      this.#block(waiting, failed, template, slot, id)
      return true
    }
  }

  /** The text of a record's ID, kept for as long as its stream lives. */
  #readId(word: number, slot: number): string {
    const { view, bytes, words } = this.#core
    const message = word * 4 + RECORD_HEADER_BYTES
    const id = keyText(view, bytes, message + words[word + 3]!, words[word + 1]! >>> 16)
    const ids = this.#ids
    // Slots are dense: the list grows by one, unless some streams had no event that anyone heard.
    while (ids.length <= slot) ids.push('')
    ids[slot] = id
    return id
  }

  /** The shard waits until all promises of the record in hand have settled. */
  #block(waiting: Promise<unknown>[], failed: boolean, template: number, slot: number, id: string): void {
    const epoch = this.#epoch
    let left = waiting.length
    let rejected = failed
    const done = (): void => {
      if (epoch !== this.#epoch || --left > 0) return
      const { words, floats } = this.#core
      words[this.#settled] = words[this.#taken]!
      if (template >= 0) {
        floats[this.#settledEvents]!++
        this.#ledger.counts[rejected ? FAILED : DELIVERED]!++
      }
      this.blocked = false
      this.#unblocked(this.shard)
    }
    for (const promise of waiting) {
      promise.then(done, (error: unknown) => {
        if (epoch !== this.#epoch) return
        rejected = true
        if (template < 0) this.#ledger.counts[RELEASE_ERRORS]!++
        this.#report(error, template, slot, id)
        done()
      })
    }
    // Last: should the stack run out before, the record is given up.
    this.blocked = true
  }

  #report(error: unknown, template: number, slot: number, streamId: string): void {
    this.#reporter.report(() => {
      const method = template < 0 ? 'streamReleased' : this.#schema.templates[template]!.method
      return new ObserverError(error, method, this.shard, streamId, slot)
    })
  }

  /**
   * An empty ring starts again at its beginning, so that a ring that never fills
   * keeps using the same few kilobytes, which stay in the cache. Positions only grow.
   * All has been settled: what is in hand keeps its space.
   */
  #rewind(): void {
    const { words } = this.#core
    const tail = words[this.#tail]!
    if ((tail & this.#mask) === 0) return
    const start = (tail | this.#mask) + 1
    words[this.#tail] = start
    words[this.#taken] = start
    words[this.#settled] = start
  }

  /** Events published and not settled yet, one in hand included, counted by walking the ring. */
  countUnsettled(): number {
    const { words } = this.#core
    const tail = words[this.#tail]!
    let position = words[this.#settled]!
    let events = 0
    while (position !== tail) {
      const first = words[(this.#ring + (position & this.#mask)) >>> 2]!
      if ((first & RECORD_FLAGS) === 0) events++
      position = (position + (first & RECORD_LENGTH_MASK)) >>> 0
    }
    return events
  }

  /** The deadline has passed: what isn't settled is dropped and counted. */
  cutOff(): void {
    const { words, floats } = this.#core
    const events = this.countUnsettled()
    this.#epoch++
    this.blocked = false
    this.closed = true
    this.cutOffAfter = floats[this.#settledEvents]!
    floats[this.#settledEvents]! += events
    this.#ledger.counts[CUT_OFF]! += events
    words[this.#taken] = words[this.#tail]!
    words[this.#settled] = words[this.#tail]!
  }
}
