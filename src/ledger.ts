// What happened to every frame and event: received = accepted + rejected, and
// accepted = delivered + failed + ignored + dropped + inFlight. Each term is a
// counter of its own, none the difference of others, so that the equation can fail.

import type { Core } from './core.js'
import {
  COUNTS,
  CUT_OFF,
  DELIVERED,
  DISCARDED_BYTES,
  FAILED,
  HANDLER_ERRORS,
  REJECTED,
  RELEASE_ERRORS,
  SHUTDOWN_ERRORS,
  SHUTDOWNS_CUT_OFF,
} from './counts.js'
import {
  CONTROL_ACCEPTED,
  CONTROL_EVICTED,
  CONTROL_IGNORED,
  CONTROL_ORPHANS,
  CONTROL_RECEIVED,
  CONTROL_RESTARTED,
  SHARD_SETTLED_EVENTS,
  SHARD_STREAMS,
} from './layout.js'
import { REASONS, type RejectReason } from './reasons.js'

export * from './counts.js'

/** Why an accepted event was never delivered. */
export type DropReason = 'orphan' | 'deadline'

/** One shard in `Stats`. */
export interface ShardStats {
  /** Events accepted for this shard whose calls haven't ended yet. */
  readonly inFlight: number
  /** Live streams. */
  readonly streams: number
}

/** A snapshot: counts since the router was made, unless it says otherwise. */
export interface Stats {
  /** Frames that were read, good or bad. received = accepted + rejected. */
  readonly received: number
  /** Frames that became events. accepted = delivered + failed + ignored + dropped + inFlight. */
  readonly accepted: number
  /** Frames that were malformed, unknown, or cut off by their source's end. */
  readonly rejected: number
  readonly rejectedBy: Readonly<Partial<Record<RejectReason, number>>>
  /** Events that every observer of their shard took without an error. */
  readonly delivered: number
  /** Events on which an observer threw or rejected. */
  readonly failed: number
  /** Events that no observer of their shard has a method for. */
  readonly ignored: number
  /** Events that were not delivered: ends without a beginning, or cut off by the shutdown's deadline. */
  readonly dropped: number
  readonly droppedBy: Readonly<Partial<Record<DropReason, number>>>
  /** Events accepted whose calls haven't ended yet, now. */
  readonly inFlight: number
  /** Bytes of sources whose framing was lost, from the fault on, and bytes held when the deadline passed. */
  readonly discardedBytes: number
  /** Live streams, now. */
  readonly streams: number
  /** Streams that gave their slot to a newcomer. */
  readonly evicted: number
  /** Streams that were opened again before they ended. */
  readonly restarted: number
  /** Sources that haven't ended, the router's own included, now. */
  readonly sources: number
  /** Errors of observers outside their events' methods. */
  readonly observerErrors: {
    readonly streamReleased: number
    readonly shutdown: number
    /** Observers whose own shutdown() was still pending at the deadline. */
    readonly shutdownCutOff: number
  }
  /** Errors of onObserverError and onFrameError themselves. */
  readonly handlerErrors: number
  readonly shards: readonly ShardStats[]
}

export class Ledger {
  /** Doubles, so that none of them overflows or is boxed. */
  readonly counts = new Float64Array(COUNTS)
  readonly #rejectedBy = new Float64Array(REASONS.length)
  readonly #core: Core

  constructor(core: Core) {
    this.#core = core
  }

  /** A frame that the core counted as received isn't accepted. */
  reject(reason: number): void {
    this.counts[REJECTED]!++
    this.#rejectedBy[reason]!++
  }

  /** A frame that never reached the core whole: it is received, and rejected. */
  rejectUnseen(reason: number): void {
    this.#core.floats[CONTROL_RECEIVED >>> 3]!++
    this.reject(reason)
  }

  inFlight(shard: number): number {
    const core = this.#core
    const settled = core.floats[(core.shardAddress(shard) + SHARD_SETTLED_EVENTS) >>> 3]!
    return core.published(shard) - settled
  }

  stats(sources: number): Stats {
    const { counts } = this
    const core = this.#core
    const counted = (address: number): number => core.floats[address >>> 3]!
    const shards = Array.from({ length: core.plan.shards }, (_, shard) => ({
      inFlight: this.inFlight(shard),
      streams: core.words[(core.shardAddress(shard) + SHARD_STREAMS) >>> 2]!,
    }))
    const orphans = counted(CONTROL_ORPHANS)
    const cutOff = counts[CUT_OFF]!
    const rejectedBy: Partial<Record<RejectReason, number>> = {}
    REASONS.forEach((reason, index) => {
      if (reason !== 'none' && this.#rejectedBy[index]! > 0) rejectedBy[reason] = this.#rejectedBy[index]!
    })
    return {
      received: counted(CONTROL_RECEIVED),
      accepted: counted(CONTROL_ACCEPTED),
      rejected: counts[REJECTED]!,
      rejectedBy,
      delivered: counts[DELIVERED]!,
      failed: counts[FAILED]!,
      ignored: counted(CONTROL_IGNORED),
      dropped: orphans + cutOff,
      droppedBy: { ...(orphans > 0 && { orphan: orphans }), ...(cutOff > 0 && { deadline: cutOff }) },
      inFlight: shards.reduce((sum, shard) => sum + shard.inFlight, 0),
      discardedBytes: counts[DISCARDED_BYTES]!,
      streams: shards.reduce((sum, shard) => sum + shard.streams, 0),
      evicted: counted(CONTROL_EVICTED),
      restarted: counted(CONTROL_RESTARTED),
      sources,
      observerErrors: {
        streamReleased: counts[RELEASE_ERRORS]!,
        shutdown: counts[SHUTDOWN_ERRORS]!,
        shutdownCutOff: counts[SHUTDOWNS_CUT_OFF]!,
      },
      handlerErrors: counts[HANDLER_ERRORS]!,
      shards,
    }
  }
}
