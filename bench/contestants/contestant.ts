// What a contestant is to the harness. A file in this folder exports one as `contestant`, and that is all:
// it is found by its name. What contestants share is in ../kit.

import type { Tally } from '../tally.js'

/** What the observers do: count events and bytes; keep each stream's state, too; or that, by async methods. */
export type ObserverKind = 'count' | 'state' | 'async'

/** How a contestant is to be set up. */
export interface Setting {
  readonly shards: number
  /** Live streams that tables have to hold, more than the load has. */
  readonly streams: number
  /** Bytes of a chunk: what a read of a socket gives at most. */
  readonly chunkBytes: number
  readonly observer: ObserverKind
  /** Observers a shard. */
  readonly factories: number
}

/** An answer, or what of it observers that only count can know; or what those without observers can tell. */
export interface Answer extends Partial<Tally> {
  /** Over what is in the records that a core made, and over the frames that it refused. */
  readonly recordsChecksum?: number
  /** Frames that a core has read, has accepted, and streams that had to give way. */
  readonly received?: number
  readonly accepted?: number
  readonly evicted?: number
}

/** What the harness has to know of any contestant. Data: where there is none, there is nothing special. */
export interface About {
  /** One line, for tables. */
  readonly description: string
  /** It doesn't spread streams over shards, whatever the setting says. */
  readonly oneShard?: boolean
  /** So slow that a quarter of the events tells as much. */
  readonly slow?: boolean
  /** Most live streams that it is fit for, and what happens beyond. */
  readonly most?: { readonly streams: number; readonly why: string }
  /**
   * What it answers, if not the whole tally: it has no observers. What isn't part of the tally (a checksum of
   * records, say) has to be the same for all contestants that answer it.
   */
  readonly answers?: readonly string[]
}

/**
 * One way to get from bytes to observers, in JavaScript.
 * @typeParam Input what `prepare` makes: a part of the load in the contestant's own format, cut in chunks
 */
export interface Contestant<Input> extends About {
  /** What it is made with. */
  versions?(): Record<string, string>
  /**
   * Turns frames, whole ones, into the contestant's input. Not timed.
   * @param before what the part of the load before this one was made into, for producers that remember
   */
  prepare(frames: Uint8Array, setting: Setting, before: Input | undefined): Input
  /** Makes a router with fresh observers. Not timed: a process does it once. */
  open(setting: Setting): Opened<Input>
}

/** A contestant's router, at work. */
export interface Opened<Input> {
  /** Routes all of the input. Called twice: with the lead-in, then, timed, with the rest. */
  write(input: Input): void | Promise<void>
  /** Delivers what is left, and gives the answer; timed too, so nothing can be put off until then for free. */
  finish(): Answer | Promise<Answer>
}

/** A program instead, which speaks the protocol of ../protocol.ts. */
export interface NativeContestant extends About {
  /** Compiles it, where that can be done. `absent` says why it can't, and what to install. */
  build(): Promise<{ readonly command: readonly string[] } | { readonly absent: string }>
}

/** What a contestant's file exports. */
export type AnyContestant = Contestant<unknown> | NativeContestant

export const isNative = (contestant: AnyContestant): contestant is NativeContestant => 'build' in contestant
