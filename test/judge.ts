// Random loads for a router, and what must have come of them by the model: each stream's
// calls and releases in its order, at its shard, and each event counted once.
import fc from 'fast-check'
import { expect } from 'vitest'
import { accountOf, addAccounts, modelledAccount, SlotShadow, withoutSlot } from './compare.js'
import { type Modelled, model, shardOf } from './model.js'
import { type FrameSpec, referenceDecode } from './reference.js'
import { ALL_METHODS, longestFrame, numberOf, type Outcome, type Scenario } from './scenario.js'

// ---- What scenarios there are ------------------------------------------------

interface Draft extends Omit<Scenario, 'sources'> {
  readonly streams: number
  /** Each: source, stream (0: no ID), what happens. */
  readonly events: readonly (readonly [source: number, stream: number, kind: number])[]
  readonly sourceCount: number
}

/** By weight: a stream's life is mostly start, traffic, finish. */
const KINDS = [1, 1, 1, 2, 3, 3, 3, 3, 4, 4, 4, 5, 8, 7, 6, 9, 'bad', 'newer', 'unknown'] as const
const ID_BYTES = [1, 7, 8, 15, 16, 22, 23, 24, 64, 254]

function streamId(stream: number, longest: number): string {
  if (stream === 0) return ''
  const lengths = ID_BYTES.filter((bytes) => bytes <= longest)
  const rest = lengths[stream % lengths.length]! - 1
  // Some of two-byte letters, as far as they go.
  const letters = stream % 2 === 0 ? '' : 'é'.repeat(rest / 2)
  return String.fromCodePoint(0x20 + stream) + letters + '-'.repeat(rest - 2 * letters.length)
}

function spec(number: number, id: string, kind: (typeof KINDS)[number], isSent: boolean): FrameSpec {
  const own = { streamId: id, timestamp: BigInt(number) * 1_000_000n }
  const values = { remoteIP: '192.0.2.7', dc: number, traffic: number, size: -number }
  if (typeof kind === 'number') return { ...own, ...values, template: kind }
  // What is sent in-process is never malformed.
  if (isSent) return { ...own, template: 5 }
  if (kind === 'bad') return { ...own, template: 3, isRead: 2 }
  if (kind === 'unknown') return { ...own, template: 1_000 }
  return { ...own, template: 8, version: 2, extraBlockBytes: Uint8Array.of(7) }
}

function scenarioOf({ streams, events, sourceCount, ...rest }: Draft): Scenario {
  // The longest event is 43 bytes with its ID's length.
  const longest = longestFrame(rest.ringBytes) - 43
  const sources: FrameSpec[][] = Array.from({ length: sourceCount }, () => [])
  events.forEach(([sourceDraw, streamDraw, kind], index) => {
    const source = sourceDraw % sourceCount
    // A stream's events come through one source: order is promised within one only.
    const stream = streamDraw % (streams + 1)
    const id = stream === 0 ? '' : streamId(1 + (stream - 1) * sourceCount + source, longest)
    const isSent = rest.sends && source === sourceCount - 1
    sources[source]!.push(spec(index + 1, id, KINDS[kind % KINDS.length]!, isSent))
  })
  return { ...rest, sources }
}

const powersOfTwo = (least: number, most: number) =>
  fc.integer({ min: least, max: most }).map((bits) => 2 ** bits)

const factory = fc.record({
  temper: fc.constantFrom('sync', 'throwing', 'async', 'rejecting', 'mixed'),
  missing: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.subarray([...ALL_METHODS]) },
  ),
} as const)

export const scenarios: fc.Arbitrary<Scenario> = fc
  .record({
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    shards: fc.integer({ min: 1, max: 9 }),
    // Mostly so small that they fill.
    ringBytes: fc.oneof(
      { weight: 3, arbitrary: powersOfTwo(8, 9) },
      { weight: 2, arbitrary: powersOfTwo(10, 16) },
    ),
    slots: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 24, max: 64 })),
    startPosition: fc
      .tuple(fc.constantFrom(0, 2 ** 31, 2 ** 32), fc.integer({ min: 1, max: 200 }))
      .map(([wrap, words]) => Math.max(0, wrap - words * 8)),
    orphans: fc.constantFrom('drop', 'deliver'),
    factories: fc.array(factory, { maxLength: 3 }),
    chunkBytes: fc.constantFrom(1, 5, 60, 400, 5_000),
    sends: fc.boolean(),
    sourceCount: fc.integer({ min: 1, max: 3 }),
    streams: fc.integer({ min: 1, max: 8 }),
    events: fc.array(fc.tuple(fc.nat(5), fc.nat(80), fc.nat(188)), {
      minLength: 1,
      maxLength: 250,
      size: 'max',
    }),
  } as const)
  .map(scenarioOf)

