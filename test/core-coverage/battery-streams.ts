// Checks of how streams are found: the table beside a Map, what the hot path takes and
// leaves to others, what is noted when it looks ahead.
import { expect } from 'vitest'
import {
  BUCKET_BYTES,
  BUCKET_INLINE_BYTES,
  BUCKET_UNPADDED_BYTES,
  CONTROL_FRAME_ADDRESS,
  CONTROL_MAX_FRAME_BYTES,
  CONTROL_NOTES,
  CONTROL_REASON,
  FRAMING_BYTES,
  LOOK_AHEAD_STREAMS,
  MAX_SHARDS,
  REASON_FRAMING_ENCODING,
  REASON_FRAMING_LENGTH,
  SHARD_RESERVED,
  STATUS_DONE,
  STATUS_FULL,
  STATUS_LOST,
} from '../../src/layout.js'
import { mtg } from '../../src/mtg/index.js'
import { accountOf, linesOf, listeningRig, modelledAccount, modelledLines } from '../compare.js'
import { Table, type TableOptions } from '../core/table.js'
import { awkwardIds, bytesOf, compareWithMap, idsThatCollide } from '../core/table-model.js'
import { type FrameSpec, frame, referenceDecode } from '../reference.js'
import { concat } from '../reference-frames.js'
import { finish, recorder, upTo } from '../support.js'

const TABLES: [TableOptions, ids: number][] = [
  [{ shards: 5, slots: 1, bucketBits: 3, maxBucketBits: 3 }, 20],
  [{ shards: 3, slots: 14, bucketBits: 2, maxBucketBits: 6 }, 90],
  [{ shards: 1, slots: 40, bucketBits: 6, maxBucketBits: 6, seed: 3 }, 120],
  [{ shards: 1, slots: 15, bucketBits: 4, maxBucketBits: 4 }, 40],
]

export function tables(): void {
  for (const [options, ids] of TABLES) {
    const { table } = compareWithMap({ ...options, clock: 2 ** 32 - 200 }, ids, 500)
    expect(table.bucketCount).toBe(2 ** options.maxBucketBits!)
  }
}

/** It doubles when more than half is in use, not before, and short IDs stand nowhere but in it. */
export function doubling(): void {
  const table = new Table({ shards: 2, slots: 200, bucketBits: 1, maxBucketBits: 9 })
  const { core } = table
  const ids = awkwardIds(200).filter((id) => bytesOf(id).length <= BUCKET_INLINE_BYTES)
  const slots = ids.map((streamId, index) => {
    const [told] = table.route(frame({ template: 1, streamId }))
    expect(table.bucketCount).toBe(2 ** Math.max(1, Math.ceil(Math.log2(index + 1)) + 1))
    return told
  })
  expect(ids.map((streamId) => table.route(frame({ template: 3, streamId }))[0])).toEqual(slots)
  for (const streamId of ids) expect(table.route(frame({ template: 4, streamId }))).toHaveLength(2)
  expect(table.buckets()).toEqual([])
  const { longIds, slotLists } = core.plan
  expect(
    core.bytes.subarray(longIds.address, longIds.address + longIds.bytes).some((byte) => byte !== 0),
  ).toBe(false)
  // There is no slot 0.
  expect([table.word(slotLists.address), table.word(slotLists.address + 201 * 4)]).toEqual([0, 0])
}

/** Long IDs that begin alike are spread over the table all the same, and told apart where they aren't. */
export function longIds(): void {
  const table = new Table({ shards: 1, slots: 300, bucketBits: 9, maxBucketBits: 9 })
  for (const index of upTo(100))
    table.route(frame({ template: 1, streamId: `${'the same'.repeat(6)}${index}` }))
  expect(new Set(table.buckets().map(({ home }) => home)).size).toBeGreaterThan(70)
  for (const rest of ['', ' and more']) idsThatCollide(rest)
  // Those that are alike at both ends are told apart by what lies between.
  const middles = new Table({ shards: 1, slots: 300, bucketBits: 9, maxBucketBits: 9 })
  for (const index of upTo(100))
    middles.route(
      frame({ template: 1, streamId: `${'the same'.repeat(3)}${index + 100}${'the same'.repeat(3)}` }),
    )
  expect(new Set(middles.buckets().map(({ home }) => home)).size).toBeGreaterThan(70)
}

