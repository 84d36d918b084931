// One byte ring a shard: one producer (the core), one consumer (the drain).
// A record is whole before the tail says so. Layout: src/layout.ts.

import {
  CACHE_LINE_BYTES,
  RECORD_HEADER_BYTES,
  RECORD_KEY_OFFSET,
  RECORD_PADDING,
  RECORD_RELEASE,
  RECORD_SLOT,
  RECORD_TEMPLATE,
  SHARD_BYTES,
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
if (SLACK_BYTES < 32) ERROR('16-byte copies run up to 31 bytes past the end')

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

/** Writes a record of `bytes` at an address, and publishes it at that position. */
// @ts-ignore: decorator
@inline
export function writeRecord(
  shard: u32,
  position: u32,
  at: u32,
  bytes: u32,
  template: u32,
  slot: u32,
  message: u32,
  keyAt: u32,
  keyLength: u32,
): void {
  store<u32>(at, bytes)
  store<u32>(at, template | (keyLength << 16), RECORD_TEMPLATE)
  store<u32>(at, slot, RECORD_SLOT)
  store<u32>(at, keyAt - message, RECORD_KEY_OFFSET)
  let to: u32 = at + RECORD_HEADER_BYTES
  const end: u32 = at + bytes
  do {
    v128.store(to, v128.load(message))
    to += 16
    message += 16
  } while (to < end)
  store<f64>(shard, load<f64>(shard, SHARD_PUBLISHED) + 1, SHARD_PUBLISHED)
  store<u32>(shard, position + bytes, SHARD_TAIL)
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
  writeRecord(shard, load<u32>(shard, SHARD_TAIL), at, bytes, template, slot, message, keyAt, keyLength)
}

/** Publishes that a slot's stream is over, in the shard's order. There is room. */
export function writeRelease(shard: u32, slot: u32, reason: u32): void {
  if (load<u32>(shard, SHARD_TELL_RELEASES) == 0) return
  assert(hasRoom(shard, RECORD_HEADER_BYTES))
  const at: u32 = claim(shard, RECORD_HEADER_BYTES)
  store<u32>(at, RECORD_HEADER_BYTES | RECORD_RELEASE)
  store<u32>(at, reason, RECORD_TEMPLATE)
  store<u32>(at, slot, RECORD_SLOT)
  store<u32>(shard, load<u32>(shard, SHARD_TAIL) + RECORD_HEADER_BYTES, SHARD_TAIL)
}
