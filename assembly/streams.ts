// The stream table: stream ID → slot. One open-addressing index for all shards,
// linear probing, deletion by moving back what follows (no tombstones, so streams
// may come and go for ever). It starts small and doubles as streams come, so that
// a few streams use a few cache lines and pages whatever the table is allowed to
// grow to; both rooms that it takes turns in are there from the start. The hash is keyed with random, because anyone can
// compute IDs that collide in xxHash32; full IDs are always compared.
//
// The hash is NH (Black et al., UMAC, 1999), 32×32→64 bits, then multiply-shift.

import {
  BUCKET_BYTES,
  BUCKET_INLINE_BYTES,
  BUCKET_SECOND,
  BUCKET_SLOT,
  BUCKET_STAMP,
  BUCKET_THIRD,
  BUCKET_UNPADDED_BYTES,
  CONTROL_BUCKET_BITS,
  CONTROL_BUCKETS_ADDRESS,
  CONTROL_CLOCK,
  CONTROL_HASH_KEY_ADDRESS,
  CONTROL_LAST_OFFSET,
  CONTROL_LONG_IDS_ADDRESS,
  CONTROL_MAX_BUCKET_BITS,
  CONTROL_SHARDS_ADDRESS,
  CONTROL_SPARE_BUCKETS_ADDRESS,
  CONTROL_SLOTS,
  CONTROL_STREAMS,
  EVICTION_SAMPLE,
  HASH_KEY_LENGTH,
  HASH_KEY_MULTIPLIER,
  HASH_KEY_WORDS,
  LONG_ID_BYTES,
  MAX_KEY_BYTES,
  MAX_SLOTS,
  SHARD_BYTES,
  SHARD_FREE_SLOT,
  SHARD_HAND,
  SHARD_SLOTS_ADDRESS,
  SHARD_STREAMS,
  SHARD_USED_SLOTS,
  SHARD_SHIFT,
} from '../src/layout'

if (BUCKET_BYTES != 32) ERROR('a bucket is two 16-byte copies')
if (HASH_KEY_WORDS * 8 < MAX_KEY_BYTES + 8) ERROR('the hash key covers the longest ID')

/** log2 of BUCKET_BYTES. */
const BUCKET_SHIFT: u32 = 5

// @ts-ignore: decorator
@inline
function keep(bytes: u32): u64 {
  return ((<u64>1) << (bytes << 3)) - 1
}

// @ts-ignore: decorator
@inline
function nh(word: u64, key: u64): u64 {
  return <u64>(<u32>word + <u32>key) * <u64>(<u32>(word >> 32) + <u32>(key >> 32))
}

/** Hash of an ID too long for its bucket. */
function longHash(at: u32, length: u32): u64 {
  let key: u32 = load<u32>(CONTROL_HASH_KEY_ADDRESS)
  let hash: u64 = nh(length, load<u64>(key, HASH_KEY_LENGTH))
  while (length >= 8) {
    hash += nh(load<u64>(at), load<u64>(key))
    at += 8
    key += 8
    length -= 8
  }
  return hash + nh(load<u64>(at) & keep(length), load<u64>(key))
}

/** Where the search for an ID with these words begins, as bytes behind the table's start. */
// @ts-ignore: decorator
@inline
function homeOffset(one: u64, two: u64, three: u64): u32 {
  const key: u32 = load<u32>(CONTROL_HASH_KEY_ADDRESS)
  let hash: u64 = nh(one, load<u64>(key)) + nh(two, load<u64>(key, 8)) + nh(three, load<u64>(key, 16))
  hash = (hash ^ (hash >> 32)) * load<u64>(key, HASH_KEY_MULTIPLIER)
  // Its top bits are the bucket's index.
  return <u32>(hash >> (64 - BUCKET_SHIFT - load<u32>(CONTROL_BUCKET_BITS))) & load<u32>(CONTROL_LAST_OFFSET)
}

// @ts-ignore: decorator
@inline
function longIdAddress(slotWord: u32): u32 {
  const perShard: u32 = load<u32>(CONTROL_SLOTS)
  return (
    load<u32>(CONTROL_LONG_IDS_ADDRESS) +
    ((slotWord >> SHARD_SHIFT) * perShard + (slotWord & <u32>MAX_SLOTS) - 1) * LONG_ID_BYTES
  )
}

