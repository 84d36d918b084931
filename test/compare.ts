// Runs and expectations as lines of text, one a call, so that long runs are compared
// quickly and a difference reads well. Slots are checked here: whoever renders a run
// keeps a shadow of who has which slot, as an observer with state would.
import { expect } from 'vitest'
import { FrameError } from '../src/frame-error.js'
import type { Stats } from '../src/ledger.js'
import type { Event } from '../src/mtg/index.js'
import { type ModelOptions, model } from './model.js'
import type { Decoded, EventFields, Item } from './reference.js'
import { type Call, type MtgOptions, type Rig, type recorder, rig, TestHost } from './support.js'

/** What a run gave: calls, and errors of frames, in order. */
export type Heard = Call | { readonly shard: -1; readonly method: 'error'; readonly error: FrameError }

export const eventLine = (event: EventFields): string => JSON.stringify(event)
export const errorLine = (reason: string, offset: number): string => `${reason} at ${offset}`
const releaseLine = (streamId: string, reason: string): string =>
  `released ${JSON.stringify(streamId)} ${reason}`

/** An event as the reference has it: without its slot. */
export function withoutSlot({ slot: _slot, ...fields }: Event): EventFields {
  return fields
}

/** Says what is wrong with how slots are used, if anything is. */
export class SlotShadow {
  readonly #ids: (string | undefined)[][] = []

  /** The stream that has the slot has this event. */
  event(shard: number, slot: number, streamId: string): void {
    if (slot === 0 || streamId === '') {
      if (slot !== 0 || streamId !== '') throw new Error(`slot ${slot} with ID ${JSON.stringify(streamId)}`)
      return
    }
    this.#ids[shard] ??= []
    const ids = this.#ids[shard]!
    // Two lives of a stream in one slot are told apart by the release between them.
    if (ids[slot] !== undefined && ids[slot] !== streamId) {
      throw new Error(`slot ${slot} of shard ${shard} is ${ids[slot]}'s, and ${streamId} has it`)
    }
    if (ids[slot] === undefined && ids.includes(streamId)) throw new Error(`${streamId} has two slots`)
    ids[slot] = streamId
  }

  /** @returns whose slot it was, `''` when that stream was never seen */
  release(shard: number, slot: number): string {
    const ids = this.#ids[shard]
    const streamId = ids?.[slot] ?? ''
    if (ids !== undefined) ids[slot] = undefined
    return streamId
  }
}

/** A run as lines, all of it, or one shard's. `shutdown` has none. */
export function linesOf(heard: readonly Heard[], shard?: number): string[] {
  const shadow = new SlotShadow()
  const lines: string[] = []
  for (const call of heard) {
    if (call.method === 'error') {
      if (shard === undefined) lines.push(errorLine(call.error.reason, call.error.offset))
    } else if (call.method === 'event') {
      shadow.event(call.shard, call.event.slot, call.event.streamId)
      if (shard === undefined || call.shard === shard) lines.push(eventLine(withoutSlot(call.event)))
    } else if (call.method === 'released') {
      const streamId = shadow.release(call.shard, call.slot)
      if (shard === undefined || call.shard === shard) lines.push(releaseLine(streamId, call.reason))
    }
  }
  return lines
}

/** A cut frame at the end is told by whoever ends the source. */
function truncatedLine(decoded: Decoded): string[] {
  return decoded.partialBytes > 0 ? [errorLine('truncated', decoded.consumed)] : []
}

/** Every frame's outcome, as a decoder tells it: nothing is dropped, every rejection told. */
export function decodedLines(decoded: Decoded): string[] {
  const lines = decoded.items.map((item) =>
    item.kind === 'event' ? eventLine(item.event) : errorLine(item.reason, item.offset),
  )
  if (decoded.lost !== undefined) lines.push(errorLine(decoded.lost.reason, decoded.lost.offset))
  return [...lines, ...truncatedLine(decoded)]
}

/** The same as a router reports it: an unknown template is counted, not told. */
export function reportedLines(decoded: Decoded): string[] {
  return decodedLines({ ...decoded, items: decoded.items.filter(isReported) })
}

const isReported = (item: Item): boolean => item.kind === 'event' || item.reason !== 'unknown-template'

