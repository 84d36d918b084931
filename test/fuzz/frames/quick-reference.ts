// A second reading of mtg's frames from the wire format alone, for millions of them: it
// makes no object a frame and counts in doubles. Every run compares samples of it with
// the clear one (../../reference.ts), which it falls back on wherever a frame is odd.
// It imports nothing of the product.

import { ipText, utf8Text } from '../../reference.js'

/** Verdicts by number; the first is none of the reasons of a rejection. */
export const VERDICTS = [
  'event',
  'framing-length',
  'framing-encoding',
  'message-too-short',
  'schema-mismatch',
  'unknown-template',
  'block-too-short',
  'block-overrun',
  'boolean-invalid',
  'number-range',
  'data-overrun',
  'data-null',
  'text-invalid',
  'truncated',
] as const

const verdict = (name: (typeof VERDICTS)[number]): number => VERDICTS.indexOf(name)
export const EVENT = 0
const FRAMING_LENGTH = verdict('framing-length')
const FRAMING_ENCODING = verdict('framing-encoding')
const MESSAGE_TOO_SHORT = verdict('message-too-short')
const SCHEMA_MISMATCH = verdict('schema-mismatch')
export const UNKNOWN_TEMPLATE = verdict('unknown-template')
const BLOCK_TOO_SHORT = verdict('block-too-short')
const BLOCK_OVERRUN = verdict('block-overrun')
const BOOLEAN_INVALID = verdict('boolean-invalid')
const NUMBER_RANGE = verdict('number-range')
const DATA_OVERRUN = verdict('data-overrun')
const DATA_NULL = verdict('data-null')
const TEXT_INVALID = verdict('text-invalid')
export const TRUNCATED = verdict('truncated')

/** mtg's events by template ID. */
export const EVENTS = [
  '',
  'EventStart',
  'EventConnectedToDC',
  'EventTraffic',
  'EventFinish',
  'EventDomainFronting',
  'EventConcurrencyLimited',
  'EventIPBlocklisted',
  'EventReplayAttack',
  'EventIPListSize',
] as const
export const START = 1
export const CONNECTED = 2
export const TRAFFIC = 3
export const FINISH = 4
export const BLOCKLISTED = 7
export const LIST_SIZE = 9
/** Bytes of a block by template ID, the timestamp's 8 included. */
const BLOCK_BYTES = [0, 24, 28, 17, 8, 8, 8, 25, 8, 17]

/** Framing header and message header: where the root block begins. */
const BLOCK_AT = 14
const IP_AT = BLOCK_AT + 8
const TWO_32 = 2 ** 32
const MAX_SAFE = 2 ** 53 - 1

const u16 = (bytes: Uint8Array, at: number): number => bytes[at]! + 256 * bytes[at + 1]!
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) + 65_536 * u16(bytes, at + 2)

/** What was read of one source's bytes: the same index in each list is the same frame. */
export class Readings {
  count = 0
  readonly offsets: number[] = []
  readonly verdicts: number[] = []
  readonly templates: number[] = []
  /** Milliseconds. */
  readonly timestamps: number[] = []
  /** The event's own number: dc, traffic or size. */
  readonly numbers: number[] = []
  readonly flags: boolean[] = []
  readonly ids: string[] = []
  readonly idAts: number[] = []
  readonly idLengths: number[] = []
  readonly ips: string[] = []
  /** Of whole frames: where a partial one begins, or the one that lost the framing. */
  consumed = 0
  /** Bytes of a last frame that isn't whole. */
  partialBytes = 0
  /** Whether the last frame lost the framing. */
  isLost = false
}

/** Reads the first `length` bytes as all that a source sent. */
export function quickRead(bytes: Buffer, length: number, maxFrameBytes: number, into: Readings): void {
  let at = 0
  let count = 0
  into.isLost = false
  for (;;) {
    const left = length - at
    if (left < 4) break
    const frameBytes = bytes[at]! * 2 ** 24 + bytes[at + 1]! * 65_536 + bytes[at + 2]! * 256 + bytes[at + 3]!
    let found = EVENT
    if (frameBytes < 6 || frameBytes > maxFrameBytes) found = FRAMING_LENGTH
    else if (left < 6) break
    else if (bytes[at + 4] !== 0xeb || bytes[at + 5] !== 0x50) found = FRAMING_ENCODING
    else if (left < frameBytes) break
    into.offsets[count] = at
    if (found !== EVENT) {
      into.verdicts[count++] = found
      into.isLost = true
      break
    }
    into.verdicts[count] = readFrame(bytes, at, at + frameBytes, into, count)
    count++
    at += frameBytes
  }
  into.count = count
  into.consumed = at
  into.partialBytes = into.isLost ? 0 : length - at
}