/** The words of the ID in hand, as its bucket has them: those that `findStream` looks for, and `insertStream` enters. */
let wordOne: u64 = 0
let wordTwo: u64 = 0
let wordThree: u64 = 0

/** Takes an ID of 1 to 254 bytes in hand. Reads up to 14 bytes past it. */
function readWords(at: u32, length: u32): void {
  wordOne = (load<u64>(at) << 8) | length
  wordTwo = load<u64>(at, 7)
  wordThree = 0
  if (length >= <u32>BUCKET_UNPADDED_BYTES) {
    wordThree = load<u64>(at + length - 8)
    if (length > <u32>BUCKET_INLINE_BYTES) wordTwo = longHash(at, length)
  } else if (length < 8) {
    wordOne &= (keep(length) << 8) | 0xff
    wordTwo = 0
  } else {
    wordTwo &= keep(length - 7)
  }
}

/** Whether two runs of at least 8 bytes are the same. The last 8 may be compared with some of those before. */
function isSame(one: u32, other: u32, length: u32): bool {
  const last: u32 = length - 8
  for (let offset: u32 = 0; offset < last; offset += 8) {
    if (load<u64>(one + offset) != load<u64>(other + offset)) return false
  }
  return load<u64>(one + last) == load<u64>(other + last)
}

/**
 * Has the line fetched where the search for an ID of 15 to 23 bytes begins, behind its uint8 length: by a store,
 * since the processor doesn't wait for it. It makes whoever is there look busy, which costs the choice of idle
 * streams some exactness.
 * @returns where that is, for `findStream`
 */
// @ts-ignore: decorator
@inline
export function touchStream(at: u32, length: u32): u32 {
  const offset: u32 = homeOffset(load<u64>(at - 1), load<u64>(at, 7), load<u64>(at + length - 8))
  store<u32>(load<u32>(CONTROL_BUCKETS_ADDRESS) + offset, load<u32>(CONTROL_CLOCK), BUCKET_STAMP)
  return offset
}

/** Instead of an offset: not known. */
export const UNKNOWN_OFFSET: u32 = 0xffffffff

/** The bucket of an ID of 1 to 254 bytes, 0 when it isn't there. The ID is in hand then. */
export function findStream(at: u32, length: u32): u32 {
  readWords(at, length)
  const buckets: u32 = load<u32>(CONTROL_BUCKETS_ADDRESS)
  const last: u32 = load<u32>(CONTROL_LAST_OFFSET)
  let offset: u32 = homeOffset(wordOne, wordTwo, wordThree)
  let word: u64
  while ((word = load<u64>(buckets + offset)) != 0) {
    const bucket: u32 = buckets + offset
    if (
      word == wordOne &&
      load<u64>(bucket, BUCKET_SECOND) == wordTwo &&
      load<u64>(bucket, BUCKET_THIRD) == wordThree &&
      (length <= <u32>BUCKET_INLINE_BYTES || isSame(longIdAddress(load<u32>(bucket, BUCKET_SLOT)), at, length))
    ) {
      return bucket
    }
    offset = (offset + BUCKET_BYTES) & last
  }
  return 0
}

/** Goes on with a search behind a bucket that has another ID. */
function findBehind(offset: u32, one: u64, two: u64, three: u64): u32 {
  const buckets: u32 = load<u32>(CONTROL_BUCKETS_ADDRESS)
  const last: u32 = load<u32>(CONTROL_LAST_OFFSET)
  let word: u64
  do {
    offset = (offset + BUCKET_BYTES) & last
    const bucket: u32 = buckets + offset
    word = load<u64>(bucket)
    if (((word ^ one) | (load<u64>(bucket, BUCKET_SECOND) ^ two) | (load<u64>(bucket, BUCKET_THIRD) ^ three)) == 0) {
      return bucket
    }
  } while (word != 0)
  return 0
}

/**
 * The same, for the hot path: behind a uint8 length, and IDs of 15 to 23 bytes are looked for here, in registers.
 * @param known where the search begins, as `touchStream` said
 */
