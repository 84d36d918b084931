// A random load through a router under a scheduler of its own: sources write their
// chunks as the router lets them, observers' promises settle in any order, and one
// seed decides it all. What came of it is noted; judging it is the caller's.
import { expect } from 'vitest'
import type { Core } from '../src/core.js'
import { RECORD_LENGTH_MASK, SHARD_SETTLED, SHARD_TAIL, SHARD_TAKEN } from '../src/layout.js'
import type { Event } from '../src/mtg/index.js'
import type { ReleaseReason } from '../src/schema.js'
import type { Source } from '../src/source.js'
import { Random } from './mutate.js'
import { type FrameSpec, frame, MTG_TEMPLATES } from './reference.js'
import { concat } from './reference-frames.js'
import { assertRig, finish, type MtgOptions, microtasks, type Rig, rig, TestHost } from './support.js'

/** How an observer answers its calls: always at once, or now and then otherwise. */
export type Temper = 'sync' | 'throwing' | 'async' | 'rejecting' | 'mixed'

export interface FactoryPlan {
  readonly temper: Temper
  /** Methods that its observers don't have. */
  readonly missing: readonly string[]
}

export interface Scenario {
  readonly seed: number
  readonly shards: number
  readonly ringBytes: number
  readonly slots: number
  /** Where ring positions start: 0, or a little before 2^31 or 2^32. */
  readonly startPosition: number
  readonly orphans: 'drop' | 'deliver'
  readonly factories: readonly FactoryPlan[]
  /** Events of each source, whose streams are its own. `timestamp` in ms is the event's number in the scenario. */
  readonly sources: readonly (readonly FrameSpec[])[]
  /** Bytes of a chunk at most. */
  readonly chunkBytes: number
  /** The last source's events are sent one by one, not written. */
  readonly sends: boolean
}

/** One record of a ring, as its shard's observers saw it: once, however many there are. */
export type Record =
  | { readonly kind: 'event'; readonly event: Event; readonly heardBy: number[] }
  | {
      readonly kind: 'released'
      readonly slot: number
      readonly reason: ReleaseReason
      readonly heardBy: number[]
    }

export interface Outcome {
  readonly bytes: readonly Uint8Array[]
  /** By shard, in order. */
  readonly records: readonly (readonly Record[])[]
  readonly stats: Awaited<ReturnType<typeof finish>>
  /** Numbers of the events on which an observer threw or rejected. */
  readonly failed: ReadonlySet<number>
  /** Throws and rejections of event methods and of streamReleased. */
  readonly errors: number
  readonly releaseErrors: number
  /** Errors that onObserverError was told. */
  readonly reported: number
  /** Times that a source had to wait. */
  readonly waits: number
}

const METHODS = [...MTG_TEMPLATES.values()].map(({ event }) => `e${event.slice(1)}`)
export const ALL_METHODS: readonly string[] = [...METHODS, 'streamReleased']

export const numberOf = (event: { readonly timestamp: number }): number => event.timestamp

interface Pending {
  readonly shard: number
  readonly record: Record
  readonly settle: () => void
}

class Run {
  readonly random: Random
  readonly records: Record[][]
  readonly pending: Pending[] = []
  readonly failed = new Set<number>()
  readonly tested: Rig
  errors = 0
  releaseErrors = 0
  reported = 0
  waits = 0
  readonly shutdowns: string[] = []
  readonly faults: unknown[] = []

  constructor({ seed, shards, orphans, factories, ...scenario }: Scenario) {
    this.random = new Random(seed)
    this.records = Array.from({ length: shards }, () => [])
    const host = new TestHost(seed)
    const options: MtgOptions = {
      shards,
      orphans,
      observers: factories.map((plan, index) => (shard) => this.#observer(plan, index, shard)),
      onObserverError: () => {
        host.time += 1_000
        this.reported++
      },
    }
    const { slots, ringBytes, startPosition } = scenario
    const maxFrameBytes = longestFrame(ringBytes)
    this.tested = rig(options, { slots, ringBytes, maxFrameBytes, startPosition }, host)
    this.#watchRings()
  }

  /** Looks at the rings before anything is read from them: who reads a broken one may never end. */
  #watchRings(): void {
    const { core } = this.tested.engine
    const ingest = core.ingest.bind(core)
    core.ingest = (from, end) => {
      const next = ingest(from, end)
      const fault = brokenRing(core)
      if (fault !== undefined) {
        this.faults.push(fault)
        for (let shard = 0; shard < core.plan.shards; shard++) emptyRing(core, shard)
        throw new Error(fault)
      }
      return next
    }
  }