const idBytes = (id: string): Uint8Array => new TextEncoder().encode(id)

// ---- What must hold ------------------------------------------------------------

interface Judged {
  readonly scenario: Scenario
  readonly outcome: Outcome
  /** One a source. */
  readonly modelled: readonly Modelled[]
  /** Who sent the event of a number. */
  readonly sourceOf: ReadonlyMap<number, number>
}

function judge(scenario: Scenario, outcome: Outcome): Judged {
  const { factories, shards, orphans } = scenario
  const listens = (event: string): boolean =>
    factories.some(({ missing }) => !missing.includes(`e${event.slice(1)}`))
  const maxFrameBytes = longestFrame(scenario.ringBytes)
  const decoded = outcome.bytes.map((bytes) => referenceDecode(bytes, { maxFrameBytes }))
  const modelled = decoded.map((source) => model(source, { shards, orphans, listens }))
  const sourceOf = new Map<number, number>()
  decoded.forEach(({ items }, source) => {
    for (const item of items) if (item.kind === 'event') sourceOf.set(numberOf(item.event), source)
  })
  return { scenario, outcome, modelled, sourceOf }
}

/** Every event at its stream's shard, each source's events of a shard in order, each once. */
function checkOrder({ scenario, outcome, sourceOf }: Judged): void {
  const seen = new Set<number>()
  const wrong: unknown[] = []
  outcome.records.forEach((records, shard) => {
    const last: number[] = []
    for (const record of records) {
      if (record.kind !== 'event') continue
      const { event } = record
      const number = numberOf(event)
      const source = sourceOf.get(number)!
      if (seen.has(number)) wrong.push(['twice', event])
      if (number < (last[source] ?? 0)) wrong.push(['late', event])
      seen.add(number)
      last[source] = number
      if (event.streamId === '') continue
      if (shardOf(idBytes(event.streamId), scenario.shards) !== shard) wrong.push(['astray', shard, event])
    }
  })
  expect(wrong).toEqual([])
}

/** Every observer that has a method hears every record that the method is for. */
function checkFactories({ scenario, outcome }: Judged): void {
  const methodOf = (record: Outcome['records'][number][number]): string =>
    record.kind === 'event' ? `e${record.event.event.slice(1)}` : 'streamReleased'
  const wrong = outcome.records.flat().filter((record) => {
    const wanted = scenario.factories.flatMap(({ missing }, index) =>
      missing.includes(methodOf(record)) ? [] : [index],
    )
    return wanted.join() !== record.heardBy.join()
  })
  expect(wrong).toEqual([])
}

const hearsReleases = ({ scenario }: Judged): boolean =>
  scenario.factories.some(({ missing }) => !missing.includes('streamReleased'))

/** Each stream's events and releases, in order; slots are checked on the way. */
function heardByStream(judged: Judged): Map<string, string[]> {
  const streams = new Map<string, string[]>()
  const note = (streamId: string, line: string): void => {
    if (!streams.has(streamId)) streams.set(streamId, [])
    streams.get(streamId)!.push(line)
  }
  const shadow = hearsReleases(judged) ? new SlotShadow() : undefined
  judged.outcome.records.forEach((records, shard) => {
    for (const record of records) {
      if (record.kind === 'event') {
        const { event } = record
        shadow?.event(shard, event.slot, event.streamId)
        if (event.slot > judged.scenario.slots) throw new Error(`slot ${event.slot} is not one`)
        note(event.streamId, JSON.stringify(withoutSlot(event)))
      } else {
        const streamId = shadow!.release(shard, record.slot)
        if (streamId !== '') note(streamId, record.reason)
      }
    }
  })
  return streams
}

