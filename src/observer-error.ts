// What onObserverError gets.

import { ShardwireError, wordsOf } from './errors.js'

/**
 * An observer threw or rejected. That call is lost and counted, nothing else. Code: `observer-failed`.
 * `cause` is what was thrown.
 */
export class ObserverError extends ShardwireError {
  override readonly name = 'ObserverError'
  /** The observer's method, e.g. `eventTraffic`, `streamReleased` or `shutdown`. */
  readonly method: string
  readonly shard: number
  /** The stream's ID, `''` when there is none. */
  readonly streamId: string
  /** The stream's slot, 0 when there is none. */
  readonly slot: number

  constructor(cause: unknown, method: string, shard: number, streamId: string, slot: number) {
    super('observer-failed', `${method} on shard ${shard} failed: ${wordsOf(cause)}`, { cause })
    this.method = method
    this.shard = shard
    this.streamId = streamId
    this.slot = slot
  }
}
