// The contract between the harness and a contestant.

import type { Tally } from '../tally.js'

/** Shards and most streams of every contestant that has such. */
export const SHARDS = 4
export const MAX_STREAMS = 131_072

/**
 * One way to get from bytes to observers.
 * @typeParam Input what `prepare` makes: the load in the contestant's own format
 */
export interface Contestant<Input> {
  readonly name: string
  readonly description: string
  /** Shards that it spreads streams over: 1 where it doesn't. */
  readonly shards: number
  /** Turns frames into the contestant's input. Not timed. */
  prepare(chunks: readonly Uint8Array[]): Input
  /** Makes a router with fresh observers. Not timed: a process does it once. */
  open(): Opened<Input>
}

/** A contestant's router, at work. */
export interface Opened<Input> {
  /** Routes and delivers all of the input. Called twice: with the lead-in, then, timed, with the rest. */
  write(input: Input): void | Promise<void>
  /** Ends it all and gives the answer; timed too, so nothing can be put off until then for free. */
  finish(): Tally | Promise<Tally>
}

/** Cuts bytes as a socket would: every chunk full, whatever stands at its end. */
export function recut(chunks: Iterable<Uint8Array>, chunkBytes: number): Uint8Array[] {
  const cut: Uint8Array[] = []
  let current = new Uint8Array(chunkBytes)
  let used = 0
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const taken = Math.min(chunkBytes - used, chunk.length - from)
      current.set(chunk.subarray(from, from + taken), used)
      from += taken
      used += taken
      if (used === chunkBytes) {
        cut.push(current)
        current = new Uint8Array(chunkBytes)
        used = 0
      }
    }
  }
  if (used > 0) cut.push(current.slice(0, used))
  return cut
}

/** Bytes of a chunk: what a read of a socket gives at most. */
export const CHUNK_BYTES = 65_536