/** The same of the model. Whose stream is released is known only where something of it was delivered. */
function modelledByStream(judged: Judged): Map<string, string[]> {
  const streams = new Map<string, string[]>()
  for (const { steps } of judged.modelled) {
    const known = new Set<number>()
    for (const step of steps) {
      const { life, streamId } = step
      if (step.kind === 'delivered') known.add(life)
      const isKnown = step.kind === 'released' && known.has(life) && hearsReleases(judged)
      if (step.kind !== 'delivered' && !isKnown) continue
      if (!streams.has(streamId)) streams.set(streamId, [])
      streams.get(streamId)!.push(step.kind === 'released' ? step.reason : JSON.stringify(step.event))
    }
  }
  return streams
}

const sorted = (streams: Map<string, string[]>): [string, string[]][] =>
  [...streams].map(([id, lines]): [string, string[]] => [id, id === '' ? lines.sort() : lines]).sort()

const isEvent = (line: string): boolean => line.startsWith('{')
const isEnd = (line: string): boolean => line.includes('"EventFinish"')

function checkExactly(judged: Judged): void {
  const { scenario, outcome, modelled } = judged
  const { stats, records, failed } = outcome
  expect(sorted(heardByStream(judged))).toEqual(sorted(modelledByStream(judged)))
  const { shards, orphans } = scenario
  const listens = (event: string): boolean =>
    scenario.factories.some(({ missing }) => !missing.includes(`e${event.slice(1)}`))
  const maxFrameBytes = longestFrame(scenario.ringBytes)
  const account = addAccounts(
    outcome.bytes.map((bytes) =>
      modelledAccount(referenceDecode(bytes, { maxFrameBytes }), { shards, orphans, listens }),
    ),
  )
  expect(accountOf(stats)).toEqual({
    ...account,
    delivered: account.delivered - failed.size,
    failed: failed.size,
  })
  const released = modelled.flatMap(({ steps }) => steps).filter(({ kind }) => kind === 'released')
  const heard = records.flat().filter(({ kind }) => kind === 'released')
  expect(heard).toHaveLength(hearsReleases(judged) ? released.length : 0)
  expect(stats.evicted).toBe(0)
  expect(stats.streams).toBe(modelled.reduce((sum, { live }) => sum + live.size, 0))
}

/** Evicted streams are forgotten, so their ends may be orphans; nothing else is lost. */
function checkWithEvictions(judged: Judged): void {
  const { scenario, outcome } = judged
  const heard = heardByStream(judged)
  const expected = modelledByStream({ ...judged, modelled: judged.modelled })
  const isKept = (line: string): boolean => isEvent(line) && (scenario.orphans === 'deliver' || !isEnd(line))
  const events = (streams: Map<string, string[]>): [string, string[]][] =>
    sorted(
      new Map([...streams].map(([id, lines]) => [id, lines.filter(id === '' ? isEvent : isKept)])),
    ).filter(([, lines]) => lines.length > 0)
  expect(events(heard)).toEqual(events(expected))
  const ends = (streams: Map<string, string[]>): string[] => [...streams.values()].flat().filter(isEnd)
  expect(ends(expected)).toEqual(expect.arrayContaining(ends(heard)))
  const { stats, records } = outcome
  const evicted = records.flat().filter((record) => record.kind === 'released' && record.reason === 'evicted')
  if (hearsReleases(judged)) expect(evicted).toHaveLength(stats.evicted)
  for (const shard of stats.shards) expect(shard.streams).toBeLessThanOrEqual(scenario.slots)
}

/**
 * Holds what came of a load against the model.
 * @returns whether all of it could be told: no stream had to give way
 */
export function checkLoad(scenario: Scenario, outcome: Outcome): boolean {
  const judged = judge(scenario, outcome)
  checkOrder(judged)
  checkFactories(judged)
  const streams = new Set(judged.modelled.flatMap(({ steps }) => steps.map(({ streamId }) => streamId)))
  const isExact = scenario.slots >= streams.size
  if (isExact) checkExactly(judged)
  else checkWithEvictions(judged)
  const { stats } = outcome
  expect(stats.failed).toBe(outcome.failed.size)
  expect(stats.observerErrors).toEqual({
    streamReleased: outcome.releaseErrors,
    shutdown: 0,
    shutdownCutOff: 0,
  })
  expect(outcome.reported).toBe(outcome.errors)
  expect(stats.handlerErrors).toBe(0)
  return isExact
}
