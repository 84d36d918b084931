// Damage to one frame at the end of a buffer, that leaves its length true: whatever a
// broken, hostile or newer producer may send without losing its framing. And damage
// after which nothing can be read, for the last frames of a buffer.

import { BAD_TEXT, type Random } from '../../mutate.js'

/** A frame being written: [from, to) of a buffer that has room behind it. */
export interface Draft {
  readonly bytes: Buffer
  readonly view: DataView
  from: number
  to: number
}

type Damage = (draft: Draft, random: Random, seeds: readonly Buffer[]) => void

const FRAMING_BYTES = 6
const BLOCK_AT = 14
/** Most that one damage adds, bytes. */
const MOST_ADDED = 40
/** 64-bit values at the edges of what passes, low and high half. */
const NUMBERS = [
  [0, 0],
  [0xffff_ffff, 0x001f_ffff], // 2^53 − 1
  [0, 0x0020_0000], // 2^53
  [1, 0xffe0_0000], // −2^53 + 1
  [0, 0xffe0_0000], // −2^53
  [0xffff_ffff, 0xffdf_ffff], // −2^53 − 1
  [0, 0x8000_0000],
  [0xffff_ffff, 0x7fff_ffff],
  [0xffff_ffff, 0xffff_ffff],
  [0xffff_ffff, 0],
] as const satisfies readonly (readonly [number, number])[]
const BYTES = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff] as const
const BLOCK_LENGTHS = [0, 7, 8, 9, 16, 17, 18, 23, 24, 25, 26, 27, 28, 29, 0x7fff, 0xffff] as const
const TEMPLATES = [0, 1, 1, 2, 3, 4, 4, 4, 5, 6, 7, 8, 9, 10, 0x0103, 0xffff] as const
const SCHEMAS = [0, 1, 1, 2, 0x0101, 0xffff] as const
const VERSIONS = [0, 1, 2, 0x0100, 0xffff] as const

const u16 = ({ bytes }: Draft, at: number): number => bytes[at]! + 256 * bytes[at + 1]!
function setU16({ bytes }: Draft, at: number, value: number): void {
  bytes[at] = value & 255
  bytes[at + 1] = (value >> 8) & 255
}

/** Makes the message length true again. */
function trueLength(draft: Draft): void {
  draft.view.setUint32(draft.from, draft.to - draft.from)
}

/** Where the ID's length byte should be; the frame's end when the block claims to reach past it. */
function idAt(draft: Draft): number {
  const { from, to } = draft
  return to - from < BLOCK_AT ? to : Math.min(to, from + BLOCK_AT + u16(draft, from + 6))
}

/** Makes room for, or takes away, bytes at a place. */
function resize(draft: Draft, at: number, added: number): void {
  if (added < 0) draft.bytes.copyWithin(at, at - added, draft.to)
  else draft.bytes.copyWithin(at + added, at, draft.to)
  draft.to += added
  trueLength(draft)
}

/** An index behind the framing, before the end; the end when there is none. */
const inside = ({ from, to }: Draft, random: Random): number =>
  Math.min(to, from + FRAMING_BYTES + random.below(to - from - FRAMING_BYTES))

const flipBit: Damage = (draft, random) => {
  const at = inside(draft, random)
  if (at < draft.to) draft.bytes[at]! ^= 1 << random.below(8)
}

const setByte: Damage = (draft, random) => {
  const at = inside(draft, random)
  if (at < draft.to) draft.bytes[at] = random.pick(BYTES)
}

/** A bit of the fields: most such frames are good ones. */
const flipFieldBit: Damage = (draft, random) => {
  const fields = idAt(draft) - draft.from - BLOCK_AT
  if (fields > 0) draft.bytes[draft.from + BLOCK_AT + random.below(fields)]! ^= 1 << random.below(8)
}

/** A member of the message header. */
function setMember(offset: number, values: readonly [number, ...number[]]): Damage {
  return (draft, random) => {
    if (draft.to - draft.from >= BLOCK_AT) setU16(draft, draft.from + offset, random.pick(values))
  }
}

const blockLengthByOne: Damage = (draft, random) => {
  if (draft.to - draft.from < BLOCK_AT) return
  setU16(draft, draft.from + 6, u16(draft, draft.from + 6) + (random.below(2) === 0 ? 1 : -1))
}

/** A number at an edge: the timestamp, or the field behind it. */
const edgeNumber: Damage = (draft, random) => {
  const at = draft.from + BLOCK_AT + 8 * random.below(2)
  const [low, high] = random.pick<readonly [number, number]>(NUMBERS)
  if (at + 8 > draft.to) return
  draft.view.setUint32(at, low, true)
  draft.view.setUint32(at + 4, high, true)
}

/** A time in the first hours since the epoch, where the last bits of its fraction show. */
const earlyTime: Damage = (draft, random) => {
  const at = draft.from + BLOCK_AT
  if (at + 8 > draft.to) return
  draft.view.setUint32(at, random.uint32(), true)
  draft.view.setUint32(at + 4, random.below(2 ** (1 + random.below(14))), true)
}

/** The block's last byte, where mtg's schema has its booleans. */
const lastBlockByte: Damage = (draft, random) => {
  const at = idAt(draft) - 1
  if (at >= draft.from + BLOCK_AT) draft.bytes[at] = random.pick(BYTES)
}

