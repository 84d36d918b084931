// Writes frames for tests, good ones and every kind of bad one, from the wire format
// alone: by default a correct frame, and each number in it can be made to lie.

/** One frame. What a template doesn't have is left out; what it has defaults to 0, false or `::`. */
export interface FrameSpec {
  /** Template ID; one that mtg's schema doesn't have gets a block of the timestamp alone. */
  readonly template: number
  /** Nanoseconds since the epoch, any uint64. */
  readonly timestamp?: bigint
  /** Text of an address, or its 16 bytes. */
  readonly remoteIP?: string | Uint8Array
  readonly dc?: number
  readonly traffic?: bigint | number
  readonly size?: bigint | number
  /** A number is written as that byte. */
  readonly isRead?: boolean | number
  readonly isBlockList?: boolean | number
  /** Text, or the ID's bytes, well-formed or not. At most 255 bytes are asked for. */
  readonly streamId?: string | Uint8Array
  /** The length byte and the bytes exactly so, instead of `streamId`; empty leaves both out. */
  readonly rawStreamId?: Uint8Array
  readonly version?: number
  readonly schemaId?: number
  /** Bytes after the known fields, counted in the block length: a newer producer's. */
  readonly extraBlockBytes?: Uint8Array
  /** Bytes after the stream ID, inside the frame. */
  readonly extraVarData?: Uint8Array
  /** Replaces the whole root block's bytes. */
  readonly block?: Uint8Array
  /** The block length that the header claims, instead of the true one. */
  readonly blockLength?: number
  /** The message length that the framing header claims, instead of the true one. */
  readonly length?: number
  /** Encoding type, 0xEB50 when left out. */
  readonly encoding?: number
}

type Bytes = readonly number[] | Uint8Array

/** One frame's bytes. */
export function frame(spec: FrameSpec): Uint8Array<ArrayBuffer> {
  const block = spec.block ?? concat(knownFields(spec), spec.extraBlockBytes ?? [])
  const body = concat(
    littleEndian(spec.blockLength ?? block.length, 2),
    littleEndian(spec.template, 2),
    littleEndian(spec.schemaId ?? 1, 2),
    littleEndian(spec.version ?? 0, 2),
    block,
    spec.rawStreamId ?? streamId(spec.streamId ?? ''),
    spec.extraVarData ?? [],
  )
  return concat(
    littleEndian(spec.length ?? 6 + body.length, 4).reverse(),
    littleEndian(spec.encoding ?? 0xeb50, 2).reverse(),
    body,
  )
}

/** Several frames, one after the other. */
export function referenceFrames(specs: Iterable<FrameSpec>): Uint8Array<ArrayBuffer> {
  return concat(...Array.from(specs, frame))
}

export function concat(...parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

function knownFields(spec: FrameSpec): Uint8Array {
  const timestamp = littleEndian(spec.timestamp ?? 0n, 8)
  const remoteIP = typeof spec.remoteIP === 'object' ? spec.remoteIP : ipBytes(spec.remoteIP ?? '::')
  switch (spec.template) {
    case 1:
      return concat(timestamp, remoteIP)
    case 2:
      return concat(timestamp, remoteIP, littleEndian(spec.dc ?? 0, 4))
    case 3:
      return concat(timestamp, littleEndian(spec.traffic ?? 0, 8), [Number(spec.isRead ?? 0)])
    case 7:
      return concat(timestamp, remoteIP, [Number(spec.isBlockList ?? 0)])
    case 9:
      return concat(timestamp, littleEndian(spec.size ?? 0, 8), [Number(spec.isBlockList ?? 0)])
    default:
      return concat(timestamp)
  }
}

function streamId(id: string | Uint8Array): Uint8Array {
  const bytes = typeof id === 'string' ? new TextEncoder().encode(id) : id
  if (bytes.length > 255) throw new RangeError(`stream ID is ${bytes.length} bytes, its length is one byte`)
  return concat([bytes.length], bytes)
}

/** Two's complement when negative. */
function littleEndian(value: bigint | number, width: number): number[] {
  let rest = BigInt.asUintN(8 * width, BigInt(value))
  const bytes: number[] = []
  for (let i = 0; i < width; i++) {
    bytes.push(Number(rest % 256n))
    rest /= 256n
  }
  return bytes
}

/** The 16 bytes of an address: dotted IPv4 as IPv4-mapped, or IPv6 with at most one `::`. */
export function ipBytes(text: string): Uint8Array {
  if (!text.includes(':')) return concat(new Uint8Array(10), [0xff, 0xff], text.split('.').map(Number))
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((hex) => Number.parseInt(hex, 16))
  const [left, right] = text.split('::')
  const before = groups(left!)
  const after = groups(right ?? '')
  const zeros = new Array<number>(8 - before.length - after.length).fill(0)
  return concat(...[...before, ...zeros, ...after].map((group) => [group >> 8, group & 0xff]))
}
