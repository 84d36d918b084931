// The memory map: where everything stands in linear memory, told once for both
// compilers (asc reads this file too). Literals and `+ - *` only, results in
// 0 … 2^31 − 1: asc counts in int32 without saying so. All multi-byte values in
// memory are little-endian; addresses and byte counts are u32 unless noted.
//
//   0         CONTROL      configuration, results and counters of one instance
//             TEMPLATE_MAP u16[65536]: template ID → template index + 1, 0 = unknown
//             TEMPLATES    one descriptor a template, then their lists; descriptor 0 is that of unknown ones
//             LISTENS      u8[templates + 1][MAX_SHARDS]: 1 = an observer has the method
//             HASH_KEY     random words of the stream table's hash
//             SHARDS       one header a shard
//             SLOTS        u32[shards][slots + 1]: bucket index, or next free slot
//             BUCKETS      the stream table: open addressing, 32 bytes a bucket; room for a table
//                          of the most buckets, then for one of half as many: one is in use, and
//                          the other, all zero, is where it doubles to
//             LONG_IDS     256 bytes a slot, for IDs that don't fit their bucket
//             RINGS        one byte ring a shard, each with slack behind it
//             ROWS         one list a shard: the records that its next batches are of
//             FIELDS       how the column in hand reads each kind of event, descriptor 0 for none
//             COLUMN       f64[MAX_ROWS]: the column in hand
//             INPUT        the chunk being read, with slack behind it
//
// Untouched pages cost nothing, so everything starts from zeroed memory.

// ---- Sizes ----------------------------------------------------------------

/** Bytes that producer and consumer words are kept apart. */
export const CACHE_LINE_BYTES = 64
/** Room behind each region that 16-byte copies and loads may run into. */
export const SLACK_BYTES = 64
/** The shard index has 8 bits in a bucket. */
export const MAX_SHARDS = 256
/** Where the shard index begins in a bucket's slot word. */
export const SHARD_SHIFT = 24
/** The slot has 23 bits in a bucket; 0 means no stream. */
export const MAX_SLOTS = 8388607
/** SBE's uint8 length reserves 255 as its null. */
export const MAX_KEY_BYTES = 254
/** The record length has 24 bits; a record is a frame plus its header. */
export const MAX_FRAME_BYTES = 8388608
export const TEMPLATE_IDS = 65536

// ---- The wire -------------------------------------------------------------

/** SOFH: u32 big-endian message length, u16 big-endian encoding type. */
export const FRAMING_BYTES = 6
/** 0xEB50 (SBE 1.0, little-endian) as a little-endian load sees it. */
export const ENCODING_TYPE = 20715

// ---- CONTROL --------------------------------------------------------------
//   0 configuration, written once │ 128 results of a call, and state │ 192 counters, f64 │ 256 touched shards │ 512 notes

// From CONTROL_SHARDS to CONTROL_VERSION_WIDTH core.ts writes them as a list, in this order.

export const CONTROL = 64
export const CONTROL_BYTES = 640
export const CONTROL_SHARDS = CONTROL
export const CONTROL_SLOTS = CONTROL + 4
/** Most that CONTROL_BUCKET_BITS gets to. */
export const CONTROL_MAX_BUCKET_BITS = CONTROL + 8
export const CONTROL_TEMPLATE_MAP_ADDRESS = CONTROL + 12
export const CONTROL_TEMPLATES_ADDRESS = CONTROL + 16
export const CONTROL_LISTENS_ADDRESS = CONTROL + 20
export const CONTROL_HASH_KEY_ADDRESS = CONTROL + 24
export const CONTROL_SHARDS_ADDRESS = CONTROL + 28
export const CONTROL_LONG_IDS_ADDRESS = CONTROL + 32
export const CONTROL_MAX_FRAME_BYTES = CONTROL + 36
/** 1: an end without a beginning is delivered too. */
export const CONTROL_DELIVER_ORPHANS = CONTROL + 40
export const CONTROL_SCHEMA_ID = CONTROL + 44
/** Header composite: bytes, then offset and width of each member. */
export const CONTROL_HEADER_BYTES = CONTROL + 48
export const CONTROL_BLOCK_LENGTH_OFFSET = CONTROL + 52
export const CONTROL_BLOCK_LENGTH_WIDTH = CONTROL + 56
export const CONTROL_TEMPLATE_ID_OFFSET = CONTROL + 60
export const CONTROL_TEMPLATE_ID_WIDTH = CONTROL + 64
export const CONTROL_SCHEMA_ID_OFFSET = CONTROL + 68
export const CONTROL_SCHEMA_ID_WIDTH = CONTROL + 72
export const CONTROL_VERSION_OFFSET = CONTROL + 76
export const CONTROL_VERSION_WIDTH = CONTROL + 80