/** One chunk with more streams than are needed for it, and all that may mislead what was noted. */
export async function lookAhead(): Promise<void> {
  const tested = listeningRig(
    recorder,
    { shards: 1 },
    { slots: 4_200, ringBytes: 1_048_576, maxFrameBytes: 8_192 },
  )
  const idOf = (stream: number): string => `stream-${stream}`.padEnd(10 + (stream % 14), '-')
  const start = (stream: number) => frame({ template: 1, streamId: idOf(stream) })
  const before = concat(...upTo(LOOK_AHEAD_STREAMS).map(start))
  const frames = upTo(700).flatMap((index) => {
    const streamId = idOf(index * 3)
    const made = [frame({ template: 3, streamId, traffic: index })]
    if (index % 3 === 0) made.push(start(LOOK_AHEAD_STREAMS + index))
    if (index % 4 === 0) made.push(frame({ template: 6 }).slice(0, 13).fill(13, 3, 4))
    if (index % 5 === 0) made.push(frame({ template: 6 }), frame({ template: 99 }))
    if (index % 7 === 0) made.push(frame({ template: 3, streamId: `${'x'.repeat(200)}${index}` }))
    if (index % 11 === 0) made.push(frame({ template: 4, streamId }), start(index * 3))
    if (index % 13 === 0) made.push(frame({ template: 3, streamId, version: 7 }))
    return [...made, frame({ template: 3, streamId, traffic: -index })]
  })
  const bytes = concat(before, ...frames)
  tested.router.write(before)
  tested.router.write(concat(...frames))
  const decoded = referenceDecode(bytes)
  const stats = await finish(tested)
  expect(linesOf(tested.heard)).toEqual(modelledLines(decoded))
  expect(accountOf(stats)).toEqual(modelledAccount(decoded, { shards: 1 }))
}

const traffic = (streamId: string, own: Partial<FrameSpec> = {}) => frame({ template: 3, streamId, ...own })
/** Of a known stream, but not as this version writes it: no frame for the hot path. */
const newer = (streamId: string) => traffic(streamId, { version: 1 })

/** Where in these bytes the last frame is that the hot path left to others; undefined when it took all. */
function lastLeft(table: Table, ...frames: Uint8Array[]): number | undefined {
  const { words, plan } = table.core
  words[CONTROL_FRAME_ADDRESS >>> 2] = 0
  table.route(concat(...frames))
  const address = table.word(CONTROL_FRAME_ADDRESS)
  return address === 0 ? undefined : address - plan.input.address
}

/** Has the core believe that nobody listens to traffic, which then takes no room. */
function ignoreTraffic({ core }: Table): void {
  const index = mtg.templates.findIndex(({ id }) => id === 3)
  core.bytes.fill(
    0,
    core.plan.listens.address + (index + 1) * MAX_SHARDS,
    core.plan.listens.address + (index + 2) * MAX_SHARDS,
  )
}

/** Frames of known streams are all the hot path's, but for those that others have to judge. */
export function hotPath(): void {
  const table = new Table({ shards: 2, slots: 64, bucketBits: 6, maxBucketBits: 6 })
  // Among few buckets some stand behind others'.
  const ids = [...upTo(24).map((index) => 'abcdefghijklmnopqrstuvwxyz'.slice(0, index + 1)), 'z'.repeat(254)]
  for (const streamId of ids) table.route(frame({ template: 1, streamId }))
  for (const listens of [true, false]) {
    if (!listens) ignoreTraffic(table)
    for (const streamId of ids) expect(lastLeft(table, traffic(streamId))).toBe(undefined)
    const before = concat(traffic('a'), traffic('ab'))
    // Those looked for in registers, too.
    const after = [...ids.slice(0, 9), ...ids.slice(BUCKET_UNPADDED_BYTES - 1, 24)].map((streamId) =>
      traffic(streamId),
    )
    expect(lastLeft(table, before, newer('a'), ...after)).toBe(before.length)
    expect(lastLeft(table, before, frame({ template: 6 }), ...after)).toBe(before.length)
  }
}