  #observer({ temper, missing }: FactoryPlan, factory: number, shard: number) {
    const methods = METHODS.filter((method) => !missing.includes(method)).map((method) => [
      method,
      (event: Event) => this.#called(temper, factory, shard, { kind: 'event', event, heardBy: [factory] }),
    ])
    const released = (slot: number, reason: ReleaseReason): unknown =>
      this.#called(temper, factory, shard, { kind: 'released', slot, reason, heardBy: [factory] })
    return {
      ...Object.fromEntries(methods),
      ...(!missing.includes('streamReleased') && { streamReleased: released }),
      shutdown: () => {
        if (this.pending.some((call) => call.shard === shard))
          this.faults.push('shut down with a call in hand')
        this.shutdowns.push(`${factory} of ${shard}`)
      },
    }
  }

  /** Notes a call, checks that its shard was free for it, and answers. */
  #called(temper: Temper, factory: number, shard: number, heard: Record): unknown {
    const record = this.#recordOf(shard, factory, heard)
    this.#check(shard, record)
    const fail = (): never => {
      this.#failed(record)
      throw new Error('asked for')
    }
    const kinds = {
      sync: [0],
      throwing: [0, 0, 1],
      async: [0, 2],
      rejecting: [0, 2, 3],
      mixed: [0, 0, 0, 1, 2, 3],
    } as const
    const kind = this.random.pick(kinds[temper])
    if (kind === 0) return undefined
    if (kind === 1) return fail()
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        if (kind === 3) {
          this.#failed(record)
          reject(new Error('asked for'))
        } else resolve(undefined)
      }
      this.pending.push({ shard, record, settle })
    })
  }

  /** What must hold whenever an observer is called. Thrown here it would be the observer's own failure. */
  #check(shard: number, record: Record): void {
    if (this.pending.some((call) => call.shard === shard && call.record !== record)) {
      this.faults.push('called while another record is in hand')
    }
    if (this.shutdowns.some((which) => which.endsWith(` of ${shard}`)))
      this.faults.push('called after shutdown')
    if (this.random.below(16) > 0) return
    try {
      assertRig(this.tested)
    } catch (fault) {
      this.faults.push(fault)
    }
  }

  /** The record of a call: the one in hand where this factory hasn't heard of it yet, else a new one. */
  #recordOf(shard: number, factory: number, heard: Record): Record {
    const last = this.records[shard]!.at(-1)
    if (last !== undefined && factory > last.heardBy.at(-1)! && isSame(last, heard)) {
      last.heardBy.push(factory)
      return last
    }
    this.records[shard]!.push(heard)
    return heard
  }

  #failed(record: Record): void {
    this.errors++
    if (record.kind === 'event') this.failed.add(numberOf(record.event))
    else this.releaseErrors++
  }

  async settleOne(): Promise<void> {
    const at = this.random.below(this.pending.length)
    const [call] = this.pending.splice(at, 1)
    call!.settle()
    await microtasks()
  }
}

/** What is wrong with the records between `settled` and `tail`, if anything is. */
function brokenRing(core: Core): string | undefined {
  const { plan, words } = core
  for (let shard = 0; shard < plan.shards; shard++) {
    const header = core.shardAddress(shard)
    const tail = words[(header + SHARD_TAIL) >>> 2]!
    let position = words[(header + SHARD_SETTLED) >>> 2]!
    let left = (tail - position) >>> 0
    if (left > plan.ringBytes) return `${left} bytes in a ring of ${plan.ringBytes}`
    while (left > 0) {
      const index = position & (plan.ringBytes - 1)
      const first = words[(plan.rings.address + shard * plan.ringStride + index) >>> 2]!
      const length = first & RECORD_LENGTH_MASK
      if (length < 8 || length % 8 !== 0 || length > left || index + length > plan.ringBytes) {
        return `a record of ${length} bytes at ${index}, ${left} before the tail`
      }
      left -= length
      position = (position + length) >>> 0
    }
  }
  return undefined
}

function emptyRing(core: Core, shard: number): void {
  const { words } = core
  const header = core.shardAddress(shard)
  words[(header + SHARD_TAKEN) >>> 2] = words[(header + SHARD_TAIL) >>> 2]!
  words[(header + SHARD_SETTLED) >>> 2] = words[(header + SHARD_TAIL) >>> 2]!
}