export const CONTROL_STATUS = CONTROL + 128
/** Rejected or lost: why (REASON_…). */
export const CONTROL_REASON = CONTROL + 132
/** Rejected or lost: which check or var data field of the template. */
export const CONTROL_DETAIL = CONTROL + 136
/** Rejected, lost, full or partial: where that frame begins. */
export const CONTROL_FRAME_ADDRESS = CONTROL + 140
/** Partial: bytes of the whole frame, 0 when not known yet. */
export const CONTROL_FRAME_BYTES = CONTROL + 144
/** Full: which shard, or MAX_SHARDS when none has room for a frame without a key. */
export const CONTROL_FULL_SHARD = CONTROL + 148
/** Where the next frame without a key goes. */
export const CONTROL_NEXT_SHARD = CONTROL + 152
/** Counts frames, for stamps; wraps. */
export const CONTROL_CLOCK = CONTROL + 156
/** The table in use, log2 of the number of its buckets, and where it doubles to. */
export const CONTROL_BUCKETS_ADDRESS = CONTROL + 160
export const CONTROL_BUCKET_BITS = CONTROL + 164
export const CONTROL_SPARE_BUCKETS_ADDRESS = CONTROL + 168
/** How far behind the table's start its last bucket is: all bits that an offset may have. */
export const CONTROL_LAST_OFFSET = CONTROL + 172
/** Live streams of all shards. */
export const CONTROL_STREAMS = CONTROL + 176

export const CONTROL_RECEIVED = CONTROL + 192
export const CONTROL_ACCEPTED = CONTROL + 200
export const CONTROL_IGNORED = CONTROL + 208
export const CONTROL_ORPHANS = CONTROL + 216
export const CONTROL_EVICTED = CONTROL + 224
export const CONTROL_RESTARTED = CONTROL + 232

/** u8[MAX_SHARDS]: 1 when the shard got a record; whoever drains clears it. */
export const CONTROL_TOUCHED = CONTROL + 256
/** u32[32]: where the searches for the next frames' streams begin. */
export const CONTROL_NOTES = CONTROL + 512

// ---- What a call of ingest ended with -------------------------------------

export const STATUS_DONE = 0
export const STATUS_PARTIAL = 1
export const STATUS_FULL = 2
export const STATUS_REJECTED = 3
export const STATUS_LOST = 4

// ---- Why a frame was rejected; names in reasons.ts -------------------------

export const REASON_FRAMING_LENGTH = 1
export const REASON_FRAMING_ENCODING = 2
export const REASON_MESSAGE_TOO_SHORT = 3
export const REASON_SCHEMA_MISMATCH = 4
export const REASON_UNKNOWN_TEMPLATE = 5
export const REASON_BLOCK_TOO_SHORT = 6
export const REASON_BLOCK_OVERRUN = 7
export const REASON_BOOLEAN_INVALID = 8
export const REASON_NUMBER_RANGE = 9
export const REASON_DATA_OVERRUN = 10
export const REASON_DATA_NULL = 11
export const REASON_DATA_TOO_LONG = 12
export const REASON_TEXT_INVALID = 13
/** The source ended inside a frame; found by the source, not by the core. */
export const REASON_TRUNCATED = 14

// ---- TEMPLATES: 64 bytes a descriptor --------------------------------------
//   0 expected header, u64 │ 8 bytes to the block's end │ 12 flags │
//  16 mask of 16 bytes that must be zero, else the checks are made one by one │
//  32 where the mask applies │ 36.. address and count of checks, steps, data │ 60 key
// templates.ts writes descriptors, checks, steps and data as lists, in the order of their offsets.

