// Damages frames, the same way for the same seed: what a broken, hostile or newer
// producer may send. Aimed at the headers and at text, because random bytes alone
// nearly always lose the framing at once and test nothing else.
import { concat } from './reference-frames.js'
import { Sfc32 } from './sfc32.js'

/** Seeded by 32 bits. */
export class Random extends Sfc32 {
  constructor(seed: number) {
    super(seed, Math.imul(seed, 0x9e3779b1), ~seed)
  }
}

const LENGTHS = [0, 1, 5, 6, 7, 13, 14, 65_535, 65_536, 65_537, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1] as const
/** What isn't UTF-8, and what nearly isn't. */
export const BAD_TEXT = [
  [0xc0, 0x80], // NUL, overlong
  [0xc1, 0xbf], // DEL, overlong
  [0xe0, 0x80, 0xaf], // slash, overlong
  [0xe0, 0x9f, 0xbf], // U+07FF, overlong
  [0xf0, 0x80, 0x80, 0x80], // overlong
  [0xf0, 0x8f, 0xbf, 0xbf], // U+FFFF, overlong
  [0xed, 0xa0, 0x80], // the first surrogate
  [0xed, 0xbf, 0xbf], // the last
  [0xf4, 0x90, 0x80, 0x80], // past U+10FFFF
  [0xf8, 0x88, 0x80, 0x80, 0x80], // five bytes
  [0x80], // a continuation alone
  [0xe2, 0x82], // cut
  [0xff],
  [0xef, 0xbb, 0xbf], // well-formed: U+FEFF
  [0xe0, 0xa0, 0x80], // well-formed: U+0800
  [0xf0, 0x90, 0x80, 0x80], // well-formed: U+10000
  [0xed, 0x9f, 0xbf], // well-formed: the last before the surrogates
  [0xf4, 0x8f, 0xbf, 0xbf], // well-formed: U+10FFFF
] as const
/** 64-bit values at the edges of what passes, and past them. */
const NUMBERS = [0n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n) + 1n, -(2n ** 53n), 2n ** 63n, -1n] as const

/** A whole frame within the bytes. */
interface Span {
  readonly from: number
  readonly to: number
}
type Mutation = (bytes: Uint8Array<ArrayBuffer>, span: Span, random: Random) => Uint8Array<ArrayBuffer>

/**
 * A damaged copy, one to four mutations away.
 * @param bytes frames, whole ones at least at the start
 * @param seed a uint32; the same one gives the same bytes
 */
export function mutateFrames(bytes: Uint8Array, seed: number): Uint8Array<ArrayBuffer> {
  const random = new Random(seed)
  let mutated = concat(bytes)
  for (let left = 1 + random.below(4); left > 0; left--) {
    const spans = frameSpans(mutated)
    // Without a whole frame left there is nothing to aim at but the bytes themselves.
    const span = spans[random.below(spans.length)]
    const mutation = span === undefined ? flipBit : random.pick(MUTATIONS)
    mutated = mutation(mutated, span ?? { from: 0, to: mutated.length }, random)
  }
  return mutated
}

/** Whole frames with both headers, as far as the lengths make sense. */
function frameSpans(bytes: Uint8Array<ArrayBuffer>): Span[] {
  const view = new DataView(bytes.buffer)
  const spans: Span[] = []
  let from = 0
  while (from + 14 <= bytes.length) {
    const length = view.getUint32(from)
    if (length < 14 || from + length > bytes.length) break
    spans.push({ from, to: from + length })
    from += length
  }
  return spans
}

const flipBit: Mutation = (bytes, { from, to }, random) => {
  const at = from + random.below(to - from)
  if (at < bytes.length) bytes[at]! ^= 1 << random.below(8)
  return bytes
}

const setByte: Mutation = (bytes, { from, to }, random) => {
  bytes[from + random.below(to - from)] = random.pick([0, 1, 2, 0x7f, 0x80, 0xff])
  return bytes
}

const lengthByOne: Mutation = (bytes, { from, to }, random) =>
  setLength(bytes, from, to - from + random.pick([-1, 1]))

const extremeLength: Mutation = (bytes, { from }, random) => setLength(bytes, from, random.pick(LENGTHS))

