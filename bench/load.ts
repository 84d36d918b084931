// The load of one comparison: a lead-in that is not timed, then what is.

import { generateLoad } from '../src/load.js'
import { type IdKind, renameStreams } from './flooding.js'

/** What load; the same plan gives the same bytes in every process. */
export interface LoadPlan {
  /** Events that are timed. */
  readonly events: number
  readonly streams: number
  readonly seed: number
  /** Other IDs than the load's own. */
  readonly ids?: IdKind | undefined
}

/**
 * Events before the clock starts. All streams start in them, and nearly all connect; and enough come and
 * go that each page of every table was written once. Otherwise the first touch of fresh memory would be
 * timed: that is the operating system's price, paid once a process, and in a sandbox it can exceed the router's.
 */
export function leadInEvents(streams: number): number {
  return Math.max(262_144, 4 * streams)
}

/** Both parts of the load, in chunks of whole frames; and all IDs, where they are others than the load's own. */
export function makeLoad(plan: LoadPlan): { leadIn: Uint8Array[]; timed: Uint8Array[]; ids: string[] } {
  const { events, streams, seed, ids } = plan
  const leadIn: Uint8Array[] = []
  const timed: Uint8Array[] = []
  let left = leadInEvents(streams)
  for (const chunk of generateLoad({ events: left + events, streams, seed })) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
    let at = 0
    for (; left > 0 && at < chunk.length; left--) at += view.getUint32(at)
    if (at > 0) leadIn.push(chunk.subarray(0, at))
    if (at < chunk.length) timed.push(chunk.subarray(at))
  }
  return { leadIn, timed, ids: ids === undefined ? [] : renameStreams([...leadIn, ...timed], ids) }
}