/** What the one shard of a router hears, releases and reported errors included. */
export function modelledLines(decoded: Decoded, options: Omit<ModelOptions, 'shards'> = {}): string[] {
  const { steps } = model(decoded, { ...options, shards: 1 })
  const lines: string[] = []
  let at = 0
  for (const item of decoded.items.filter(isReported)) {
    if (item.kind === 'rejected') {
      lines.push(errorLine(item.reason, item.offset))
      continue
    }
    // A frame's steps: the release of the stream that it restarts, itself, and the release of the one it ends.
    for (let isPast = false; at < steps.length; at++) {
      const step = steps[at]!
      if (step.kind === 'released') {
        if (isPast && step.reason === 'restarted') break
        lines.push(releaseLine(step.streamId, step.reason))
      } else {
        if (isPast) break
        isPast = true
        if (step.kind === 'delivered') lines.push(eventLine(step.event))
      }
    }
  }
  if (decoded.lost !== undefined) lines.push(errorLine(decoded.lost.reason, decoded.lost.offset))
  return [...lines, ...truncatedLine(decoded)]
}

/** The part of the statistics that the reference can tell, once nothing is in flight. */
export interface Account {
  received: number
  accepted: number
  rejected: number
  rejectedBy: Partial<Record<string, number>>
  delivered: number
  failed: number
  ignored: number
  dropped: number
  droppedBy: Partial<Record<string, number>>
  discardedBytes: number
}

export function accountOf(stats: Stats): Account {
  const { received, accepted, rejected, rejectedBy, delivered, failed, ignored } = stats
  const { dropped, droppedBy, discardedBytes } = stats
  return {
    ...{ received, accepted, rejected, rejectedBy, delivered, failed, ignored },
    ...{ dropped, droppedBy, discardedBytes },
  }
}

/** The account of a source that was ended after these bytes. */
export function modelledAccount(decoded: Decoded, options: ModelOptions): Account {
  const { ledger } = model(decoded, options)
  const cut = decoded.partialBytes > 0 ? 1 : 0
  return {
    ...ledger,
    received: ledger.received + cut,
    rejected: ledger.rejected + cut,
    rejectedBy: { ...ledger.rejectedBy, ...(cut > 0 && { truncated: cut }) },
    discardedBytes: decoded.discardedBytes,
  }
}

/** Several sources' accounts in one. */
export function addAccounts(accounts: readonly Account[]): Account {
  const total: Account = {
    ...{ received: 0, accepted: 0, rejected: 0, rejectedBy: {}, delivered: 0, failed: 0, ignored: 0 },
    ...{ dropped: 0, droppedBy: {}, discardedBytes: 0 },
  }
  const addReasons = (to: Account['rejectedBy'], from: Account['rejectedBy']): void => {
    for (const [reason, count] of Object.entries(from)) to[reason] = (to[reason] ?? 0) + (count ?? 0)
  }
  for (const account of accounts) {
    for (const name of ['received', 'accepted', 'rejected', 'delivered', 'failed'] as const) {
      total[name] += account[name]
    }
    for (const name of ['ignored', 'dropped', 'discardedBytes'] as const) total[name] += account[name]
    addReasons(total.rejectedBy, account.rejectedBy)
    addReasons(total.droppedBy, account.droppedBy)
  }
  return total
}

/** A rig all of whose calls and frame errors are heard: its clock moves on at each report, so none is held back. */
export function listeningRig(
  observe: typeof recorder,
  options: MtgOptions = {},
  sizes: Parameters<typeof rig>[1] = {},
): Rig & { readonly heard: Heard[] } {
  const heard: Heard[] = []
  const host = new TestHost()
  const made = rig(
    {
      observers: [observe([], (call) => void heard.push(call))],
      onFrameError: (error) => {
        host.time += 1_000
        heard.push({ shard: -1, method: 'error', error })
      },
      ...options,
    },
    sizes,
    host,
  )
  return { ...made, heard }
}

/** Writes; a lost framing is an outcome here, not an error. */
export function writeLossy(write: () => boolean): void {
  try {
    expect(write()).toBe(true)
  } catch (error) {
    if (!(error instanceof FrameError && error.code === 'framing-lost')) throw error
  }
}