export const TEMPLATE_BYTES = 64
/** The 8 bytes of a standard header as this schema version writes it; with another's ID where the hot path may not take it. */
export const TEMPLATE_HEADER = 0
/** Bytes from the frame's start to the end of the root block. */
export const TEMPLATE_BLOCK_END = 8
export const TEMPLATE_FLAGS = 12
export const TEMPLATE_MASK = 16
/** Bytes from the frame's start to where the mask applies. */
export const TEMPLATE_MASK_OFFSET = 32
export const TEMPLATE_CHECKS_ADDRESS = 36
export const TEMPLATE_CHECKS = 40
export const TEMPLATE_STEPS_ADDRESS = 44
export const TEMPLATE_STEPS = 48
export const TEMPLATE_DATA_ADDRESS = 52
export const TEMPLATE_DATA = 56
/** Index of the key among the var data fields; only with TEMPLATE_KEYED. */
export const TEMPLATE_KEY = 60

export const TEMPLATE_OPENS = 1
export const TEMPLATE_ENDS = 2
export const TEMPLATE_KEYED = 4

/** Check: kind, offset in the block, since version, nothing, null as u64: 0, which passes anyway, where there is none. */
export const CHECK_BYTES = 24
export const CHECK_OFFSET = 4
export const CHECK_SINCE = 8
export const CHECK_NULL = 16
export const CHECK_BOOLEAN = 0
export const CHECK_INT53 = 1
export const CHECK_UINT53 = 2

/** Step: from this version on, the block has at least this many bytes. */
export const STEP_BYTES = 8
export const STEP_REQUIRED = 4

/** Var data: width of its length, longest allowed, must be UTF-8, since version. */
export const DATA_BYTES = 16
export const DATA_MAX_LENGTH = 4
export const DATA_UTF8 = 8
export const DATA_SINCE = 12

// ---- HASH_KEY --------------------------------------------------------------
// 32 words of 8 bytes cover the longest ID, one more its length, one multiplier.

export const HASH_KEY_WORDS = 34
export const HASH_KEY_BYTES = HASH_KEY_WORDS * 8
export const HASH_KEY_LENGTH = 32 * 8
export const HASH_KEY_MULTIPLIER = 33 * 8

// ---- SHARDS: three cache lines a header -------------------------------------
//   0 fixed │ 64 the producer's words (core) │ 128 the consumer's (drain)

export const SHARD_BYTES = 192
export const SHARD_RING_ADDRESS = 0
export const SHARD_RING_BYTES = 4
export const SHARD_SLOTS_ADDRESS = 8
/** 1: somebody listens, so the ends of streams are told. */
export const SHARD_TELL_RELEASES = 12
/** Position after the last published record. */
export const SHARD_TAIL = 64
/** Head of the list of free slots, 0 = empty. */
export const SHARD_FREE_SLOT = 68
/** Slots ever used: those above have never been touched. */
export const SHARD_USED_SLOTS = 72
/** Where the search for an idle stream goes on. */
export const SHARD_HAND = 76
export const SHARD_STREAMS = 80
/** Bytes that have to stay free: all of the ring while a source waits for it, so that none overtakes that source. */
export const SHARD_RESERVED = 84
/** Position up to which the hot path may write, and the address of position 0 in the lap that the tail is in. */
export const SHARD_LIMIT = 88
export const SHARD_ORIGIN = 92
/** f64: events ever published. */
export const SHARD_PUBLISHED = 96
/** Position of the next record to deliver: set before its call. */
export const SHARD_TAKEN = 128
/** Position up to which space is free again: calls returned, promises settled. */
export const SHARD_SETTLED = 132
/** f64: events ever settled. Published less settled is what is in flight. */
export const SHARD_SETTLED_EVENTS = 136

// ---- RINGS: a record ---------------------------------------------------------
// Positions are u32 that wrap; index = position & (capacity − 1). 8-byte aligned.
//
//   0        3   4          8      12        16
//   ┌──────────┬────────────┬──────┬─────────┬──────────────────────────────┐
//   │ bytes 24 │ template16 │ slot │ ID's    │ the SBE message as it came,  │
//   │ flags  8 │ ID length8 │      │ offset  │ header first, padded to 8    │
//   └──────────┴────────────┴──────┴─────────┴──────────────────────────────┘
//
// A release has 16 bytes, its reason in the second word. Padding has its first word only.

