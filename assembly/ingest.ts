// The loop: frame → stream → ring. `readPlain` takes nearly all frames; each that it
// doesn't is taken by `readFrame`, and routed by what it does to its stream.
// It is longer than other files so that what the loop calls stands beside it.
// Counters are stored at a call's end; no user code runs in between.

import {
  BUCKET_INLINE_BYTES,
  BUCKET_OPENED,
  BUCKET_SLOT,
  BUCKET_STAMP,
  BUCKET_UNPADDED_BYTES,
  CONTROL_ACCEPTED,
  CONTROL_BUCKETS_ADDRESS,
  CONTROL_CLOCK,
  CONTROL_DELIVER_ORPHANS,
  CONTROL_DETAIL,
  CONTROL_EVICTED,
  CONTROL_FRAME_ADDRESS,
  CONTROL_FRAME_BYTES,
  CONTROL_FULL_SHARD,
  CONTROL_IGNORED,
  CONTROL_LISTENS_ADDRESS,
  CONTROL_MAX_FRAME_BYTES,
  CONTROL_NEXT_SHARD,
  CONTROL_NOTES,
  CONTROL_ORPHANS,
  CONTROL_REASON,
  CONTROL_RECEIVED,
  CONTROL_RESTARTED,
  CONTROL_SHARDS,
  CONTROL_SHARDS_ADDRESS,
  CONTROL_STATUS,
  CONTROL_STREAMS,
  CONTROL_TEMPLATES_ADDRESS,
  CONTROL_TEMPLATE_MAP_ADDRESS,
  CONTROL_TOUCHED,
  ENCODING_TYPE,
  FRAMING_BYTES,
  LOOK_AHEAD_FRAMES,
  LOOK_AHEAD_STREAMS,
  MAX_KEY_BYTES,
  MAX_SHARDS,
  MAX_SLOTS,
  REASON_FRAMING_ENCODING,
  REASON_FRAMING_LENGTH,
  REASON_TEXT_INVALID,
  RECORD_HEADER_BYTES,
  RELEASE_ENDED,
  RELEASE_EVICTED,
  RELEASE_RESTARTED,
  SHARD_BYTES,
  SHARD_SHIFT,
  STATUS_DONE,
  STATUS_FULL,
  STATUS_LOST,
  STATUS_PARTIAL,
  STATUS_REJECTED,
  TEMPLATE_BLOCK_END,
  TEMPLATE_BYTES,
  TEMPLATE_ENDS,
  TEMPLATE_FLAGS,
  TEMPLATE_KEY,
  TEMPLATE_MASK,
  TEMPLATE_MASK_OFFSET,
  TEMPLATE_OPENS,
} from '../src/layout'
import { inspectedDetail, inspectedKeyAt, inspectedKeyLength, inspectedTemplate, inspectFrame } from './frame'
import { hasRoom, recordBytes, writeEvent, writeEventFast, writeRelease } from './ring'
import {
  findStream,
  findStreamFast,
  idleStream,
  insertStream,
  mustEvict,
  removeStream,
  takeSlot,
  touchStream,
  UNKNOWN_OFFSET,
} from './streams'
import { isUtf8 } from './utf8'
import { xxHash32 } from './xxhash32'

function count(counter: u32, events: u32): void {
  store<f64>(counter, load<f64>(counter) + <f64>events)
}

// @ts-ignore: decorator
@inline
function touch(shardIndex: u32): void {
  store<u8>(CONTROL_TOUCHED + shardIndex, 1)
}

/** Says why a frame is not accepted; gives back the status. */
function fail(status: u32, reason: u32, detail: u32): u32 {
  store<u32>(CONTROL_REASON, reason)
  store<u32>(CONTROL_DETAIL, detail)
  return status
}

/** The next shard with room for a frame without a key, from the one whose turn it is; MAX_SHARDS if none. */
function nextShard(listens: u32, bytes: u32): u32 {
  const shards: u32 = load<u32>(CONTROL_SHARDS)
  const base: u32 = load<u32>(CONTROL_SHARDS_ADDRESS)
  let next: u32 = load<u32>(CONTROL_NEXT_SHARD)
  for (let left: u32 = shards; left != 0; left--) {
    const candidate: u32 = next
    next = candidate + 1 == shards ? 0 : candidate + 1
    if (load<u8>(listens + candidate) == 0 || hasRoom(base + candidate * SHARD_BYTES, bytes)) {
      store<u32>(CONTROL_NEXT_SHARD, next)
      return candidate
    }
  }
  return MAX_SHARDS
}