/** One whole frame in [at, end). */
function readFrame(bytes: Buffer, at: number, end: number, into: Readings, index: number): number {
  if (end - at < BLOCK_AT) return MESSAGE_TOO_SHORT
  if (u16(bytes, at + 10) !== 1) return SCHEMA_MISMATCH
  const template = u16(bytes, at + 8)
  if (template < 1 || template > 9) return UNKNOWN_TEMPLATE
  const blockBytes = u16(bytes, at + 6)
  if (blockBytes < BLOCK_BYTES[template]!) return BLOCK_TOO_SHORT
  const idLengthAt = at + BLOCK_AT + blockBytes
  if (idLengthAt > end) return BLOCK_OVERRUN

  into.templates[index] = template
  into.timestamps[index] = milliseconds(bytes, at + BLOCK_AT)
  const own = at + IP_AT
  if (template === START || template === CONNECTED || template === BLOCKLISTED) {
    into.ips[index] = addressText(bytes, own)
  }
  if (template === CONNECTED) into.numbers[index] = u32(bytes, own + 16) | 0
  else if (template === TRAFFIC || template === LIST_SIZE) {
    const high = template === TRAFFIC ? u32(bytes, own + 4) : u32(bytes, own + 4) | 0
    const value = high * TWO_32 + u32(bytes, own)
    // Beyond ±2^53 the sum is rounded, but never back into the range.
    if (value > MAX_SAFE || value < -MAX_SAFE) return NUMBER_RANGE
    into.numbers[index] = value
  }
  if (template === TRAFFIC || template === LIST_SIZE || template === BLOCKLISTED) {
    const flag = bytes[own + (template === BLOCKLISTED ? 16 : 8)]!
    if (flag > 1) return BOOLEAN_INVALID
    into.flags[index] = flag === 1
  }

  if (idLengthAt === end) return DATA_OVERRUN
  const idLength = bytes[idLengthAt]!
  if (idLength === 255) return DATA_NULL
  const idAt = idLengthAt + 1
  if (idAt + idLength > end) return DATA_OVERRUN
  const id = textOf(bytes, idAt, idLength)
  if (id === undefined) return TEXT_INVALID
  into.ids[index] = id
  into.idAts[index] = idAt
  into.idLengths[index] = idLength
  return EVENT
}

/** Nanoseconds as milliseconds: a long division, 16 bits at a time, and the remainder's share. */
function milliseconds(bytes: Uint8Array, at: number): number {
  let quotient = 0
  let remainder = 0
  for (let digit = 6; digit >= 0; digit -= 2) {
    // Below 10^6 × 2^16 + 2^16, and all quotients together below 2^64 / 10^6: exact.
    const rest = remainder * 65_536 + u16(bytes, at + digit)
    const part = Math.floor(rest / 1_000_000)
    quotient = quotient * 65_536 + part
    remainder = rest - part * 1_000_000
  }
  return quotient + remainder / 1e6
}

/** ASCII as it is; whatever else is the clear reference's. `undefined`: not UTF-8. */
function textOf(bytes: Buffer, at: number, length: number): string | undefined {
  for (let index = at; index < at + length; index++) {
    if (bytes[index]! > 0x7f) return utf8Text(bytes.subarray(at, at + length))
  }
  return bytes.toString('latin1', at, at + length)
}

function addressText(bytes: Buffer, at: number): string {
  for (let index = at; index < at + 10; index++)
    if (bytes[index] !== 0) return ipText(bytes.subarray(at, at + 16))
  if (bytes[at + 10] !== 0xff || bytes[at + 11] !== 0xff) return ipText(bytes.subarray(at, at + 16))
  return `${bytes[at + 12]}.${bytes[at + 13]}.${bytes[at + 14]}.${bytes[at + 15]}`
}

const PRIME1 = 0x9e3779b1 | 0
const PRIME2 = 0x85ebca77 | 0
const PRIME3 = 0xc2b2ae3d | 0
const PRIME4 = 0x27d4eb2f | 0
const PRIME5 = 0x165667b1 | 0

const rotated = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))
const laneOf = (bytes: Uint8Array, at: number): number => u32(bytes, at) | 0
const round = (sum: number, lane: number): number =>
  Math.imul(rotated((sum + Math.imul(lane, PRIME2)) | 0, 13), PRIME1)

/** xxHash32 with seed 0, by its specification, in 32-bit integers. */
export function quickXxHash32(bytes: Uint8Array, from: number, length: number): number {
  const end = from + length
  let at = from
  let hash = PRIME5
  if (length >= 16) {
    let sum1 = (PRIME1 + PRIME2) | 0
    let sum2 = PRIME2
    let sum3 = 0
    let sum4 = -PRIME1 | 0
    for (; at + 16 <= end; at += 16) {
      sum1 = round(sum1, laneOf(bytes, at))
      sum2 = round(sum2, laneOf(bytes, at + 4))
      sum3 = round(sum3, laneOf(bytes, at + 8))
      sum4 = round(sum4, laneOf(bytes, at + 12))
    }
    hash = (rotated(sum1, 1) + rotated(sum2, 7) + rotated(sum3, 12) + rotated(sum4, 18)) | 0
  }
  hash = (hash + length) | 0
  for (; at + 4 <= end; at += 4) {
    hash = Math.imul(rotated((hash + Math.imul(laneOf(bytes, at), PRIME3)) | 0, 17), PRIME4)
  }
  for (; at < end; at++) hash = Math.imul(rotated((hash + Math.imul(bytes[at]!, PRIME5)) | 0, 11), PRIME1)
  hash = Math.imul(hash ^ (hash >>> 15), PRIME2)
  hash = Math.imul(hash ^ (hash >>> 13), PRIME3)
  return (hash ^ (hash >>> 16)) >>> 0
}
