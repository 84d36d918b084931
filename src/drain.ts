// Records of one shard's ring become calls of its observers' methods: in order, one at a
// time, each once. Batches: batch-drain.ts.

import { RECORD_HEADER_BYTES, RECORD_LENGTH_MASK, RECORD_PADDING } from './layout.js'
import { DELIVERED, FAILED, RELEASE_ERRORS } from './ledger.js'
import { adopt, isThenable } from './reporter.js'
import type { RecordInHand, ReleaseReason } from './schema.js'
import { RELEASE_REASONS, ShardRing } from './shard-ring.js'

export class Drain extends ShardRing implements RecordInHand {
  readonly view: DataView
  // The record in hand, an event's or a release's.
  at = 0
  slot = 0
  calls = 0
  /** Index of its template; -1 for a release. */
  #template = -1
  /** The ID of the stream that a release is about; '' where it hasn't been needed. */
  #released = ''
  /** Up to where `next` may go. */
  #end = 0
  readonly #ints: Int32Array
  readonly #floats: Float64Array

  constructor(...parts: ConstructorParameters<typeof ShardRing>) {
    super(...parts)
    const { view, ints, floats } = this.core
    this.view = view
    this.#ints = ints
    this.#floats = floats
    if (this.observers.length > 0) this.core.tellReleases(this.shard)
  }

