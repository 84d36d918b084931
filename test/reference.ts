// The decoder that everything else is compared with: mtg's events read from frames
// byte by byte, written from the wire format alone. It shares no code with the
// product, so that a misreading would have to be made twice to go unnoticed.
// Clarity over speed: BigInt, no tables but the schema's, no cleverness.

export { type FrameSpec, frame, referenceFrames } from './reference-frames.js'
export { referenceXxHash32 } from './reference-xxhash32.js'

/** Every reason a frame can be refused for, in the order in which they are decided. */
export const REASONS = [
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
] as const
export type Reason = (typeof REASONS)[number]
/** The reasons after which nothing more of a source can be read. */
export type LostReason = 'framing-length' | 'framing-encoding'

/** An event as users see it, without its slot. Keys in the recordings' order. */
export interface EventFields {
  readonly event: string
  readonly streamId: string
  /** Milliseconds since the epoch, to the nearest double. */
  readonly timestamp: number
  readonly [field: string]: string | number | boolean
}

export interface EventItem {
  readonly kind: 'event'
  /** Of the frame's first byte. */
  readonly offset: number
  readonly event: EventFields
  /** Template ID, 1 to 9. */
  readonly template: number
  readonly streamId: string
  /** The stream ID as it stands on the wire, without its length byte. */
  readonly idBytes: Uint8Array
  /** Nanoseconds since the epoch, exact. */
  readonly timestampNs: bigint
}

export interface RejectedItem {
  readonly kind: 'rejected'
  readonly offset: number
  readonly reason: Reason
}

export type Item = EventItem | RejectedItem

export interface Decoded {
  /** Whole frames in wire order. The frame that lost the framing isn't among them. */
  readonly items: readonly Item[]
  /** Present when framing was lost; counts as one rejected frame. */
  readonly lost?: { readonly offset: number; readonly reason: LostReason }
  /** Bytes of whole frames, good and bad: where the partial or the faulty frame begins. */
  readonly consumed: number
  /** Bytes of a last frame that isn't complete yet; 0 once framing is lost. */
  readonly partialBytes: number
  /** Bytes from the first one of the frame that lost the framing; 0 otherwise. */
  readonly discardedBytes: number
}

type FieldType = 'ip' | 'int32' | 'int53' | 'uint53' | 'boolean'
interface TemplateFields {
  readonly event: string
  /** In schema order, the timestamp left out: it comes first in all of them. */
  readonly fields: readonly (readonly [name: string, type: FieldType])[]
}

const SOFH_BYTES = 6
/** Framing header and message header: where the root block begins. */
const BLOCK_OFFSET = 14
const MTG_SCHEMA_ID = 1
const WIDTH: Readonly<Record<FieldType, number>> = { ip: 16, int32: 4, int53: 8, uint53: 8, boolean: 1 }
const MAX_SAFE = 2n ** 53n - 1n

/** mtg's schema, by template ID. */
export const MTG_TEMPLATES: ReadonlyMap<number, TemplateFields> = new Map([
  [1, { event: 'EventStart', fields: [['remoteIP', 'ip']] }],
  // biome-ignore format: a template a line
  [2, { event: 'EventConnectedToDC', fields: [['remoteIP', 'ip'], ['dc', 'int32']] }],
  // biome-ignore format: a template a line
  [3, { event: 'EventTraffic', fields: [['traffic', 'uint53'], ['isRead', 'boolean']] }],
  [4, { event: 'EventFinish', fields: [] }],
  [5, { event: 'EventDomainFronting', fields: [] }],
  [6, { event: 'EventConcurrencyLimited', fields: [] }],
  // biome-ignore format: a template a line
  [7, { event: 'EventIPBlocklisted', fields: [['remoteIP', 'ip'], ['isBlockList', 'boolean']] }],
  [8, { event: 'EventReplayAttack', fields: [] }],
  // biome-ignore format: a template a line
  [9, { event: 'EventIPListSize', fields: [['size', 'int53'], ['isBlockList', 'boolean']] }],
] satisfies readonly (readonly [number, TemplateFields])[])

/** Reads everything that one source sent. */
export function referenceDecode(
  bytes: Uint8Array,
  options: { readonly maxFrameBytes?: number } = {},
): Decoded {
  const maxFrameBytes = options.maxFrameBytes ?? 65_536
  const items: Item[] = []
  let at = 0
  const lost = (reason: LostReason): Decoded => ({
    items,
    lost: { offset: at, reason },
    consumed: at,
    partialBytes: 0,
    discardedBytes: bytes.length - at,
  })
  for (;;) {
    const rest = bytes.subarray(at)
    // The length is judged as soon as it is there, before the encoding has come.
    if (rest.length < 4) break
    const length = Number(bigEndian(rest.subarray(0, 4)))
    if (length < SOFH_BYTES || length > maxFrameBytes) return lost('framing-length')
    if (rest.length < SOFH_BYTES) break
    if (rest[4] !== 0xeb || rest[5] !== 0x50) return lost('framing-encoding')
    if (rest.length < length) break
    const decoded = decodeFrame(rest.subarray(0, length))
    if (typeof decoded === 'string') items.push({ kind: 'rejected', offset: at, reason: decoded })
    else items.push({ kind: 'event', offset: at, ...decoded })
    at += length
  }
  return { items, consumed: at, partialBytes: bytes.length - at, discardedBytes: 0 }
}

