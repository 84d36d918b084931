// The options of createRouter: checked once, with errors that name the option,
// its value and its limits.

import { integerOption, refuse } from './checks.js'
import { coreId } from './core-binary.js'
import { MAX_FRAME_BYTES, MAX_ROWS, MAX_SHARDS } from './layout.js'
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
import type { CoreModule } from './platform-types.js'

/** Where the binary says which build it is; scripts/build-core.mjs writes it. */
const CORE_ID_SECTION = 'id'

/** What decides the memory of an instance. */
export interface Sizes {
  readonly shards: number
  /** Streams that a shard can hold at once. */
  readonly slots: number
  readonly ringBytes: number
  readonly maxFrameBytes: number
  /** Where ring positions start; other than 0 only in tests of their wrapping. */
  readonly startPosition: number
  /** Rows of a batch at most; others than MAX_ROWS only in tests. */
  readonly batchRows: number
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

/**
 * The compiled core among the options, if it is there: this very build's, since another's memory looks otherwise.
 * @throws OptionError `option-invalid`
 */
export function moduleOption({ module }: { readonly module?: CoreModule }): CoreModule | undefined {
  if (module === undefined) return undefined
  // Not by instanceof: it may be of another realm, a frame's or a test runner's.
  if (Object.prototype.toString.call(module) !== '[object WebAssembly.Module]') {
    refuse('module', module, 'a WebAssembly.Module')
  }
  const [id] = WebAssembly.Module.customSections(module as WebAssembly.Module, CORE_ID_SECTION)
  if (id === undefined || new DataView(id).getUint32(0) !== coreId) {
    refuse('module', module, "the core of this version: compile this package's core.wasm")
  }
  return module
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
  return { shards, slots, ringBytes, maxFrameBytes, startPosition: 0, batchRows: MAX_ROWS }
}
