// Records of one shard's ring become calls of its observers' methods: in order, one at a
// time, each once. Batches: batch-drain.ts.

import { RECORD_HEADER_BYTES, RECORD_LENGTH_MASK, RECORD_PADDING } from './layout.js'
import { DELIVERED, FAILED, RELEASE_ERRORS } from './ledger.js'
import { adopt, isThenable } from './reporter.js'
import type { ReleaseReason } from './schema.js'
import { RELEASE_REASONS, ShardRing } from './shard-ring.js'

export class Drain extends ShardRing {
  constructor(...parts: ConstructorParameters<typeof ShardRing>) {
    super(...parts)
    if (this.observers.length > 0) this.core.tellReleases(this.shard)
  }

  /**
   * Delivers until the ring is empty or a call returned a promise.
   * One `try` around the loop and a saved cursor: isolation costs nothing an event.
   * @returns whether anything was taken
   */
  override run(): boolean {
    if (this.blocked || this.closed) return false
    const { ints, floats, view } = this.core
    const { observers } = this
    const { counts } = this.ledger
    const { dispatch } = this.schema
    const ids = this.ids
    const [ring, mask, tailWord, takenWord] = [this.ring, this.mask, this.tail, this.taken]
    const [settledWord, settledEvents] = [this.settled, this.settledEvents]
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
      this.epoch++
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
                this.rewind()
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
              if (id === '' && slot !== 0) id = this.readId(word, slot)
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

  /** The shard waits until all promises of the record in hand have settled. */
  #block(waiting: Promise<unknown>[], failed: boolean, template: number, slot: number, id: string): void {
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
        this.#report(error, template, slot, id)
        done()
      })
    }
    // Last: should the stack run out before, the record is given up.
    this.blocked = true
  }

  #report(error: unknown, template: number, slot: number, id: string): void {
    this.report(error, template < 0 ? 'streamReleased' : this.schema.templates[template]!.method, slot, id)
  }
}