/** One whole frame; the order of the checks is the order of `REASONS`. */
function decodeFrame(frame: Uint8Array): Omit<EventItem, 'kind' | 'offset'> | Reason {
  if (frame.length < BLOCK_OFFSET) return 'message-too-short'
  const blockLength = Number(littleEndian(frame.subarray(6, 8)))
  const templateId = Number(littleEndian(frame.subarray(8, 10)))
  const schemaId = Number(littleEndian(frame.subarray(10, 12)))
  // The version (bytes 12 and 13) decides nothing: mtg's schema has only ever had one.
  if (schemaId !== MTG_SCHEMA_ID) return 'schema-mismatch'
  const template = MTG_TEMPLATES.get(templateId)
  if (template === undefined) return 'unknown-template'
  const required = template.fields.reduce((sum, [, type]) => sum + WIDTH[type], 8)
  if (blockLength < required) return 'block-too-short'
  const blockEnd = BLOCK_OFFSET + blockLength
  if (blockEnd > frame.length) return 'block-overrun'

  const timestampNs = littleEndian(frame.subarray(BLOCK_OFFSET, BLOCK_OFFSET + 8))
  const own: Record<string, string | number | boolean> = {}
  let fieldAt = BLOCK_OFFSET + 8
  for (const [name, type] of template.fields) {
    const value = fieldValue(type, frame.subarray(fieldAt, fieldAt + WIDTH[type]))
    if (typeof value === 'object') return value.reason
    own[name] = value
    fieldAt += WIDTH[type]
  }

  // The wire's block length, not the schema's, says where the stream ID begins.
  const idLength = frame[blockEnd]
  if (idLength === undefined) return 'data-overrun'
  if (idLength === 255) return 'data-null'
  const idBytes = frame.slice(blockEnd + 1, blockEnd + 1 + idLength)
  if (idBytes.length < idLength) return 'data-overrun'
  const streamId = utf8Text(idBytes)
  if (streamId === undefined) return 'text-invalid'
  // Whatever follows is a newer producer's.
  const timestamp = milliseconds(timestampNs)
  const event: EventFields = { event: template.event, streamId, timestamp, ...own }
  return { event, template: templateId, streamId, idBytes, timestampNs }
}

function fieldValue(type: FieldType, bytes: Uint8Array): string | number | boolean | { reason: Reason } {
  switch (type) {
    case 'ip':
      return ipText(bytes)
    case 'boolean':
      if (bytes[0] !== 0 && bytes[0] !== 1) return { reason: 'boolean-invalid' }
      return bytes[0] === 1
    case 'int32':
      return Number(BigInt.asIntN(32, littleEndian(bytes)))
    case 'uint53':
    case 'int53': {
      const unsigned = littleEndian(bytes)
      const value = type === 'int53' ? BigInt.asIntN(64, unsigned) : unsigned
      if (value > MAX_SAFE || value < -MAX_SAFE) return { reason: 'number-range' }
      return Number(value)
    }
  }
}

function bigEndian(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n)
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n)
}

/**
 * Nanoseconds as milliseconds. The sum rounds once that matters: from 8.2 s after
 * the epoch on it is the double nearest to the exact quotient (a test compares).
 */
function milliseconds(ns: bigint): number {
  return Number(ns / 1_000_000n) + Number(ns % 1_000_000n) / 1e6
}

/** Dotted for an IPv4-mapped address, else the canonical text of RFC 5952. */
export function ipText(bytes: Uint8Array): string {
  const isMapped =
    bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  if (isMapped) return bytes.subarray(12).join('.')
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(bytes[i]! * 256 + bytes[i + 1]!)
  // RFC 5952, 4.2: the longest run of two or more zero groups, the first of equals.
  let best = { from: 0, count: 1 }
  for (let from = 0; from < 8; from++) {
    let count = 0
    while (groups[from + count] === 0) count++
    if (count > best.count) best = { from, count }
  }
  const hex = groups.map((group) => group.toString(16))
  if (best.count < 2) return hex.join(':')
  return `${hex.slice(0, best.from).join(':')}::${hex.slice(best.from + best.count).join(':')}`
}

/** UTF-8 as RFC 3629 has it, a leading U+FEFF kept; `undefined` when it is malformed. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  let text = ''
  let i = 0
  while (i < bytes.length) {
    const first = bytes[i]!
    // Bytes in the sequence, the bits of its first byte, the least code point that needs so many.
    let shape: readonly [count: number, bits: number, least: number]
    if (first < 0x80) shape = [1, first, 0]
    else if (first >= 0xc0 && first < 0xe0) shape = [2, first & 0x1f, 0x80]
    else if (first >= 0xe0 && first < 0xf0) shape = [3, first & 0x0f, 0x800]
    else if (first >= 0xf0 && first < 0xf8) shape = [4, first & 0x07, 0x10000]
    else return undefined
    const [count, bits, least] = shape
    let codePoint = bits
    for (let k = 1; k < count; k++) {
      const next = bytes[i + k]
      if (next === undefined || next < 0x80 || next > 0xbf) return undefined
      codePoint = codePoint * 64 + (next & 0x3f)
    }
    const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff
    if (codePoint < least || codePoint > 0x10ffff || isSurrogate) return undefined
    text += String.fromCodePoint(codePoint)
    i += count
  }
  return text
}