  /** Takes the next record if all that is to be done is another call: an event of the same template. */
  next(): boolean {
    const ints = this.#ints
    const position = ints[this.taken]!
    if (position === this.#end) return false
    const at = this.ring + (position & this.mask)
    const word = at >>> 2
    const first = ints[word]!
    if (first >= RECORD_PADDING || (ints[word + 1]! & 0xffff) !== this.#template) return false
    const slot = ints[word + 2]!
    ints[this.taken] = (position + first) | 0
    this.at = at + RECORD_HEADER_BYTES
    this.slot = slot
    if (this.ids[slot] === undefined) this.readId(word, slot)
    return true
  }

  /** Accounts for events whose calls have returned: all that are taken but the last, which is in hand. */
  override settle(): boolean {
    const ints = this.#ints
    const floats = this.#floats
    const [ring, mask, settledWord, settledEvents] = [this.ring, this.mask, this.settled, this.settledEvents]
    const { counts } = this.ledger
    const taken = ints[this.taken]!
    let position = ints[settledWord]!
    let events = 0
    while (position !== taken) {
      const after = (position + (ints[(ring + (position & mask)) >>> 2]! & RECORD_LENGTH_MASK)) | 0
      if (after === taken) break
      position = after
      events++
    }
    // Near its end, the stack may run out in any access to a field, but not in these: all are made, or none.
    ints[settledWord] = position
    floats[settledEvents]! += events
    counts[DELIVERED]! += events
    return events > 0
  }

  /**
   * Delivers until the ring is empty or a call returned a promise.
   * One `try` around the loop and a saved cursor: isolation costs nothing an event.
   * @returns whether anything was taken
   */
  override run(): boolean {
    if (this.blocked || this.closed) return false
    const { observers } = this
    const { counts } = this.ledger
    const { dispatch } = this.schema
    const ints = this.#ints
    const floats = this.#floats
    const ids = this.ids
    const [ring, mask, tailWord, takenWord] = [this.ring, this.mask, this.tail, this.taken]
    const [settledWord, settledEvents] = [this.settled, this.settledEvents]
    const count = observers.length
    this.settle()
    const start = ints[takenWord]!
    // The end of those records that are known of.
    let tail = start
    // Which observer is next for the record in hand; -1: no record.
    let next = -1
    /** Where the first of the records began that are taken and not settled, unless `settle` has been called. */
    let began = start
    let failed = false
    let reason: ReleaseReason = 'ended'
    let waiting: Promise<unknown>[] | undefined
    const isLeft = ints[settledWord] !== start
    if (isLeft) {
      // A stack that ran out left a record in hand: its call is over, and failed.
      this.epoch++
      failed = ints[(ring + (ints[settledWord]! & mask)) >>> 2]! < RECORD_PADDING
      this.#template = failed ? 0 : -1
      next = count
      this.calls = 0
    }
    for (;;) {
      try {
        for (;;) {
          if (next < 0) {
            const position = ints[takenWord]!
            if (position === tail) {
              tail = ints[tailWord]!
              if (position === tail) {
                this.rewind()
                return isLeft || position !== start
              }
            }
            const at = ring + (position & mask)
            const word = at >>> 2
            const first = ints[word]!
            const after = (position + (first & RECORD_LENGTH_MASK)) | 0
            // With several observers each event is for all of them before the next is for any.
            this.#end = count === 1 ? tail : after
            this.#template = first < RECORD_PADDING ? ints[word + 1]! & 0xffff : -1
            this.slot = ints[word + 2]!
            this.at = at + RECORD_HEADER_BYTES
            this.calls = 0
            began = position
            ints[takenWord] = after
            // Should anything fail from here on, the record is over, and failed.
            next = count
            if (first < RECORD_PADDING) {
              if (ids[this.slot] === undefined) this.readId(word, this.slot)
            } else if ((first & RECORD_PADDING) !== 0) {
              ints[settledWord] = after
              next = -1
              continue
            } else {
              reason = RELEASE_REASONS[ints[word + 1]!]!
              this.#released = ids[this.slot] ?? ''
              if (this.#released !== '') ids[this.slot] = undefined
            }
            next = 0
          }
          while (next < count) {
            const observer = observers[next++]!
            const result =
              this.#template < 0
                ? observer.streamReleased?.(this.slot, reason)
                : dispatch(observer, this.#template, this)
            if (result !== undefined && isThenable(result)) {
              const promise = adopt(result)
              if (waiting === undefined) waiting = [promise]
              else waiting.push(promise)
            }
          }
          if (waiting !== undefined) break
          const isEvent = this.#template >= 0
          if (isEvent && (this.calls === 0 || ints[settledWord] !== began)) {
            this.settle()
            this.calls = 1
          }
          const { calls } = this
          const outcome = failed ? FAILED : DELIVERED
          // As in `settle`: nothing may come between.
          next = -1
          ints[settledWord] = ints[takenWord]!
          if (isEvent) {
            floats[settledEvents]! += calls
            counts[DELIVERED]! += calls - 1
            counts[outcome]!++
            failed = false
          }
        }
      } catch (error) {
        // With no record in hand, it is the stack that ran out in here.
        if (next < 0) throw error
        if (this.#template < 0) counts[RELEASE_ERRORS]!++
        else failed = true
        this.#report(error)
        continue
      }
      this.settle()
      this.#block(waiting, failed)
      return true
    }
  }

  /** The shard waits until all promises of the record in hand have settled. */
  #block(waiting: Promise<unknown>[], failed: boolean): void {
    const template = this.#template
    const epoch = this.epoch
    let left = waiting.length
    let rejected = failed
    const done = (): void => {
      if (epoch !== this.epoch || --left > 0) return
      const { words, floats } = this.core
      words[this.settled] = words[this.taken]!
      if (template >= 0) {
        floats[this.settledEvents]!++
        this.ledger.counts[rejected ? FAILED : DELIVERED]!++
      }
      this.blocked = false
      this.unblocked(this.shard)
    }
    for (const promise of waiting) {
      promise.then(done, (error: unknown) => {
        if (epoch !== this.epoch) return
        rejected = true
        if (template < 0) this.ledger.counts[RELEASE_ERRORS]!++
        this.#report(error)
        done()
      })
    }
    // Last: should the stack run out before, the record is given up.
    this.blocked = true
  }

  #report(error: unknown): void {
    const { slot } = this
    const template = this.#template
    if (template < 0) this.report(error, 'streamReleased', slot, this.#released)
    else this.report(error, this.schema.templates[template]!.method, slot, this.ids[slot] ?? '')
  }
}
