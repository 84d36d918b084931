// A second reading of the kitchen sink's frames (test/compile/fixtures/kitchen-sink.xml):
// which are events, of which stream, and why the others are rejected. Its facts are
// worked out from the XML by hand; it imports nothing of the product.

import { utf8Text } from '../../reference.js'

interface Check {
  readonly kind: 'boolean' | 'int53' | 'uint53'
  readonly at: number
  readonly since?: number
  /** The value that means null, as it stands on the wire. */
  readonly nullValue?: bigint
}

interface Data {
  /** Bytes of the length. */
  readonly width: 1 | 2 | 4
  readonly isText: boolean
  readonly isKey?: boolean
  readonly since?: number
  readonly most?: number
}

interface Message {
  readonly event: string
  /** From a version on, the block has so many bytes: to the end of the last field that is there then. */
  readonly blocks: readonly (readonly [since: number, bytes: number])[]
  readonly checks: readonly Check[]
  readonly data: readonly Data[]
}

const ID: Data = { width: 1, isText: true, isKey: true, most: 254 }
const SHORT_TEXT: Data = { width: 1, isText: true, most: 254 }
const LATIN_TEXT: Data = { width: 2, isText: false, most: 65_534 }
const BLOB: Data = { width: 4, isText: false, most: 1_000 }

const MESSAGES: ReadonlyMap<number, Message> = new Map<number, Message>([
  [
    1,
    {
      event: 'Numbers',
      blocks: [[0, 44]],
      checks: [
        { kind: 'int53', at: 14 },
        { kind: 'uint53', at: 22 },
      ],
      data: [ID],
    },
  ],
  [
    2,
    {
      event: 'Optionals',
      blocks: [[0, 76]],
      checks: [
        { kind: 'int53', at: 4, nullValue: 0n },
        { kind: 'boolean', at: 36, nullValue: 255n },
        { kind: 'int53', at: 68, nullValue: 2n ** 64n - 5n },
      ],
      data: [ID, SHORT_TEXT],
    },
  ],
  // The last member of its last field is there since version 2.
  [
    3,
    {
      event: 'Shapes',
      blocks: [
        [0, 102],
        [2, 103],
      ],
      checks: [],
      data: [BLOB, ID, LATIN_TEXT],
    },
  ],
  [
    4,
    {
      event: 'Grown',
      blocks: [
        [0, 2],
        [1, 8],
        [3, 13],
      ],
      checks: [{ kind: 'boolean', at: 8, since: 3 }],
      data: [ID, { ...SHORT_TEXT, since: 2 }, { ...BLOB, since: 3 }],
    },
  ],
  [5, { event: 'ShutdownNotice', blocks: [[0, 0]], checks: [], data: [] }],
  [65_535, { event: 'Default', blocks: [[0, 9]], checks: [], data: [SHORT_TEXT, ID] }],
])

const SCHEMA_ID = 513n
const FRAMING_BYTES = 6
const HEADER_BYTES = 26
const MAX_SAFE = 2n ** 53n - 1n

/** What a frame is: an event and its stream, or a reason, and where the frame begins. */
export type Judgement = readonly [offset: number, verdict: string, streamId?: string]

function unsigned(bytes: Uint8Array, at: number, width: number): bigint {
  let value = 0n
  for (let index = width - 1; index >= 0; index--) value = value * 256n + BigInt(bytes[at + index]!)
  return value
}

function isWrong({ kind, at, nullValue }: Check, block: Uint8Array): boolean {
  const value = unsigned(block, at, kind === 'boolean' ? 1 : 8)
  if (value === nullValue) return false
  if (kind === 'boolean') return value > 1n
  if (kind === 'uint53') return value > MAX_SAFE
  const signed = BigInt.asIntN(64, value)
  return signed > MAX_SAFE || signed < -MAX_SAFE
}

/** A whole frame: its event and stream ID, or the reason for which it is rejected. */
function judge(frame: Uint8Array): readonly [verdict: string, streamId?: string] {
  if (frame.length < FRAMING_BYTES + HEADER_BYTES) return ['message-too-short']
  const header = frame.subarray(FRAMING_BYTES)
  const version = Number(unsigned(header, 0, 4))
  if (unsigned(header, 20, 4) !== SCHEMA_ID) return ['schema-mismatch']
  const message = MESSAGES.get(Number(unsigned(header, 4, 2)))
  if (message === undefined) return ['unknown-template']
  const blockBytes = Number(unsigned(header, 14, 2))
  const needed = message.blocks.filter(([since]) => since <= version).at(-1)![1]
  if (blockBytes < needed) return ['block-too-short']
  const body = frame.subarray(FRAMING_BYTES + HEADER_BYTES)
  if (blockBytes > body.length) return ['block-overrun']
  for (const check of message.checks) {
    if ((check.since ?? 0) > version || !isWrong(check, body)) continue
    return [check.kind === 'boolean' ? 'boolean-invalid' : 'number-range']
  }
  let rest = body.subarray(blockBytes)
  let key = new Uint8Array(0)
  for (const { width, isText, isKey, since = 0, most = 0 } of message.data) {
    if (since > version) continue
    if (rest.length < width) return ['data-overrun']
    const length = Number(unsigned(rest, 0, width))
    if (length === 2 ** (8 * width) - 1) return ['data-null']
    if (length > most) return ['data-too-long']
    if (length > rest.length - width) return ['data-overrun']
    const text = rest.slice(width, width + length)
    // The key is looked at last, since for a known stream that needs no reading.
    if (isKey) key = text
    else if (isText && utf8Text(text) === undefined) return ['text-invalid']
    rest = rest.subarray(width + length)
  }
  const streamId = utf8Text(key)
  return streamId === undefined ? ['text-invalid'] : [message.event, streamId]
}

/** All that a source sent, the frame that is cut off at its end included. */
export function judgeKitchenSink(bytes: Uint8Array, maxFrameBytes: number): Judgement[] {
  const judged: Judgement[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at < bytes.length; ) {
    const left = bytes.length - at
    const length = left < 4 ? 0 : view.getUint32(at)
    const isWrongLength = left >= 4 && (length < FRAMING_BYTES || length > maxFrameBytes)
    const isWrongEncoding = left >= FRAMING_BYTES && view.getUint16(at + 4) !== 0xeb50
    if (isWrongLength || isWrongEncoding) {
      return [...judged, [at, isWrongLength ? 'framing-length' : 'framing-encoding']]
    }
    if (left < FRAMING_BYTES || left < length) return [...judged, [at, 'truncated']]
    judged.push([at, ...judge(bytes.subarray(at, at + length))])
    at += length
  }
  return judged
}