const damageText: Damage = (draft, random) => {
  const first = idAt(draft) + 1
  if (first >= draft.to) return
  const bad = random.pick<readonly number[]>(BAD_TEXT)
  // At the very end as often as anywhere: what follows is cut off.
  const at =
    random.below(2) === 0 ? first + random.below(draft.to - first) : Math.max(first, draft.to - bad.length)
  for (let index = 0; index < bad.length && at + index < draft.to; index++)
    draft.bytes[at + index] = bad[index]!
}

const idLength: Damage = (draft, random) => {
  const at = idAt(draft)
  if (at >= draft.to) return
  const now = draft.bytes[at]!
  draft.bytes[at] = random.pick([now - 1, now + 1, 0, 254, 255])
}

/** The ID's length and content both one byte longer or shorter. */
const idByOne: Damage = (draft, random) => {
  const at = idAt(draft)
  if (at + 1 >= draft.to || draft.bytes[at]! > 253) return
  const added = random.below(2) === 0 ? 1 : -1
  draft.bytes[at]! += added
  resize(draft, at + 1, added)
}

/** What a newer producer does, all lengths true: a longer block, or more after the stream ID. */
const evolve: Damage = (draft, random) => {
  const added = 1 + random.below(20)
  const at = random.below(2) === 0 ? idAt(draft) : draft.to
  if (draft.to - draft.from < BLOCK_AT) return
  if (at < draft.to) setU16(draft, draft.from + 6, u16(draft, draft.from + 6) + added)
  resize(draft, at, added)
  for (let index = 0; index < added; index++) draft.bytes[at + index] = random.below(256)
}

/** Bytes are missing, the message length knows it. */
const shorten: Damage = (draft, random) => {
  const { from, to } = draft
  const most = to - from - FRAMING_BYTES
  if (most <= 0) return
  const removed = 1 + random.below(Math.min(most, 20))
  // Off the end, or out of the middle.
  resize(
    draft,
    random.below(2) === 0 ? to - removed : inside({ ...draft, to: to - removed }, random),
    -removed,
  )
}

/** A piece of another frame stands in the middle of this one. */
const splice: Damage = (draft, random, seeds) => {
  const other = seeds[random.below(seeds.length)]!
  const start = random.below(other.length)
  const piece = Math.min(1 + random.below(MOST_ADDED), other.length - start)
  const at = inside(draft, random)
  // In place of what is there, or before it.
  if (random.below(2) === 0) resize(draft, at, piece)
  else if (at + piece > draft.to) return
  other.copy(draft.bytes, at, start, start + piece)
}

/** Nothing but noise behind the framing, or behind the header. */
const noise: Damage = (draft, random) => {
  const start = random.below(4) === 0 ? FRAMING_BYTES : BLOCK_AT
  for (let at = draft.from + start; at < draft.to; at++) draft.bytes[at] = random.uint32() & 255
}

/** So short that nothing, or only the header, is left. */
const stump: Damage = (draft, random) => {
  const length = random.pick([6, 7, 13, 14, 15, 21, 22])
  if (draft.to - draft.from > length) resize(draft, draft.from + length, draft.from + length - draft.to)
}

/** Some more often than others. */
const LOCAL: readonly [Damage, ...Damage[]] = [
  flipBit,
  flipBit,
  flipFieldBit,
  flipFieldBit,
  flipFieldBit,
  setByte,
  setMember(6, BLOCK_LENGTHS),
  blockLengthByOne,
  setMember(8, TEMPLATES),
  setMember(8, TEMPLATES),
  setMember(10, SCHEMAS),
  setMember(12, VERSIONS),
  edgeNumber,
  edgeNumber,
  edgeNumber,
  earlyTime,
  lastBlockByte,
  damageText,
  damageText,
  idLength,
  idByOne,
  evolve,
  evolve,
  evolve,
  shorten,
  splice,
  noise,
  stump,
]

/** Damages the draft one to three times; its length stays true. */
export function damageLocally(draft: Draft, random: Random, seeds: readonly Buffer[]): void {
  const times = random.below(4) === 0 ? 2 + random.below(2) : 1
  for (let left = times; left > 0; left--) random.pick(LOCAL)(draft, random, seeds)
}

const LENGTHS = [0, 1, 5, 6, 7, 13, 14, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1] as const

/** Damages what the framing says of the draft: nothing behind it is read as it was meant. */
export function damageFraming(draft: Draft, random: Random, maxFrameBytes: number): void {
  const { bytes, view, from } = draft
  const length = draft.to - from
  switch (random.below(9)) {
    case 0:
      view.setUint32(from, length + (random.below(2) === 0 ? 1 : -1))
      break
    case 1:
      view.setUint32(from, random.pick(LENGTHS))
      break
    case 2:
      view.setUint32(from, maxFrameBytes + random.below(2))
      break
    case 3:
      bytes[from + random.below(FRAMING_BYTES)]! ^= 1 << random.below(8)
      break
    case 4:
      view.setUint16(from + 4, random.pick([0x50eb, 0x5be0, 0xeb51, 0, 0xffff]))
      break
    case 5:
      // A piece is missing, and no length knows it.
      draft.to -= 1 + random.below(length - 1)
      break
    case 6:
      view.setUint32(from, length + random.below(200))
      break
    case 7: {
      // A frame of the longest length allowed, or one byte longer: true, if it is short enough to be made.
      const wanted = maxFrameBytes + random.below(2)
      if (wanted > 9_000 || wanted < length) break
      bytes.fill(0x61, draft.to, from + wanted)
      draft.to = from + wanted
      trueLength(draft)
      break
    }
    default:
      for (let at = from; at < draft.to; at++) bytes[at] = random.uint32() & 255
  }
}
