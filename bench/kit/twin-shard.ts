// A shard of the twin: an observer, and what is known of each of its streams, by slot.

import type { EventMethods, WithSlot } from './observers.js'
import { type TwinBatchObserver, TwinRows } from './twin-rows.js'

/** Methods may be missing, as in the product. */
export interface TwinObserver extends Partial<EventMethods<WithSlot>> {
  streamReleased?(slot: number, reason: 'ended' | 'restarted'): unknown
  shutdown?(): unknown
  eventBatch?: TwinBatchObserver['eventBatch']
}

/** An observer and the streams it has. */
export class Shard {
  readonly observer: TwinObserver
  readonly ids: string[]
  /** By slot, 1: the stream's opening was seen. */
  readonly opened: Uint8Array
  /** Where the observer takes batches: those that it hasn't got yet. */
  readonly rows: TwinRows | undefined
  private readonly free: Int32Array
  private freeCount: number

  constructor(observer: TwinObserver, slots: number) {
    this.observer = observer
    this.ids = new Array<string>(slots + 1).fill('')
    this.opened = new Uint8Array(slots + 1)
    this.rows = observer.eventBatch === undefined ? undefined : new TwinRows()
    this.free = Int32Array.from({ length: slots }, (_, i) => slots - i)
    this.freeCount = slots
  }

  /** A slot, from 1, the lowest first at the beginning; 0 when none is left. */
  claim(): number {
    return this.freeCount === 0 ? 0 : this.free[--this.freeCount]!
  }

  release(slot: number): void {
    this.ids[slot] = ''
    this.opened[slot] = 0
    this.free[this.freeCount++] = slot
  }
}
