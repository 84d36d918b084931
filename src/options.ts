// The options of createRouter: checked once, with errors that name the option,
// its value and its limits.

import { OptionError, show } from './errors.js'
import { MAX_FRAME_BYTES, MAX_SHARDS } from './layout.js'
import {
  DEFAULT_MAX_FRAME_BYTES,
  DEFAULT_RING_BYTES,
  DEFAULT_RINGS_BYTES,
  DEFAULT_SHARDS,
  DEFAULT_STREAMS,
  FRAMES_A_RING,
  MAX_RING_BYTES,
  MAX_STREAMS,
  MIN_FRAME_BYTES,
  MIN_RING_BYTES,
  SLOT_HEADROOM,
  SPARE_SLOTS,
} from './limits.js'

/** What decides the memory of an instance. */
export interface Sizes {
  readonly shards: number
  /** Streams that a shard can hold at once. */
  readonly slots: number
  readonly ringBytes: number
  readonly maxFrameBytes: number
  /** Where ring positions start; other than 0 only in tests of their wrapping. */
  readonly startPosition: number
}

/** The numbers among the options of `createRouter`. */
export interface SizeOptions {
  /** Shards: each has one instance of every observer. 1 to 256, 4 by default. */
  readonly shards?: number
  /** Live streams in all before idle ones give way, 65,536 by default. */
  readonly streams?: number
  /** Bytes of a shard's ring, a power of two, 1 MiB by default (less beyond 64 shards). */
  readonly ringBytes?: number
  /** Longest frame, bytes, 64 KiB by default; at most an eighth of the ring. */
  readonly maxFrameBytes?: number
}

/** @throws OptionError `option-invalid`, always */
export function refuse(name: string, value: unknown, wanted: string): never {
  throw new OptionError('option-invalid', `${name} is ${show(value)}; give ${wanted}`)
}

/** @throws OptionError `option-invalid` */
export function integerOption(
  name: string,
  value: unknown,
  fallback: number,
  low: number,
  high: number,
): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) return value
  return refuse(name, value, `a whole number from ${low} to ${high}`)
}

/** Refuses names that no option has, such as `observer` for `observers`. */
export function knownOptions(where: string, options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue
    throw new OptionError(
      'option-unknown',
      `${where} has no option ${show(name)}; it takes ${names.join(', ')}`,
    )
  }
}

/** @throws OptionError `option-invalid` */
export function readSizes(options: SizeOptions): Sizes {
  const shards = integerOption('shards', options.shards, DEFAULT_SHARDS, 1, MAX_SHARDS)
  const streams = integerOption('streams', options.streams, DEFAULT_STREAMS, 1, MAX_STREAMS)
  const share = 2 ** Math.floor(Math.log2(DEFAULT_RINGS_BYTES / shards))
  const ringBytes = integerOption(
    'ringBytes',
    options.ringBytes,
    Math.min(DEFAULT_RING_BYTES, share),
    MIN_RING_BYTES,
    MAX_RING_BYTES,
  )
  if ((ringBytes & (ringBytes - 1)) !== 0) {
    refuse('ringBytes', ringBytes, `a power of two, such as ${2 ** Math.round(Math.log2(ringBytes))}`)
  }
  const longest = Math.min(ringBytes / FRAMES_A_RING, MAX_FRAME_BYTES)
  const maxFrameBytes = integerOption(
    'maxFrameBytes',
    options.maxFrameBytes,
    Math.min(DEFAULT_MAX_FRAME_BYTES, longest),
    MIN_FRAME_BYTES,
    MAX_FRAME_BYTES,
  )
  if (maxFrameBytes > longest) {
    refuse('maxFrameBytes', maxFrameBytes, `at most an eighth of ringBytes, ${longest}, or larger rings`)
  }
  const slots = Math.ceil((SLOT_HEADROOM * streams) / shards) + SPARE_SLOTS
  return { shards, slots, ringBytes, maxFrameBytes, startPosition: 0 }
}
