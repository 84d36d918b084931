// Writes the simulation's frames, good and bad, from the wire format alone, and says
// what the fields of each event must read as. Faster than test/reference-frames.ts, and
// which simulation.test.ts compares with the reference; it knows nothing of src/.

/** An event's fields beside its stream, as an observer must get them: all derived from its number. */
export interface Fields {
  readonly event: string
  readonly remoteIP?: string
  readonly dc?: number
  readonly traffic?: number
  readonly size?: number
  readonly isRead?: boolean
  readonly isBlockList?: boolean
}

/** Bytes of each template's block, timestamp included, by template ID. */
const BLOCK_BYTES = [0, 24, 28, 17, 8, 8, 8, 25, 8, 17]
const EVENTS = [
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
]
export const OPENS = 1
export const TRAFFIC = 3
export const ENDS = 4
export const TEMPLATE_IDS = [1, 2, 3, 4, 5, 6, 7, 8, 9]
/** Templates whose events belong to a stream, but neither open nor end it. */
export const GOES_ON = [2, 3, 3, 3, 3, 3, 5, 8]
export const KEYLESS = [6, 7, 9]
/** Observers' methods, by template ID. */
export const METHODS = EVENTS.map((event) => `e${event.slice(1)}`)

const BLOCK_OFFSET = 14
const MILLION = 1_000_000
const WORD = 2 ** 32
const ADDRESSES = 32
/** IPv4 as IPv4-mapped, by turns with IPv6 that has no zero group, so that its text is plain. */
const ADDRESS_BYTES = Array.from({ length: ADDRESSES }, (_, index) =>
  index % 2 === 0
    ? Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, index)
    : Uint8Array.of(0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, index),
)
const ADDRESS_TEXTS = Array.from({ length: ADDRESSES }, (_, index) =>
  index % 2 === 0 ? `203.0.113.${index}` : `2001:db8:102:304:506:708:90a:${((11 << 8) | index).toString(16)}`,
)

const addressOf = (number: number): number => (number * 7) % ADDRESSES
const isOdd = (number: number): boolean => number % 2 === 1
const dcOf = (number: number): number => (number % 11) - 5
const trafficOf = (number: number): number =>
  number % 101 === 0 ? Number.MAX_SAFE_INTEGER : (number % 1_000_003) * 2_654_435_761
const sizeOf = (number: number): number => (number % 3 === 0 ? 0 - number : number * 65_537)

/** What an event of this template and number must read as. */
export function fieldsOf(template: number, number: number): Fields {
  const event = EVENTS[template]!
  switch (template) {
    case 1:
      return { event, remoteIP: ADDRESS_TEXTS[addressOf(number)]! }
    case 2:
      return { event, remoteIP: ADDRESS_TEXTS[addressOf(number)]!, dc: dcOf(number) }
    case 3:
      return { event, traffic: trafficOf(number), isRead: isOdd(number) }
    case 7:
      return { event, remoteIP: ADDRESS_TEXTS[addressOf(number)]!, isBlockList: isOdd(number) }
    case 9:
      return { event, size: sizeOf(number), isBlockList: isOdd(number) }
    default:
      return { event }
  }
}

/** Whether an event's own fields are as they were written; the same as comparing with `fieldsOf`, without the object. */
export function hasFields(event: { readonly event: string }, template: number, number: number): boolean {
  const got = event as Fields
  if (got.event !== EVENTS[template]) return false
  switch (template) {
    case 1:
      return got.remoteIP === ADDRESS_TEXTS[addressOf(number)]
    case 2:
      return got.remoteIP === ADDRESS_TEXTS[addressOf(number)] && got.dc === dcOf(number)
    case 3:
      return got.traffic === trafficOf(number) && got.isRead === isOdd(number)
    case 7:
      return got.remoteIP === ADDRESS_TEXTS[addressOf(number)] && got.isBlockList === isOdd(number)
    case 9:
      return got.size === sizeOf(number) && got.isBlockList === isOdd(number)
    default:
      return true
  }
}

/** What a newer producer adds to a frame. */
export interface Newer {
  readonly blockBytes: number
  readonly dataBytes: number
  readonly version: number
}

const AS_IS: Newer = { blockBytes: 0, dataBytes: 0, version: 0 }

/** Bytes of a frame. */
export function frameBytes(template: number, idBytes: number, newer = AS_IS): number {
  return BLOCK_OFFSET + BLOCK_BYTES[template]! + newer.blockBytes + 1 + idBytes + newer.dataBytes
}