// @ts-ignore: decorator
@inline
export function findStreamFast(at: u32, length: u32, known: u32): u32 {
  if (length - <u32>BUCKET_UNPADDED_BYTES > <u32>(BUCKET_INLINE_BYTES - BUCKET_UNPADDED_BYTES)) {
    return findStream(at, length)
  }
  const one: u64 = load<u64>(at - 1)
  const two: u64 = load<u64>(at, 7)
  const three: u64 = load<u64>(at + length - 8)
  const offset: u32 = known == UNKNOWN_OFFSET ? homeOffset(one, two, three) : known
  const bucket: u32 = load<u32>(CONTROL_BUCKETS_ADDRESS) + offset
  const different: u64 =
    (load<u64>(bucket) ^ one) | (load<u64>(bucket, BUCKET_SECOND) ^ two) | (load<u64>(bucket, BUCKET_THIRD) ^ three)
  return different == 0 ? bucket : findBehind(offset, one, two, three)
}

/** Takes a bucket out of the index and moves those behind it up. */
function removeBucket(bucket: u32): void {
  const buckets: u32 = load<u32>(CONTROL_BUCKETS_ADDRESS)
  const last: u32 = load<u32>(CONTROL_LAST_OFFSET)
  let hole: u32 = bucket - buckets
  let offset: u32 = hole
  for (;;) {
    offset = (offset + BUCKET_BYTES) & last
    const from: u32 = buckets + offset
    const word: u64 = load<u64>(from)
    if (word == 0) break
    const home: u32 = homeOffset(word, load<u64>(from, BUCKET_SECOND), load<u64>(from, BUCKET_THIRD))
    // It may stand no nearer to its start than its home.
    if (((offset - home) & last) < ((offset - hole) & last)) continue
    moveBucket(from, buckets + hole)
    hole = offset
  }
  const empty: u32 = buckets + hole
  v128.store(empty, v128.splat<i64>(0))
  v128.store(empty, v128.splat<i64>(0), 16)
  store<u32>(CONTROL_STREAMS, load<u32>(CONTROL_STREAMS) - 1)
}

/** Whether a newcomer to this shard has to wait for another stream to give way. */
export function mustEvict(shard: u32): bool {
  return load<u32>(shard, SHARD_FREE_SLOT) == 0 && load<u32>(shard, SHARD_USED_SLOTS) == load<u32>(CONTROL_SLOTS)
}

/**
 * The bucket of a stream of this shard, all of whose slots are in use: of the next few
 * streams, the one that has been idle longest. Where there are fewer they are looked at again.
 */
export function idleStream(shard: u32): u32 {
  const slots: u32 = load<u32>(CONTROL_SLOTS)
  const buckets: u32 = load<u32>(shard, SHARD_SLOTS_ADDRESS)
  const now: u32 = load<u32>(CONTROL_CLOCK)
  let hand: u32 = load<u32>(shard, SHARD_HAND)
  let idlest: u32 = 0
  let longest: u32 = 0
  for (let left: u32 = EVICTION_SAMPLE; left != 0; left--) {
    hand = hand == slots ? 1 : hand + 1
    const bucket: u32 = load<u32>(buckets + (hand << 2))
    const idle: u32 = now - load<u32>(bucket, BUCKET_STAMP)
    if (idle >= longest) {
      idlest = bucket
      longest = idle
    }
  }
  store<u32>(shard, hand, SHARD_HAND)
  return idlest
}

/** A slot that nobody has, now taken. There is one. */
export function takeSlot(shard: u32): u32 {
  const free: u32 = load<u32>(shard, SHARD_FREE_SLOT)
  if (free == 0) {
    const used: u32 = load<u32>(shard, SHARD_USED_SLOTS) + 1
    assert(used <= load<u32>(CONTROL_SLOTS))
    store<u32>(shard, used, SHARD_USED_SLOTS)
    return used
  }
  store<u32>(shard, load<u32>(load<u32>(shard, SHARD_SLOTS_ADDRESS) + (free << 2)), SHARD_FREE_SLOT)
  return free
}