/**
 * A frame without a key: to the next shard that has room, spread evenly.
 * @returns STATUS_DONE or STATUS_FULL
 */
function routeKeyless(template: u32, message: u32, messageBytes: u32): u32 {
  const listeners: u32 = load<u32>(CONTROL_LISTENS_ADDRESS) + template * MAX_SHARDS
  const index: u32 = nextShard(listeners, recordBytes(messageBytes))
  if (index == MAX_SHARDS) {
    store<u32>(CONTROL_FULL_SHARD, MAX_SHARDS)
    return STATUS_FULL
  }
  if (load<u8>(listeners + index) == 0) {
    ignored++
    return STATUS_DONE
  }
  const shard: u32 = load<u32>(CONTROL_SHARDS_ADDRESS) + index * SHARD_BYTES
  writeEvent(shard, template - 1, 0, message, messageBytes, message, 0)
  touch(index)
  return STATUS_DONE
}

/** A slot for a newcomer: a free one, if need be that of a stream which gives way. */
function slotForNewcomer(shard: u32): u32 {
  if (mustEvict(shard)) {
    const bucket: u32 = idleStream(shard)
    writeRelease(shard, load<u32>(bucket, BUCKET_SLOT) & <u32>MAX_SLOTS, RELEASE_EVICTED)
    removeStream(bucket, shard)
    count(CONTROL_EVICTED, 1)
  }
  return takeSlot(shard)
}

/**
 * A frame with a key, of any kind.
 * @returns STATUS_DONE, STATUS_FULL, or STATUS_REJECTED when the key isn't text
 */
function routeKeyed(
  template: u32,
  flags: u32,
  message: u32,
  messageBytes: u32,
  keyAt: u32,
  keyLength: u32,
): u32 {
  const opens: bool = (flags & TEMPLATE_OPENS) != 0
  const ends: bool = (flags & TEMPLATE_ENDS) != 0
  const deliverOrphans: bool = load<u32>(CONTROL_DELIVER_ORPHANS) != 0
  let bucket: u32 = findStream(keyAt, keyLength)
  const isKnown: bool = bucket != 0
  let index: u32
  if (isKnown) {
    index = load<u32>(bucket, BUCKET_SLOT) >> SHARD_SHIFT
  } else {
    if (!isUtf8(keyAt, keyLength)) return STATUS_REJECTED
    if (ends && !deliverOrphans) {
      count(CONTROL_ORPHANS, 1)
      return STATUS_DONE
    }
    index = xxHash32(keyAt, keyLength) % load<u32>(CONTROL_SHARDS)
  }
  const listened: bool = load<u8>(load<u32>(CONTROL_LISTENS_ADDRESS) + template * MAX_SHARDS + index) != 0
  if (!isKnown && ends && !listened) {
    // The end of a stream that never was, and nobody cares: it takes no slot.
    ignored++
    return STATUS_DONE
  }
  const shard: u32 = load<u32>(CONTROL_SHARDS_ADDRESS) + index * SHARD_BYTES
  // Room for all that this frame may publish, before anything is changed: the event,
  // and the releases of the streams that it ends or restarts, and whose slot it takes.
  let needed: u32 = listened ? recordBytes(messageBytes) : 0
  if (!isKnown || opens || ends) needed += 2 * RECORD_HEADER_BYTES
  if (needed != 0) {
    if (!hasRoom(shard, needed)) {
      store<u32>(CONTROL_FULL_SHARD, index)
      return STATUS_FULL
    }
    touch(index)
  }
  if (!isKnown) bucket = insertStream(keyAt, keyLength, shard, index, slotForNewcomer(shard))
  const slotWord: u32 = load<u32>(bucket, BUCKET_SLOT)
  const slot: u32 = slotWord & <u32>MAX_SLOTS
  const opened: bool = (slotWord & BUCKET_OPENED) != 0
  if (opens) {
    if (opened) {
      writeRelease(shard, slot, RELEASE_RESTARTED)
      count(CONTROL_RESTARTED, 1)
    }
    store<u32>(bucket, slotWord | BUCKET_OPENED, BUCKET_SLOT)
  }
  store<u32>(bucket, load<u32>(CONTROL_CLOCK), BUCKET_STAMP)
  if (ends && !opened && !deliverOrphans) {
    count(CONTROL_ORPHANS, 1)
  } else if (listened) {
    writeEvent(shard, template - 1, slot, message, messageBytes, keyAt, keyLength)
  } else {
    ignored++
  }
  if (ends) {
    writeRelease(shard, slot, RELEASE_ENDED)
    removeStream(bucket, shard)
  }
  return STATUS_DONE
}

