// What the cases share: a router whose observers note every call, and check at each one
// what has to hold whenever user code runs: the ledger, one call at a time, silence at
// the end. What they find is told by `finish`: an observer that threw would be isolated.

import { createRouter, type FrameError, type ObserverError, type Router, type Stats } from 'shardwire'
import { type Event, mtg, type Observer } from 'shardwire/mtg'
import { frame } from '../../reference-frames.js'
import { referenceXxHash32 } from '../../reference-xxhash32.js'
import { equal, isTrue } from './harness.js'

export type MtgRouter = Router<typeof mtg>
export type MtgOptions = NonNullable<Parameters<typeof createRouter<typeof mtg>>[1]>

/** Sizes at which a ring of a few records is full. */
export const FEW = { ringBytes: 512, maxFrameBytes: 64 } as const

/** One call that an observer got. */
export interface Call {
  readonly shard: number
  readonly method: 'event' | 'released' | 'shutdown'
  readonly event?: Event
  readonly slot?: number
  readonly reason?: string
}

export interface Rig {
  readonly router: MtgRouter
  readonly calls: Call[]
  readonly observerErrors: ObserverError[]
  readonly frameErrors: FrameError[]
  /** The events among the calls, in order. */
  events(): Event[]
  /** Shuts down, and tells what observers found wrong. */
  finish(): Promise<Stats>
}

/** The ledger's two equations, and that each reason adds up. */
export function checkLedger(stats: Stats): void {
  const sum = (by: Readonly<Partial<Record<string, number>>>): number =>
    Object.values(by).reduce<number>((total, count) => total + (count ?? 0), 0)
  const { accepted, delivered, failed, ignored, dropped, inFlight } = stats
  equal(stats.received, accepted + stats.rejected, 'received')
  equal(accepted, delivered + failed + ignored + dropped + inFlight, 'accepted')
  equal(sum(stats.rejectedBy), stats.rejected, 'the sum of rejectedBy')
  equal(sum(stats.droppedBy), dropped, 'the sum of droppedBy')
  equal(
    stats.shards.reduce((total, shard) => total + shard.inFlight, 0),
    inFlight,
    'the sum of shards in flight',
  )
}

/** @param answer what an observer's method returns, or throws */
export function rig(options: MtgOptions = {}, answer: (call: Call) => unknown = () => undefined): Rig {
  const calls: Call[] = []
  const faults: string[] = []
  const observerErrors: ObserverError[] = []
  const frameErrors: FrameError[] = []
  let depth = 0
  let isOver = false

  const observer = (shard: number): Observer & { streamReleased: unknown; shutdown: unknown } => {
    let isPending = false
    let isShutDown = false
    const note = (call: Call): unknown => {
      if (depth > 0) faults.push(`${call.method} was called inside another call`)
      // A deadline ends the waiting for a promise, with nothing but `shutdown` after it.
      if (isPending && call.method !== 'shutdown') faults.push(`${call.method} didn't wait for a promise`)
      if (isShutDown || isOver) faults.push(`${call.method} was called after shutdown`)
      isShutDown ||= call.method === 'shutdown'
      try {
        checkLedger(router.stats())
      } catch (error) {
        faults.push(`at call ${calls.length}: ${(error as Error).message}`)
      }
      calls.push(call)
      depth++
      try {
        const result = answer(call)
        if (result instanceof Promise) {
          isPending = true
          const settle = (): void => {
            isPending = false
          }
          result.then(settle, settle)
        }
        return result
      } finally {
        depth--
      }
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
      streamReleased: (slot: number, reason: string) => note({ shard, method: 'released', slot, reason }),
      shutdown: () => note({ shard, method: 'shutdown' }),
    }
  }

  const router: MtgRouter = createRouter(mtg, {
    shards: 1,
    observers: [observer as never],
    onObserverError: (error) => void observerErrors.push(error),
    onFrameError: (error) => void frameErrors.push(error),
    ...options,
  })
  return {
    router,
    calls,
    observerErrors,
    frameErrors,
    events: () => calls.flatMap(({ event }) => (event === undefined ? [] : [event])),
    finish: async () => {
      const stats = await router.shutdown()
      isOver = true
      equal(faults, [], 'what observers found wrong')
      checkLedger(stats)
      equal(router.stats(), stats, 'stats() after shutdown')
      equal([stats.inFlight, stats.sources], [0, 0], 'what is left after shutdown')
      return stats
    },
  }
}

/** A promise that a case settles. */
export interface Gate {
  readonly promise: Promise<unknown>
  open(): void
  fail(error: unknown): void
}

export function gate(): Gate {
  let open!: (value?: unknown) => void
  let fail!: (error: unknown) => void
  const promise = new Promise((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { promise, open: () => open(), fail }
}

/** Frames by what they do to a stream. */
export const opening = (streamId: string): Uint8Array =>
  frame({ template: 1, streamId, remoteIP: '192.0.2.1' })
export const traffic = (streamId: string, bytes: number): Uint8Array =>
  frame({ template: 3, streamId, traffic: bytes })
export const ending = (streamId: string): Uint8Array => frame({ template: 4, streamId })
/** A frame without a stream. */
export const keyless = (size: number): Uint8Array => frame({ template: 9, size })

/** The shard of a stream ID, by the suite's own xxHash32. */
export function shardOfId(streamId: string, shards: number): number {
  return referenceXxHash32(new TextEncoder().encode(streamId)) % shards
}

/** The first stream ID among `prefix0`, `prefix1`, … that belongs to a shard. */
export function idOfShard(shard: number, shards: number, prefix = 's'): string {
  for (let index = 0; ; index++) if (shardOfId(prefix + index, shards) === shard) return prefix + index
}

/** A run in few words: kind and stream of each event, releases by slot. */
export function story(calls: readonly Call[]): string[] {
  return calls.flatMap(({ method, event, slot, reason }) => {
    if (method === 'released') return [`${reason} ${slot}`]
    return event === undefined ? [] : [`${event.event.slice(5)} ${event.streamId}`]
  })
}

/** Each stream's traffic, in the order of arrival: cases write numbers in it. */
export function numbersByStream(events: readonly Event[]): Record<string, number[]> {
  const numbers: Record<string, number[]> = {}
  for (const event of events) {
    if (event.event !== 'EventTraffic') continue
    numbers[event.streamId] ??= []
    numbers[event.streamId]!.push(event.traffic)
  }
  return numbers
}

/** Writes all of it, waiting where there is no room. */
export async function writeAll(source: Pick<MtgRouter, 'write' | 'ready'>, chunk: Uint8Array): Promise<void> {
  if (!source.write(chunk)) await source.ready()
}

/** The bytes in pieces of one length. */
export function pieces(bytes: Uint8Array, length: number): Uint8Array[] {
  isTrue(length > 0, 'pieces have a length')
  const cut: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += length) cut.push(bytes.slice(at, at + length))
  return cut
}
