// Default limits, each with its unit and why. All are bounds on memory or time
// that hold whatever the wire says.

/** Bytes. HTTP, TLS and SSH openings read as frames of more than 350 MiB: cut off at once. */
export const DEFAULT_MAX_FRAME_BYTES = 65_536
/** Smallest that may be asked for, bytes: mtg's longest ID in its longest event. */
export const MIN_FRAME_BYTES = 32
/** Bytes a shard: about 13,000 of mtg's records. */
export const DEFAULT_RING_BYTES = 1_048_576
/** Bytes in all rings by default: beyond 64 shards each gets less. */
export const DEFAULT_RINGS_BYTES = 67_108_864
export const MIN_RING_BYTES = 256
export const MAX_RING_BYTES = 268_435_456
/** A frame fits its ring several times over, despite padding. */
export const FRAMES_A_RING = 8
/** Live streams in all. */
export const DEFAULT_STREAMS = 65_536
export const MAX_STREAMS = 4_194_304
export const DEFAULT_SHARDS = 4
/** Slots a shard: its share of the streams, a quarter more for uneven hashing, and some for small numbers. */
export const SLOT_HEADROOM = 1.25
export const SPARE_SLOTS = 64
/** Sources at once: at most 64 MiB of partial frames by default. */
export const MAX_SOURCES = 1_024
/** Milliseconds from the call of shutdown() to its end, the observers' own shutdowns included. */
export const DEFAULT_SHUTDOWN_MS = 10_000
/** The longest that a timer can wait, milliseconds. */
export const MAX_TIMER_MS = 2_147_483_647
/** Reports a second to each of onObserverError and onFrameError; all are counted. */
export const REPORTS_A_SECOND = 10
/** Bytes copied into the core at a time: stays in the second-level cache together with its records. */
export const PIECE_BYTES = 65_536
/** Bytes of a page of WebAssembly memory. */
export const PAGE_BYTES = 65_536
/** What a 32-bit memory can have. */
export const MAX_PAGES = 65_536
/** Buckets for each slot at least: at two thirds full, a miss looks at five. */
export const BUCKETS_A_SLOT = 1.5
/** log2 of the buckets that the stream table starts with: 32 KiB. */
export const FIRST_BUCKET_BITS = 10