/** With many streams it looks ahead: what it notes is where searches begin, and none is misled. */
export function notes(): void {
  const table = new Table({ shards: 1, slots: 3_000 })
  const idOf = (stream: number): string => `${stream}`.padEnd(4 + (stream % 19), '-')
  const ids = [...upTo(LOOK_AHEAD_STREAMS - 1).map(idOf), 'z'.repeat(254)]
  for (const streamId of ids) table.route(frame({ template: 1, streamId }))
  const chosen = upTo(28).map((index) => ids[index * 70 + (index % 19)]!)
  chosen.splice(5, 0, ids.at(-1)!)
  ignoreTraffic(table)
  expect(lastLeft(table, ...chosen.map((id) => traffic(id)))).toBe(undefined)
  const slots = chosen.map((streamId) => table.route(frame({ template: 2, streamId }))[0]!.slot)
  const homes = new Map(table.buckets().map(({ slot, home }) => [slot, home * BUCKET_BYTES]))
  table.route(concat(...chosen.map((id) => traffic(id))))
  const noted = chosen.map((_, index) => table.word(CONTROL_NOTES + index * 4))
  expect(noted).toEqual(
    chosen.map(({ length }, index) =>
      length < BUCKET_UNPADDED_BYTES || length > BUCKET_INLINE_BYTES ? 0xffffffff : homes.get(slots[index]!),
    ),
  )
  // What lies behind the notes isn't theirs.
  const many = upTo(300).map((index) => traffic(ids[index * 6]!))
  expect(lastLeft(table, ...many)).toBe(undefined)
  const before = concat(...many.slice(0, 5))
  expect(lastLeft(table, before, newer(ids[7]!), ...many)).toBe(before.length)
  // One stream more than half of the buckets: the table doubles, and all that was noted is void.
  const buckets = table.bucketCount
  expect(lastLeft(table, before, frame({ template: 1, streamId: 'new' }), ...many)).toBe(before.length)
  expect(table.bucketCount).toBe(buckets * 2)
  // Who believed a length like this would look far outside of memory.
  const { core } = table
  const lying = concat(traffic(ids[1]!), traffic(ids[2]!, { length: 2 ** 31 }))
  core.bytes.set(lying, core.plan.input.address)
  core.ingest(core.plan.input.address, core.plan.input.address + lying.length)
  expect([core.status, table.word(CONTROL_REASON)]).toEqual([STATUS_LOST, REASON_FRAMING_LENGTH])
}

/** Framing is judged for streams that go on as for others. */
export function framing(): void {
  for (const [own, reason] of [
    [{ encoding: 0x5be0 }, REASON_FRAMING_ENCODING],
    [{ extraVarData: new Uint8Array(600) }, REASON_FRAMING_LENGTH],
  ] as const) {
    const table = new Table({ shards: 1, slots: 4 })
    const { core } = table
    const { address } = core.plan.input
    table.route(frame({ template: 1, streamId: 'a' }))
    const bad = traffic('a', own)
    core.bytes.set(bad, address)
    expect(core.ingest(address, address + bad.length)).toBe(address)
    expect([core.status, table.word(CONTROL_REASON)]).toEqual([STATUS_LOST, reason])
  }
  // With nothing behind its ID, too.
  const table = new Table({ shards: 1, slots: 4 })
  const { core } = table
  const { address } = core.plan.input
  const streamId = 'z'.repeat(254)
  table.route(frame({ template: 1, streamId }))
  const longest = traffic(streamId)
  core.bytes.set(longest, address)
  for (const [limit, status] of [
    [longest.length - 1, STATUS_LOST],
    [longest.length, STATUS_DONE],
  ] as const) {
    core.words[CONTROL_MAX_FRAME_BYTES >>> 2] = limit
    core.ingest(address, address + longest.length)
    expect(core.status).toBe(status)
  }
}

/** Room is asked for what a frame publishes, and no more. */
export function exactRoom(): void {
  const table = new Table({ shards: 1, slots: 4 })
  const { core } = table
  const { address } = core.plan.input
  const reserved = (core.shardAddress(0) + SHARD_RESERVED) >>> 2
  table.route(frame({ template: 1, streamId: 'a' }))
  const statusWith = (free: number, bytes: Uint8Array): number => {
    core.words[reserved] = core.plan.ringBytes - free
    core.bytes.set(bytes, address)
    core.ingest(address, address + bytes.length)
    const status = core.status
    core.words[reserved] = 0
    // Settles what there is.
    table.route(new Uint8Array(0))
    return status
  }
  // A header of 16 bytes, the message, rounded up; and 16 bytes that the copy may run over.
  const roomFor = ({ length }: Uint8Array): number => ((length - FRAMING_BYTES + 16 + 7) & ~7) + 16
  const start = frame({ template: 1, streamId: 'b' })
  for (const [bytes, room] of [
    [newer('a'), roomFor(newer('a'))],
    // Two releases may come with it.
    [start, roomFor(start) + 2 * 16],
  ] as const)
    expect([room - 1, room].map((free) => statusWith(free, bytes))).toEqual([STATUS_FULL, STATUS_DONE])
  ignoreTraffic(table)
  expect(statusWith(0, newer('a'))).toBe(STATUS_DONE)
}