function setLength(bytes: Uint8Array<ArrayBuffer>, from: number, length: number): Uint8Array<ArrayBuffer> {
  new DataView(bytes.buffer).setUint32(from, length)
  return bytes
}

/** A header member, 16 bits little-endian at `offset` in the frame. */
function setHeader(offset: number, values: readonly [number, ...number[]]): Mutation {
  return (bytes, { from }, random) => {
    new DataView(bytes.buffer).setUint16(from + offset, random.pick(values), true)
    return bytes
  }
}

const blockLengthByOne: Mutation = (bytes, { from }, random) => {
  const view = new DataView(bytes.buffer)
  view.setUint16(from + 6, view.getUint16(from + 6, true) + random.pick([-1, 1]), true)
  return bytes
}

/** A number at an edge, 8 bytes after the timestamp: a traffic or a size, or part of an address. */
const edgeNumber: Mutation = (bytes, { from, to }, random) => {
  const value = random.pick(NUMBERS)
  if (from + 30 <= to) new DataView(bytes.buffer).setBigUint64(from + 22, BigInt.asUintN(64, value), true)
  return bytes
}

/** The block's last byte, where mtg's schema has its booleans. */
const lastBlockByte: Mutation = (bytes, span, random) => {
  const at = idAt(bytes, span) - 1
  if (at >= span.from + 14) bytes[at] = random.pick([0, 1, 2, 0xff])
  return bytes
}

/** Malformed text somewhere in the stream ID, its length unchanged. */
const damageText: Mutation = (bytes, span, random) => {
  const first = idAt(bytes, span) + 1
  if (first >= span.to) return bytes
  const bad = random.pick<readonly number[]>(BAD_TEXT)
  const at = first + random.below(span.to - first)
  bytes.set(bad.slice(0, span.to - at), at)
  return bytes
}

const idLength: Mutation = (bytes, span, random) => {
  const at = idAt(bytes, span)
  if (at < span.to) bytes[at] = random.pick([bytes[at]! - 1, bytes[at]! + 1, 0, 254, 255])
  return bytes
}

/** Index of the stream ID's length byte, or the frame's end when the block claims to reach past it. */
function idAt(bytes: Uint8Array<ArrayBuffer>, { from, to }: Span): number {
  return Math.min(to, from + 14 + new DataView(bytes.buffer).getUint16(from + 6, true))
}

/** What a newer producer does, all lengths true: a longer block, or more after the stream ID. */
const evolve: Mutation = (bytes, span, random) => {
  const { from, to } = span
  const view = new DataView(bytes.buffer)
  const extra = Uint8Array.from({ length: 1 + random.below(20) }, () => random.below(256))
  const at = random.pick([idAt(bytes, span), to])
  if (at < to) view.setUint16(from + 6, view.getUint16(from + 6, true) + extra.length, true)
  setLength(bytes, from, to - from + extra.length)
  return concat(bytes.subarray(0, at), extra, bytes.subarray(at))
}

const splice: Mutation = (bytes, _span, random) => {
  const from = random.below(bytes.length)
  const piece = bytes.subarray(from, from + 1 + random.below(40))
  const at = random.below(bytes.length + 1)
  return concat(bytes.subarray(0, at), piece, bytes.subarray(at))
}

const cutOut: Mutation = (bytes, _span, random) => {
  const at = random.below(bytes.length)
  return concat(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(40)))
}

const cutEnd: Mutation = (bytes, _span, random) => bytes.slice(0, random.below(bytes.length + 1))

const repeatFrame: Mutation = (bytes, { from, to }) => concat(bytes.subarray(0, to), bytes.subarray(from))

const dropFrame: Mutation = (bytes, { from, to }) => concat(bytes.subarray(0, from), bytes.subarray(to))

const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  flipBit,
  setByte,
  lengthByOne,
  extremeLength,
  setHeader(6, [0, 7, 8, 16, 17, 24, 25, 28, 29, 0x7fff, 0xffff]),
  blockLengthByOne,
  setHeader(8, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0x0100, 0xffff]),
  setHeader(10, [0, 1, 2, 0x0100, 0xffff]),
  setHeader(12, [0, 1, 2, 0xffff]),
  edgeNumber,
  lastBlockByte,
  damageText,
  idLength,
  evolve,
  splice,
  cutOut,
  cutEnd,
  repeatFrame,
  dropFrame,
]
