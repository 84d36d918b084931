// What router tests share: a router with its parts in view, a clock that tests
// move, an observer that notes what it gets, and the ledger's assertion.

import { expect } from 'vitest'
import type { Stats } from '../src/ledger.js'
import type { Event, Observer } from '../src/mtg/index.js'
import type { ObserverBase, ReleaseReason } from '../src/schema.js'
import { frame } from './reference-frames.js'
import { referenceXxHash32 } from './reference-xxhash32.js'
import { type Rig, walkRings } from './rig.js'

export { type MtgOptions, type Rig, rig, TestHost, walkRings } from './rig.js'

/** One call that an observer got. */
export type Call =
  | { readonly shard: number; readonly method: 'event'; readonly event: Event }
  | {
      readonly shard: number
      readonly method: 'released'
      readonly slot: number
      readonly reason: ReleaseReason
    }
  | { readonly shard: number; readonly method: 'shutdown' }

type Answer = (call: Call) => unknown

/** Notes every call in order; `answer` decides what the method returns or throws. */
export function recorder(calls: Call[], answer: Answer = () => undefined) {
  return (shard: number): Observer & ObserverBase => {
    const note = (call: Call): unknown => {
      calls.push(call)
      return answer(call)
    }
    const event = (made: Event): unknown => note({ shard, method: 'event', event: made })
    return {
      eventStart: event,
      eventConnectedToDC: event,
      eventTraffic: event,
      eventFinish: event,
      eventDomainFronting: event,
      eventConcurrencyLimited: event,
      eventIPBlocklisted: event,
      eventReplayAttack: event,
      eventIPListSize: event,
      streamReleased: (slot, reason) => note({ shard, method: 'released', slot, reason }),
      shutdown: () => note({ shard, method: 'shutdown' }),
    }
  }
}

/** The same in batches: each row is noted as a call, and the first one's answer is the batch's. */
export function batchRecorder(calls: Call[], answer: Answer = () => undefined) {
  return (shard: number): Partial<Observer> & ObserverBase => {
    const note = (call: Call): unknown => {
      calls.push(call)
      return answer(call)
    }
    return {
      eventBatch(batch) {
        const first: Call = { shard, method: 'event', event: batch.event(batch.start) }
        calls.push(first)
        for (let row = batch.start + 1; row < batch.end; row++)
          calls.push({ shard, method: 'event', event: batch.event(row) })
        return answer(first)
      },
      streamReleased: (slot, reason) => note({ shard, method: 'released', slot, reason }),
      shutdown: () => note({ shard, method: 'shutdown' }),
    }
  }
}

/** Both ways to get events; what holds for one has to hold for the other. */
export const RECORDERS = [
  ['by method', recorder],
  ['in batches', batchRecorder],
] as const

/** The events among calls. */
export function eventsOf(calls: readonly Call[]): Event[] {
  return calls.flatMap((call) => (call.method === 'event' ? [call.event] : []))
}

/** The ledger's equations, and that each reason is counted once. */
export function assertLedger(stats: Stats): void {
  const sum = (by: Readonly<Partial<Record<string, number>>>): number =>
    Object.values(by).reduce<number>((total, count) => total + (count ?? 0), 0)
  expect(stats.received).toBe(stats.accepted + stats.rejected)
  expect(stats.accepted).toBe(stats.delivered + stats.failed + stats.ignored + stats.dropped + stats.inFlight)
  expect(sum(stats.rejectedBy)).toBe(stats.rejected)
  expect(sum(stats.droppedBy)).toBe(stats.dropped)
  expect(stats.shards.reduce((total, shard) => total + shard.inFlight, 0)).toBe(stats.inFlight)
  for (const count of [stats.received, stats.accepted, stats.inFlight, stats.streams]) {
    expect(count).toBeGreaterThanOrEqual(0)
  }
}

/** The ledger holds now, and what it says is in flight is what lies in the rings. */
export function assertRig(tested: Pick<Rig, 'router' | 'engine'>): void {
  const stats = tested.router.stats()
  assertLedger(stats)
  expect(walkRings(tested)).toBe(stats.inFlight)
}

/** Shuts down, and asserts the final ledger: nothing is in flight any more. */
export async function finish(tested: Pick<Rig, 'router' | 'engine'>): Promise<Stats> {
  const stats = await tested.router.shutdown()
  assertRig(tested)
  expect(stats).toEqual(tested.router.stats())
  expect(stats.inFlight).toBe(0)
  return stats
}

/** Lets promise continuations run until nothing is left of them. */
export async function microtasks(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** Frames by what they do to a stream. */
export const opening = (streamId: string): Uint8Array<ArrayBuffer> =>
  frame({ template: 1, streamId, remoteIP: '192.0.2.1' })
export const traffic = (streamId: string, bytes: number): Uint8Array<ArrayBuffer> =>
  frame({ template: 3, streamId, traffic: bytes })
export const ending = (streamId: string): Uint8Array<ArrayBuffer> => frame({ template: 4, streamId })
/** A frame without a stream. */
export const keyless = (size: number): Uint8Array<ArrayBuffer> => frame({ template: 9, size })

/** The shard that a stream ID belongs to, by an independent xxHash32. */
export function shardOfId(streamId: string, shards: number): number {
  return referenceXxHash32(new TextEncoder().encode(streamId)) % shards
}

/** The first `count` of `prefix0`, `prefix1`, … that belong to a shard. */
export function idsOfShard(shard: number, shards: number, count: number, prefix = 's'): string[] {
  const ids: string[] = []
  for (let index = 0; ids.length < count; index++) {
    if (shardOfId(prefix + index, shards) === shard) ids.push(prefix + index)
  }
  return ids
}

/** A promise that a test settles. */
export interface Gate {
  readonly promise: Promise<unknown>
  open(value?: unknown): void
  fail(error: unknown): void
}

export function gate(): Gate {
  let open!: (value: unknown) => void
  let fail!: (error: unknown) => void
  const promise = new Promise((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { promise, open, fail }
}

/** The error that a call throws, or that its promise rejects with. */
export async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** 0, 1, … below `count`. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