function isSame(one: Record, two: Record): boolean {
  if (one.kind === 'event') return two.kind === 'event' && numberOf(one.event) === numberOf(two.event)
  return two.kind === 'released' && one.slot === two.slot && one.reason === two.reason
}

/** An eighth of the ring, as the options demand, but room for an event with its ID in the smallest, too. */
export function longestFrame(ringBytes: number): number {
  return Math.max(64, Math.min(1_024, ringBytes / 8))
}

/** One producer: gives what it has left as fast as the router lets it. */
interface Producer {
  isWaiting: boolean
  isDone(): boolean
  go(): void
  end(): Promise<void>
}

function writer(run: Run, bytes: Uint8Array, chunkBytes: number): Producer {
  const source: Source = run.tested.router.source()
  let from = 0
  const producer: Producer = {
    isWaiting: false,
    isDone: () => from === bytes.length,
    go: () => {
      const to = Math.min(bytes.length, from + 1 + run.random.below(chunkBytes))
      const chunk = bytes.slice(from, to)
      from = to
      if (source.write(chunk)) {
        chunk.fill(0xff)
        return
      }
      run.waits++
      producer.isWaiting = true
      const taken = (): void => {
        chunk.fill(0xff)
        producer.isWaiting = false
      }
      source.ready().then(taken, expect.unreachable)
    },
    end: () => source.end(),
  }
  return producer
}

function sender(run: Run, specs: readonly FrameSpec[]): Producer {
  const { router } = run.tested
  let next = 0
  const producer: Producer = {
    isWaiting: false,
    isDone: () => next === specs.length,
    go: () => {
      const { template, streamId, timestamp, ...own } = specs[next]!
      const { event } = MTG_TEMPLATES.get(template)!
      const fields = { remoteIP: '::', dc: 0, traffic: 0, size: 0, isRead: false, isBlockList: false, ...own }
      const input = { ...fields, event, streamId: streamId ?? '', timestamp: Number(timestamp! / 1_000_000n) }
      if (router.send(input as unknown as Parameters<typeof router.send>[0])) {
        next++
        return
      }
      run.waits++
      producer.isWaiting = true
      router.ready().then(() => {
        producer.isWaiting = false
      }, expect.unreachable)
    },
    end: async () => {},
  }
  return producer
}

/** Runs a scenario to its end: all written, all settled, shut down. */
export async function play(scenario: Scenario): Promise<Outcome> {
  const run = new Run(scenario)
  const { random, pending, tested } = run
  const bytes = scenario.sources.map((specs) => concat(...specs.map(frame)))
  const producers = bytes.map((own, index) =>
    scenario.sends && index === bytes.length - 1
      ? sender(run, scenario.sources[index]!)
      : writer(run, own, scenario.chunkBytes),
  )
  for (;;) {
    expect(run.faults).toEqual([])
    const left = producers.filter((producer) => !producer.isDone() || producer.isWaiting)
    if (left.length === 0) break
    const able = left.filter((producer) => !producer.isWaiting)
    if (able.length > 0 && (pending.length === 0 || random.below(3) > 0))
      able[random.below(able.length)]!.go()
    else if (pending.length > 0) await run.settleOne()
    else {
      // Nothing to write, nothing to settle: whoever waits still must be on its way.
      await microtasks()
      expect(pending.length > 0 || left.some((producer) => !producer.isWaiting), 'goes on').toBe(true)
    }
    if (random.below(8) === 0) assertRig(tested)
  }
  const ends = producers.map((producer) => producer.end())
  let isOver = false
  const finished = finish(tested).finally(() => {
    isOver = true
  })
  while (!isOver) {
    if (pending.length > 0) await run.settleOne()
    else {
      await microtasks()
      expect(isOver || pending.length > 0).toBe(true)
    }
  }
  await Promise.all(ends)
  expect(run.faults).toEqual([])
  const everyone = scenario.factories.flatMap((_, factory) =>
    run.records.map((_records, shard) => `${factory} of ${shard}`),
  )
  expect(run.shutdowns.sort()).toEqual(everyone.sort())
  const { records, failed, errors, releaseErrors, reported, waits: waited } = run
  return { bytes, records, stats: await finished, failed, errors, releaseErrors, reported, waits: waited }
}