export const RECORD_HEADER_BYTES = 16
/** Bytes of a message that the hot path copies whatever its length, so that it may run as far over a record's end. */
export const RECORD_OVERRUN_BYTES = 48
export const RECORD_LENGTH_MASK = 16777215
export const RECORD_TEMPLATE = 4
export const RECORD_SLOT = 8
export const RECORD_KEY_OFFSET = 12
/** Flags, in bits 24 and up of the first word. */
export const RECORD_PADDING = 16777216
export const RECORD_RELEASE = 33554432
export const RECORD_FLAGS = RECORD_PADDING + RECORD_RELEASE
export const RELEASE_ENDED = 0
export const RELEASE_RESTARTED = 1
export const RELEASE_EVICTED = 2

// ---- ROWS: the records that a shard's next batches are of ---------------------
//   0 position after the last │ 64 u32: its message's address │ u32: slot │ u16: template index

/** Rows at a time: at 54 bytes each, 54 KiB of ring; their columns stay in the second-level cache. */
export const MAX_ROWS = 1024
export const ROWS_END = 0
export const ROWS_MESSAGES = 64
export const ROWS_SLOTS = ROWS_MESSAGES + MAX_ROWS * 4
export const ROWS_KINDS = ROWS_SLOTS + MAX_ROWS * 4
export const ROWS_BYTES = ROWS_KINDS + MAX_ROWS * 2
/** Instead of a template index: the row is a stream's release, and no event. The last index is one less. */
export const ROW_RELEASE = 65535

// ---- FIELDS: 32 bytes a kind of event ------------------------------------------
//   0 mask of the number's bits, u64: 0 where there is no such field │ 8 null, as it is compared: of integers the bits,
//  zero-extended, of the others the f64 │ 16 offset in the message │ 20 since version │ 24 shift u8: 64 less the
//  number's bits │ 25 NUMBER_… u8 │ 26 has a null u8
// columns.ts writes them.

export const FIELD_BYTES = 32
export const FIELD_NULL = 8
export const FIELD_OFFSET = 16
export const FIELD_SINCE = 20
export const FIELD_SHIFT = 24
export const FIELD_NUMBER = 25
export const FIELD_NULLABLE = 26

/** Of a column: each event's field says what it is. */
export const NUMBER_MIXED = 0
/** 64 bits as they stand; the others become f64, and NaN for null. */
export const NUMBER_BITS = 1
export const NUMBER_UNSIGNED = 2
export const NUMBER_SIGNED = 3
/** Unsigned nanoseconds, as milliseconds. */
export const NUMBER_MILLISECONDS = 4
export const NUMBER_FLOAT = 5
export const NUMBER_DOUBLE = 6

// ---- BUCKETS -------------------------------------------------------------------
//   0    1         8           16          24              28      32
//   ┌────┬─────────┬───────────┬───────────┬───────────────┬───────┐
//   │ ID │ ID 0..6 │ ID 7..14  │ its last  │ slot 23       │ stamp │
//   │ len│         │           │ 8 bytes   │ opened, shard │       │
//   └────┴─────────┴───────────┴───────────┴───────────────┴───────┘
// The first three words are the ID's identity, 0 in a free bucket. The length is what a uint8 length before the
// ID is, so that those of 15 to 23 bytes are read as they stand on the wire; the last 8 bytes may overlap those
// before. A shorter ID is zero-padded, its third word 0. A longer one has its 64-bit hash second; the whole of it
// is in LONG_IDS.

export const BUCKET_BYTES = 32
export const BUCKET_INLINE_BYTES = 23
/** Shortest ID whose words overlap instead of being padded. */
export const BUCKET_UNPADDED_BYTES = 15
export const BUCKET_SECOND = 8
export const BUCKET_THIRD = 16
/** Slot, BUCKET_OPENED, and the shard from SHARD_SHIFT on. */
export const BUCKET_SLOT = 24
export const BUCKET_STAMP = 28
/** Bit of the slot word: the stream's start has been seen. */
export const BUCKET_OPENED = 8388608
export const LONG_ID_BYTES = 256
/** Streams looked at for the one idle longest when a shard's slots are all in use. */
export const EVICTION_SAMPLE = 16
/** Frames whose buckets are fetched before they are read, and live streams from which on that pays. */
export const LOOK_AHEAD_FRAMES = 32
export const LOOK_AHEAD_STREAMS = 2048