/**
 * Has the buckets fetched of the next few frames' streams, which else would be
 * waited for one by one, and notes where each search begins. Trusts nothing but that a
 * frame is whole, and stops at one that isn't: what it notes of a frame that turns out
 * not to be plain is never read.
 */
function lookAhead(frame: u32, end: u32): void {
  const templateMap: u32 = load<u32>(CONTROL_TEMPLATE_MAP_ADDRESS)
  const templates: u32 = load<u32>(CONTROL_TEMPLATES_ADDRESS)
  note = CONTROL_NOTES
  for (let to: u32 = note; to < <u32>CONTROL_NOTES + 4 * LOOK_AHEAD_FRAMES; to += 4) {
    const length: u32 = bswap<u32>(load<u32>(frame))
    store<u32>(to, UNKNOWN_OFFSET)
    unfetched = frame + 1
    if (length > end - frame) return
    const templateId: u32 = load<u16>(frame, FRAMING_BYTES + 2)
    const descriptor: u32 = templates + <u32>load<u16>(templateMap + (templateId << 1)) * TEMPLATE_BYTES
    const keyAt: u32 = frame + load<u32>(descriptor, TEMPLATE_BLOCK_END) + 1
    const keyLength: u32 = load<u8>(keyAt - 1)
    if (keyLength - <u32>BUCKET_UNPADDED_BYTES <= <u32>(BUCKET_INLINE_BYTES - BUCKET_UNPADDED_BYTES)) {
      store<u32>(to, touchStream(keyAt, keyLength))
    }
    frame += length
    unfetched = frame
  }
}

/** What `readPlain` counted since `ingest` began. */
let accepted: u32 = 0
let ignored: u32 = 0
/** Where frames begin whose buckets haven't been fetched, and what `lookAhead` noted of the next one. */
let unfetched: u32 = 0
let note: u32 = 0

/**
 * The hot path: events of streams that go on, one after the other, until a frame is
 * in any way different. It has the header that this schema version writes, fields
 * that the mask clears, a key that is known, and room in the ring before its end.
 * Judges no frame: the one at which it stops is another's. One function, and nothing
 * else in it, so that its locals are registers.
 * @returns the frame at which it stopped
 */
function readPlain(frame: u32, end: u32): u32 {
  const maxFrameBytes: u32 = load<u32>(CONTROL_MAX_FRAME_BYTES)
  const templateMap: u32 = load<u32>(CONTROL_TEMPLATE_MAP_ADDRESS)
  const templates: u32 = load<u32>(CONTROL_TEMPLATES_ADDRESS)
  const listens: u32 = load<u32>(CONTROL_LISTENS_ADDRESS)
  const shards: u32 = load<u32>(CONTROL_SHARDS_ADDRESS)
  let clock: u32 = load<u32>(CONTROL_CLOCK)
  const isLooking: bool = note != 0
  let frames: u32 = 0
  while (end - frame > <u32>FRAMING_BYTES + 8) {
    if (frame >= unfetched) lookAhead(frame, end)
    const template: u32 = load<u16>(templateMap + (<u32>load<u16>(frame, FRAMING_BYTES + 2) << 1))
    const descriptor: u32 = templates + template * TEMPLATE_BYTES
    // A template that isn't plain expects what no frame of its own can have.
    if (load<u64>(frame, FRAMING_BYTES) != load<u64>(descriptor)) break
    const keyAt: u32 = frame + load<u32>(descriptor, TEMPLATE_BLOCK_END) + 1
    const keyLength: u32 = load<u8>(keyAt - 1)
    // A null length is refused with the others that are too long.
    if (keyLength - 1 >= <u32>MAX_KEY_BYTES) break
    // With the key at its end, the frame can have but one length, which is compared as it stands: big-endian.
    const next: u32 = keyAt + keyLength
    const length: u32 = next - frame
    if (load<u32>(frame) != ((length << 24) | ((length & 0xff00) << 8))) break
    if (load<u16>(frame, 4) != ENCODING_TYPE) break
    if (length > maxFrameBytes) break
    if (next > end) break
    const fields: u32 = frame + load<u32>(descriptor, TEMPLATE_MASK_OFFSET)
    const odd: u64 =
      (load<u64>(fields) & load<u64>(descriptor, TEMPLATE_MASK)) |
      (load<u64>(fields, 8) & load<u64>(descriptor, TEMPLATE_MASK + 8))
    if (odd != 0) break
    const bucket: u32 = findStreamFast(keyAt, keyLength, isLooking ? load<u32>(note) : UNKNOWN_OFFSET)
    if (bucket == 0) break
    if (isLooking) note += 4
    const slotWord: u32 = load<u32>(bucket, BUCKET_SLOT)
    const index: u32 = slotWord >> SHARD_SHIFT
    if (load<u8>(listens + template * MAX_SHARDS + index) == 0) {
      ignored++
    } else {
      const shard: u32 = shards + index * SHARD_BYTES
      const message: u32 = frame + FRAMING_BYTES
      const slot: u32 = slotWord & <u32>MAX_SLOTS
      if (!writeEventFast(shard, template - 1, slot, message, length - FRAMING_BYTES, keyAt, keyLength)) break
      touch(index)
    }
    store<u32>(bucket, ++clock, BUCKET_STAMP)
    frames++
    frame = next
  }
  store<u32>(CONTROL_CLOCK, clock)
  accepted += frames
  return frame
}