/** The bucket, free, where an ID with these words goes. */
function freeBucket(one: u64, two: u64, three: u64): u32 {
  const buckets: u32 = load<u32>(CONTROL_BUCKETS_ADDRESS)
  const last: u32 = load<u32>(CONTROL_LAST_OFFSET)
  let offset: u32 = homeOffset(one, two, three)
  while (load<u64>(buckets + offset) != 0) offset = (offset + BUCKET_BYTES) & last
  return buckets + offset
}

/** Copies a bucket to another place, and tells its slot. */
function moveBucket(from: u32, to: u32): void {
  v128.store(to, v128.load(from))
  v128.store(to, v128.load(from, 16), 16)
  const slotWord: u32 = load<u32>(to, BUCKET_SLOT)
  const shard: u32 = load<u32>(CONTROL_SHARDS_ADDRESS) + (slotWord >> SHARD_SHIFT) * SHARD_BYTES
  store<u32>(load<u32>(shard, SHARD_SLOTS_ADDRESS) + ((slotWord & <u32>MAX_SLOTS) << 2), to)
}

/** Moves all streams to a table of twice the size in the spare room, and clears theirs, which is the spare one now. */
function doubleTable(): void {
  const bits: u32 = load<u32>(CONTROL_BUCKET_BITS)
  const bytes: u32 = BUCKET_BYTES << bits
  const old: u32 = load<u32>(CONTROL_BUCKETS_ADDRESS)
  store<u32>(CONTROL_BUCKETS_ADDRESS, load<u32>(CONTROL_SPARE_BUCKETS_ADDRESS))
  store<u32>(CONTROL_SPARE_BUCKETS_ADDRESS, old)
  store<u32>(CONTROL_BUCKET_BITS, bits + 1)
  store<u32>(CONTROL_LAST_OFFSET, 2 * bytes - BUCKET_BYTES)
  for (let from: u32 = old; from < old + bytes; from += BUCKET_BYTES) {
    const word: u64 = load<u64>(from)
    if (word == 0) continue
    moveBucket(from, freeBucket(word, load<u64>(from, BUCKET_SECOND), load<u64>(from, BUCKET_THIRD)))
  }
  memory.fill(old, 0, bytes)
}

/** Enters the ID in hand, which isn't there, under a slot of a shard. */
export function insertStream(at: u32, length: u32, shard: u32, shardIndex: u32, slot: u32): u32 {
  const bits: u32 = load<u32>(CONTROL_BUCKET_BITS)
  const streams: u32 = load<u32>(CONTROL_STREAMS) + 1
  store<u32>(CONTROL_STREAMS, streams)
  if (streams > <u32>1 << (bits - 1) && bits < load<u32>(CONTROL_MAX_BUCKET_BITS)) doubleTable()
  const bucket: u32 = freeBucket(wordOne, wordTwo, wordThree)
  const slotWord: u32 = (shardIndex << SHARD_SHIFT) | slot
  store<u64>(bucket, wordOne)
  store<u64>(bucket, wordTwo, BUCKET_SECOND)
  store<u64>(bucket, wordThree, BUCKET_THIRD)
  store<u32>(bucket, slotWord, BUCKET_SLOT)
  if (length > <u32>BUCKET_INLINE_BYTES) memory.copy(longIdAddress(slotWord), at, length)
  store<u32>(load<u32>(shard, SHARD_SLOTS_ADDRESS) + (slot << 2), bucket)
  store<u32>(shard, load<u32>(shard, SHARD_STREAMS) + 1, SHARD_STREAMS)
  return bucket
}

/** A stream is over: out of the index, its slot to the free ones. */
export function removeStream(bucket: u32, shard: u32): void {
  assert(load<u8>(bucket) != 0)
  const slot: u32 = load<u32>(bucket, BUCKET_SLOT) & <u32>MAX_SLOTS
  removeBucket(bucket)
  store<u32>(load<u32>(shard, SHARD_SLOTS_ADDRESS) + (slot << 2), load<u32>(shard, SHARD_FREE_SLOT))
  store<u32>(shard, slot, SHARD_FREE_SLOT)
  store<u32>(shard, load<u32>(shard, SHARD_STREAMS) - 1, SHARD_STREAMS)
}
