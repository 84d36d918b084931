// One byte ring a shard: one producer (the core), one consumer (the drain).
// A record is whole before the tail says so. Layout: src/layout.ts.

import {
  CACHE_LINE_BYTES,
  RECORD_HEADER_BYTES,
  RECORD_KEY_OFFSET,
  RECORD_OVERRUN_BYTES,
  RECORD_PADDING,
  RECORD_RELEASE,
  RECORD_SLOT,
  RECORD_TEMPLATE,
  SHARD_BYTES,
  SHARD_LIMIT,
  SHARD_ORIGIN,
  SHARD_PUBLISHED,
  SHARD_RESERVED,
  SHARD_RING_ADDRESS,
  SHARD_RING_BYTES,
  SHARD_SETTLED,
  SHARD_TAIL,
  SHARD_TELL_RELEASES,
  SLACK_BYTES,
} from '../src/layout'

if (SHARD_BYTES % CACHE_LINE_BYTES != 0) ERROR('a shard header is made of whole cache lines')
if (RECORD_HEADER_BYTES % 8 != 0) ERROR('records are 8-byte aligned')
if (SLACK_BYTES < RECORD_OVERRUN_BYTES) ERROR('the copy of a record runs past its end')

/** Bytes of the ring that a message of that many bytes takes. */
// @ts-ignore: decorator
@inline
export function recordBytes(messageBytes: u32): u32 {
  return (messageBytes + (RECORD_HEADER_BYTES + 7)) & ~7
}

/**
 * Whether records of `bytes` in all fit, whichever of them meets the ring's end.
 * 16 bytes more, since the copy of the last record may run over its end.
 */
export function hasRoom(shard: u32, bytes: u32): bool {
  const capacity: u32 = load<u32>(shard, SHARD_RING_BYTES)
  const tail: u32 = load<u32>(shard, SHARD_TAIL)
  const free: u32 = capacity - (tail - load<u32>(shard, SHARD_SETTLED))
  const untilEnd: u32 = capacity - (tail & (capacity - 1))
  return bytes + 16 + load<u32>(shard, SHARD_RESERVED) + (untilEnd < bytes ? untilEnd : 0) <= free
}

/** Where the next record of `bytes` goes; pads the ring's end when it is too short. */
function claim(shard: u32, bytes: u32): u32 {
  const capacity: u32 = load<u32>(shard, SHARD_RING_BYTES)
  const tail: u32 = load<u32>(shard, SHARD_TAIL)
  const index: u32 = tail & (capacity - 1)
  const untilEnd: u32 = capacity - index
  const ring: u32 = load<u32>(shard, SHARD_RING_ADDRESS)
  if (untilEnd >= bytes) return ring + index
  store<u32>(ring + index, untilEnd | RECORD_PADDING)
  store<u32>(shard, tail + untilEnd, SHARD_TAIL)
  return ring
}

/** Copies what of `from` belongs up to `end`, 16 bytes at a time. */
// @ts-ignore: decorator
@inline
function copyUpTo(to: u32, end: u32, from: u32): void {
  for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from))
}

/** Writes a record's header, and publishes the record at that position. Its message is there. */
// @ts-ignore: decorator
@inline
function publish(
  shard: u32,
  position: u32,
  at: u32,
  bytes: u32,
  template: u32,
  slot: u32,
  keyOffset: u32,
  keyLength: u32,
): void {
  store<u32>(at, bytes)
  store<u32>(at, template | (keyLength << 16), RECORD_TEMPLATE)
  store<u32>(at, slot, RECORD_SLOT)
  store<u32>(at, keyOffset, RECORD_KEY_OFFSET)
  store<f64>(shard, load<f64>(shard, SHARD_PUBLISHED) + 1, SHARD_PUBLISHED)
  store<u32>(shard, position + bytes, SHARD_TAIL)
}

/**
 * As `writeEvent`, for the hot path: if that may write so far.
 * @returns whether it may; if not, nothing is written
 */
// @ts-ignore: decorator
@inline
export function writeEventFast(
  shard: u32,
  template: u32,
  slot: u32,
  message: u32,
  messageBytes: u32,
  keyAt: u32,
  keyLength: u32,
): bool {
  const bytes: u32 = recordBytes(messageBytes)
  const tail: u32 = load<u32>(shard, SHARD_TAIL)
  if (<i32>(load<u32>(shard, SHARD_LIMIT) - tail) < <i32>bytes) return false
  const at: u32 = load<u32>(shard, SHARD_ORIGIN) + tail
  const to: u32 = at + RECORD_HEADER_BYTES
  // Few messages are longer.
  v128.store(to, v128.load(message))
  v128.store(to, v128.load(message, 16), 16)
  v128.store(to, v128.load(message, 32), 32)
  copyUpTo(to + RECORD_OVERRUN_BYTES, at + bytes, message + RECORD_OVERRUN_BYTES)
  publish(shard, tail, at, bytes, template, slot, keyAt - message, keyLength)
  return true
}

/**
 * Tells the hot path how far it may write behind a record: what is free, but not beyond the ring's end. Behind every
 * record, releases too: a limit that stayed where it was would be ahead again when positions have gone half round.
 */
function allow(shard: u32, position: u32, at: u32): void {
  const capacity: u32 = load<u32>(shard, SHARD_RING_BYTES)
  const kept: u32 = load<u32>(shard, SHARD_RESERVED) + RECORD_OVERRUN_BYTES
  const free: i32 = capacity - kept - (position - load<u32>(shard, SHARD_SETTLED))
  const untilEnd: i32 = capacity - (position & (capacity - 1))
  store<u32>(shard, at - position, SHARD_ORIGIN)
  store<u32>(shard, position + min(free, untilEnd), SHARD_LIMIT)
}

/** Copies a message in as a record and publishes it. There is room. */
export function writeEvent(
  shard: u32,
  template: u32,
  slot: u32,
  message: u32,
  messageBytes: u32,
  keyAt: u32,
  keyLength: u32,
): void {
  const bytes: u32 = recordBytes(messageBytes)
  assert(hasRoom(shard, bytes))
  const at: u32 = claim(shard, bytes)
  copyUpTo(at + RECORD_HEADER_BYTES, at + bytes, message)
  const tail: u32 = load<u32>(shard, SHARD_TAIL)
  publish(shard, tail, at, bytes, template, slot, keyAt - message, keyLength)
  allow(shard, tail, at)
}

/** Publishes that a slot's stream is over, in the shard's order. There is room. */
export function writeRelease(shard: u32, slot: u32, reason: u32): void {
  if (load<u32>(shard, SHARD_TELL_RELEASES) == 0) return
  assert(hasRoom(shard, RECORD_HEADER_BYTES))
  const at: u32 = claim(shard, RECORD_HEADER_BYTES)
  store<u32>(at, RECORD_HEADER_BYTES | RECORD_RELEASE)
  store<u32>(at, reason, RECORD_TEMPLATE)
  store<u32>(at, slot, RECORD_SLOT)
  const tail: u32 = load<u32>(shard, SHARD_TAIL)
  store<u32>(shard, tail + RECORD_HEADER_BYTES, SHARD_TAIL)
  allow(shard, tail, at)
}