/** Ways in which a frame is malformed, each with the one reason that a reader must give. */
export const DAMAGES = [
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
export const LOSSES = ['framing-length', 'framing-encoding'] as const
export type Damage = (typeof DAMAGES)[number] | (typeof LOSSES)[number]

/** Overlong, a surrogate, past U+10FFFF, a continuation alone, cut off. */
const BAD_TEXTS = [
  [0xc0, 0x80],
  [0xe0, 0x80, 0xaf],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0x80],
  [0xe2, 0x82],
]
/** By how much a value is beyond the first that is wrong: every third time it is that one. */
const excess = (number: number, most: number): number => (number % 3 === 0 ? 0 : number % most)

const NO_ID = new Uint8Array(0)

/** Frames one behind the other, in a buffer that grows. */
export class FrameBuffer {
  bytes = new Uint8Array(4_096)
  filled = 0
  #view = new DataView(this.bytes.buffer)

  #reserve(more: number): void {
    if (this.filled + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.filled + more, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.filled))
    this.bytes = grown
    this.#view = new DataView(grown.buffer)
  }

  #uint64(at: number, value: number): void {
    const high = Math.floor(value / WORD)
    this.#view.setUint32(at, value - high * WORD, true)
    // Negative ones come out as two's complement: the quotient is rounded down, and setUint32 wraps.
    this.#view.setUint32(at + 4, high, true)
  }

  /** Writes the frame of an event, and gives back its bytes. */
  event(template: number, number: number, id: Uint8Array, newer = AS_IS): number {
    const start = this.filled
    const blockBytes = BLOCK_BYTES[template]! + newer.blockBytes
    const length = BLOCK_OFFSET + blockBytes + 1 + id.length + newer.dataBytes
    this.#reserve(length)
    const { bytes } = this
    const view = this.#view
    view.setUint32(start, length)
    view.setUint16(start + 4, 0xeb50)
    view.setUint16(start + 6, blockBytes, true)
    view.setUint16(start + 8, template, true)
    view.setUint16(start + 10, 1, true)
    view.setUint16(start + 12, newer.version, true)
    const block = start + BLOCK_OFFSET
    this.#uint64(block, number * MILLION)
    const own = block + 8
    switch (template) {
      case 1:
        bytes.set(ADDRESS_BYTES[addressOf(number)]!, own)
        break
      case 2:
        bytes.set(ADDRESS_BYTES[addressOf(number)]!, own)
        view.setInt32(own + 16, dcOf(number), true)
        break
      case 3:
        this.#uint64(own, trafficOf(number))
        bytes[own + 8] = number % 2
        break
      case 7:
        bytes.set(ADDRESS_BYTES[addressOf(number)]!, own)
        bytes[own + 16] = number % 2
        break
      case 9:
        this.#uint64(own, sizeOf(number))
        bytes[own + 8] = number % 2
        break
    }
    const data = block + blockBytes
    // What a newer producer adds must not read as something known.
    bytes.fill(0xee, data - newer.blockBytes, data)
    bytes[data] = id.length
    bytes.set(id, data + 1)
    bytes.fill(0xee, data + 1 + id.length, start + length)
    this.filled = start + length
    return length
  }

  /** Writes a malformed frame, and gives back its bytes. `longest` is what frames may have. */
  malformed(damage: Damage, number: number, longest: number): number {
    const start = this.filled
    if (damage === 'text-invalid') {
      return this.event(TRAFFIC, number, Uint8Array.from([0x61, ...BAD_TEXTS[number % BAD_TEXTS.length]!]))
    }
    if (damage === 'message-too-short') {
      const length = 6 + (number % 8)
      this.event(ENDS, number, NO_ID)
      this.#view.setUint32(start, length)
      this.filled = start + length
      return length
    }
    const template = damage === 'number-range' && isOdd(number) ? 9 : TRAFFIC
    const length = this.event(template, number, Uint8Array.of(0x78))
    const view = this.#view
    const block = start + BLOCK_OFFSET
    const data = block + 17
    switch (damage) {
      case 'framing-length':
        view.setUint32(start, isOdd(number) ? number % 6 : longest + 1 + excess(number, 60_000) * 65_537)
        break
      case 'framing-encoding':
        view.setUint16(start + 4, 0x5be0)
        break
      case 'schema-mismatch':
        view.setUint16(start + 10, 2 + (number % 60_000), true)
        break
      case 'unknown-template':
        view.setUint16(start + 8, 10 + (number % 60_000), true)
        break
      case 'block-too-short':
        view.setUint16(start + 6, number % 17, true)
        break
      case 'block-overrun':
        view.setUint16(start + 6, length - BLOCK_OFFSET + 1 + excess(number, 60_000), true)
        break
      case 'boolean-invalid':
        this.bytes[block + 16] = 2 + excess(number, 254)
        break
      case 'number-range':
        this.#uint64(block + 8, template === 9 ? -(2 ** 53) : 2 ** 53)
        break
      case 'data-overrun':
        this.bytes[data] = 2 + excess(number, 253)
        break
      case 'data-null':
        this.bytes[data] = 255
        break
    }
    return length
  }
}