/**
 * One frame of any kind.
 * @returns STATUS_DONE: it is accepted; any other: why the call ends with it
 */
function readFrame(frame: u32, end: u32): u32 {
  const available: u32 = end - frame
  store<u32>(CONTROL_FRAME_ADDRESS, frame)
  store<u32>(CONTROL_FRAME_BYTES, 0)
  if (available < 4) return STATUS_PARTIAL
  const length: u32 = bswap<u32>(load<u32>(frame))
  if (length - FRAMING_BYTES > load<u32>(CONTROL_MAX_FRAME_BYTES) - FRAMING_BYTES) {
    return fail(STATUS_LOST, REASON_FRAMING_LENGTH, 0)
  }
  if (available >= <u32>FRAMING_BYTES && load<u16>(frame, 4) != ENCODING_TYPE) {
    return fail(STATUS_LOST, REASON_FRAMING_ENCODING, 0)
  }
  store<u32>(CONTROL_FRAME_BYTES, length)
  if (available < length) return STATUS_PARTIAL
  const reason: u32 = inspectFrame(frame, length)
  if (reason != 0) return fail(STATUS_REJECTED, reason, inspectedDetail)

  const template: u32 = inspectedTemplate
  const message: u32 = frame + FRAMING_BYTES
  const messageBytes: u32 = length - FRAMING_BYTES
  const keyAt: u32 = inspectedKeyAt
  const keyLength: u32 = inspectedKeyLength
  if (keyLength == 0) return routeKeyless(template, message, messageBytes)
  store<u32>(CONTROL_CLOCK, load<u32>(CONTROL_CLOCK) + 1)
  const descriptor: u32 = load<u32>(CONTROL_TEMPLATES_ADDRESS) + template * TEMPLATE_BYTES
  const flags: u32 = load<u32>(descriptor, TEMPLATE_FLAGS)
  const status: u32 = routeKeyed(template, flags, message, messageBytes, keyAt, keyLength)
  if (status != STATUS_REJECTED) return status
  return fail(STATUS_REJECTED, REASON_TEXT_INVALID, load<u32>(descriptor, TEMPLATE_KEY))
}

/**
 * Reads whole frames from `frame` on until `end`, and stops early at the first
 * one that is rejected, has no room, or is cut off. Gives back the address of
 * the first byte not consumed; CONTROL_STATUS says why it stopped.
 */
export function ingest(frame: u32, end: u32): u32 {
  let rejected: u32 = 0
  let status: u32 = STATUS_DONE
  accepted = 0
  ignored = 0
  // With few streams their buckets are in the cache anyway.
  unfetched = load<u32>(CONTROL_STREAMS) < <u32>LOOK_AHEAD_STREAMS ? end : frame
  note = unfetched == frame ? CONTROL_NOTES : 0
  for (;;) {
    frame = readPlain(frame, end)
    if (frame >= end) break
    const buckets: u32 = load<u32>(CONTROL_BUCKETS_ADDRESS)
    status = readFrame(frame, end)
    if (note != 0) {
      note += 4
      // In a table of another size all searches begin elsewhere.
      if (load<u32>(CONTROL_BUCKETS_ADDRESS) != buckets) unfetched = frame
    }
    if (status == STATUS_DONE) accepted++
    else if (status == STATUS_LOST || status == STATUS_REJECTED) rejected = 1
    if (status == STATUS_DONE || status == STATUS_REJECTED) frame += load<u32>(CONTROL_FRAME_BYTES)
    if (status != STATUS_DONE) break
  }
  store<u32>(CONTROL_STATUS, status)
  count(CONTROL_RECEIVED, accepted + rejected)
  count(CONTROL_ACCEPTED, accepted)
  count(CONTROL_IGNORED, ignored)
  return frame
}
