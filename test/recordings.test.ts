// What the real mtg sent, chose and lost, beside what the router makes of it: the same
// shard for every stream, every event that the source wrote, each stream in its order.
import { describe, expect, it, test } from 'vitest'
import { Core, xxHash32 } from '../src/core.js'
import { mtg } from '../src/mtg/index.js'
import { readSizes } from '../src/options.js'
import { planMemory } from '../src/plan.js'
import { coreModule } from '../src/wasm.js'
import { accountOf, modelledAccount, withoutSlot } from './compare.js'
import { model } from './model.js'
import { Random } from './mutate.js'
import { referenceDecode } from './reference.js'
import { assertRig, type Call, eventsOf, finish, recorder, rig, TestHost } from './support.js'
import {
  edgeEvents,
  edgeFrames,
  edgeShards,
  RECORDED_SHARDS,
  type RecordedEvent,
  sessionEvents,
  sessionFrames,
  sessionShards,
  XXHASH32_MODULI,
  xxhash32Rows,
} from './vectors.js'

/** A recording's event as a user gets it. */
const asDelivered = ({ timestampNs: _timestampNs, ...event }: RecordedEvent) => event

function byStream<T extends { readonly streamId: string }>(events: readonly T[]): Map<string, T[]> {
  const streams = new Map<string, T[]>()
  for (const event of events) {
    const own = streams.get(event.streamId)
    if (own === undefined) streams.set(event.streamId, [event])
    else own.push(event)
  }
  return streams
}

/** Events without an ID have no order between shards. */
function byTime<T extends { readonly timestamp: number }>(events: readonly T[]): T[] {
  return [...events].sort((a, b) => a.timestamp - b.timestamp)
}

/** Chunks as a socket may give them, and one longer than what the core takes at once. */
function* chunks(bytes: Uint8Array, seed: number): Generator<Uint8Array> {
  const random = new Random(seed)
  let from = 0
  while (from < bytes.length) {
    const to = from + 1 + random.below(random.pick([100, 1_400, 16_384, 200_000]))
    yield bytes.slice(from, to)
    from = to
  }
}

function route(bytes: Uint8Array, orphans: 'drop' | 'deliver') {
  const calls: Call[] = []
  const tested = rig({ shards: RECORDED_SHARDS, orphans, observers: [recorder(calls)] })
  for (const chunk of chunks(bytes, bytes.length)) {
    expect(tested.router.write(chunk)).toBe(true)
    chunk.fill(0xff)
  }
  assertRig(tested)
  return { tested, calls }
}

describe.each([
  { name: 'session', frames: sessionFrames, recorded: sessionEvents, shards: sessionShards, count: 17_241 },
  { name: 'edge', frames: edgeFrames, recorded: edgeEvents, shards: edgeShards, count: 255 },
])('the recorded $name', ({ frames, recorded, shards, count }) => {
  it('reaches the instances that mtg chose, whole and in each stream order', async () => {
    const { tested, calls } = route(frames(), 'deliver')
    const events = eventsOf(calls)
    expect(events).toHaveLength(count)

    const expected = byStream(recorded().map(asDelivered))
    const delivered = byStream(events)
    expect([...delivered.keys()].sort()).toEqual([...expected.keys()].sort())
    for (const [streamId, own] of expected) {
      const got = streamId === '' ? byTime(delivered.get('')!) : delivered.get(streamId)!
      const wanted = streamId === '' ? byTime(own) : own
      expect(got.map(withoutSlot)).toEqual(wanted)
    }

    // mtg's own choice for every frame with a stream ID; it drew lots for those without.
    const chosen = new Map<string, number>()
    const recordedShards = shards()
    recorded().forEach(({ streamId }, index) => {
      if (streamId !== '') chosen.set(streamId, recordedShards[index] ?? -1)
    })
    const wrong = calls.filter((call) => {
      if (call.method !== 'event' || call.event.streamId === '') return false
      return chosen.get(call.event.streamId) !== call.shard
    })
    expect(wrong).toEqual([])

    const stats = await finish(tested)
    expect(stats).toMatchObject({ received: count, accepted: count, delivered: count, evicted: 0 })
  })

  it('loses nothing but the ends that never began, and those it counts', async () => {
    const decoded = referenceDecode(frames())
    const { tested, calls } = route(frames(), 'drop')
    const stats = await finish(tested)
    expect(accountOf(stats)).toEqual(modelledAccount(decoded, { shards: RECORDED_SHARDS }))
    expect(stats.delivered + (stats.droppedBy.orphan ?? 0)).toBe(count)
    const { steps, live } = model(decoded, { shards: RECORDED_SHARDS })
    expect(stats.streams).toBe(live.size)
    const releases = calls.filter(({ method }) => method === 'released')
    expect(releases).toHaveLength(steps.filter(({ kind }) => kind === 'released').length)
    for (let shard = 0; shard < RECORDED_SHARDS; shard++) {
      const own = calls.filter((call) => call.shard === shard)
      const keyed = eventsOf(own).filter(({ streamId }) => streamId !== '')
      const wanted = steps.flatMap((step) =>
        step.kind === 'delivered' && step.shard === shard ? [step.event] : [],
      )
      expect(keyed.map(withoutSlot)).toEqual(wanted)
    }
  })

  it('spreads events without an ID evenly', async () => {
    const { tested, calls } = route(frames(), 'drop')
    await finish(tested)
    const perShard = Array.from({ length: RECORDED_SHARDS }, (_, shard) => {
      const own = eventsOf(calls.filter((call) => call.shard === shard))
      return own.filter(({ streamId }) => streamId === '').length
    })
    expect(Math.max(...perShard) - Math.min(...perShard)).toBeLessThanOrEqual(1)
  })
})

describe('xxHash32', () => {
  const rows = xxhash32Rows()

  it('agrees with the library of mtg for every row and modulus', () => {
    const core = new Core(coreModule(), mtg, planMemory(mtg, readSizes({ shards: 1 })), new TestHost(), false)
    const { address } = core.plan.input
    for (const { bytes, hash, shards } of rows) {
      // At all alignments, and whatever lies behind the bytes.
      for (let shift = 0; shift < 4; shift++) {
        core.bytes.fill(0xa5, address, address + 320)
        core.bytes.set(bytes, address + shift)
        const got = xxHash32(core, address + shift, bytes.length)
        expect(got).toBe(hash)
        expect(XXHASH32_MODULI.map((modulus) => got % modulus)).toEqual(shards)
      }
    }
    expect(rows.length).toBeGreaterThan(1_000)
  })

  test.each(XXHASH32_MODULI)('decides the shard of every ID: %i shards', async (modulus) => {
    const calls: Call[] = []
    const tested = rig({ shards: modulus, observers: [recorder(calls)] })
    const column = XXHASH32_MODULI.indexOf(modulus)
    const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    let routed = 0
    for (const { bytes, shards } of rows) {
      let streamId: string
      try {
        streamId = utf8.decode(bytes)
      } catch {
        continue // Not an ID that the wire allows.
      }
      if (streamId === '') continue
      calls.length = 0
      expect(tested.router.send({ event: 'EventStart', timestamp: 0, streamId, remoteIP: '::1' })).toBe(true)
      expect(calls).toMatchObject([{ shard: shards[column], event: { streamId } }])
      routed++
    }
    expect(routed).toBeGreaterThan(704)
    await finish(tested)
  })
})
