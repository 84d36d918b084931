// What the router promises, as a model small enough to check by eye: which events of
// a source reach which shard, which don't and why, and when a stream is over.
// It knows no rings, slots, chunks or threads, and its stream table has no end, so it
// holds wherever the router had no reason to evict a stream.
import {
  type Decoded,
  type EventFields,
  type EventItem,
  type Reason,
  referenceXxHash32,
} from './reference.js'

export interface ModelOptions {
  readonly shards: number
  /** What becomes of an end whose stream never opened. Default `drop`. */
  readonly orphans?: 'drop' | 'deliver'
  /** Whether any observer has the event's method. Default: all of them. */
  readonly listens?: (event: string) => boolean
}

export interface EventStep {
  readonly kind: 'delivered' | 'ignored' | 'dropped'
  readonly offset: number
  readonly event: EventFields
  readonly streamId: string
  /** `null`: no stream ID, any shard will do. */
  readonly shard: number | null
  /**
   * Number of the stream's life, from 1, in order of appearance; 0 for none. A life is
   * what keeps one slot: no other living one of its shard has that slot.
   */
  readonly life: number
}

export interface ReleaseStep {
  readonly kind: 'released'
  readonly reason: 'ended' | 'restarted'
  readonly streamId: string
  readonly shard: number
  readonly life: number
}

export type Step = EventStep | ReleaseStep

export interface Ledger {
  received: number
  accepted: number
  rejected: number
  rejectedBy: Partial<Record<Reason, number>>
  delivered: number
  failed: number
  ignored: number
  dropped: number
  droppedBy: { orphan?: number }
}

export interface Modelled {
  /** In wire order, hence in each stream's order; a release stands where its shard must see it. */
  readonly steps: readonly Step[]
  readonly ledger: Ledger
  /** Lives that were not released, by stream ID. */
  readonly live: ReadonlyMap<string, number>
}

interface Stream {
  readonly life: number
  readonly shard: number
  isOpen: boolean
}

const OPENS = 'EventStart'
const ENDS = 'EventFinish'

export function model(decoded: Decoded, options: ModelOptions): Modelled {
  const listens = options.listens ?? (() => true)
  const steps: Step[] = []
  const streams = new Map<string, Stream>()
  let lives = 0

  const begin = (item: EventItem): Stream => {
    const shard = shardOf(item.idBytes, options.shards)
    const stream = { life: ++lives, shard, isOpen: false }
    streams.set(item.streamId, stream)
    return stream
  }
  const release = (streamId: string, stream: Stream, reason: ReleaseStep['reason']): void => {
    steps.push({ kind: 'released', reason, streamId, shard: stream.shard, life: stream.life })
    streams.delete(streamId)
  }
  const step = (kind: EventStep['kind'], item: EventItem, stream?: Stream): void => {
    const { offset, event, streamId } = item
    const shard = streamId === '' ? null : (stream?.shard ?? shardOf(item.idBytes, options.shards))
    steps.push({ kind, offset, event, streamId, shard, life: stream?.life ?? 0 })
  }

  for (const item of decoded.items) {
    if (item.kind === 'rejected') continue
    const { streamId, event } = item
    const kind = listens(event.event) ? 'delivered' : 'ignored'
    const known = streams.get(streamId)
    if (streamId === '') {
      step(kind, item)
    } else if (event.event === OPENS) {
      if (known?.isOpen) release(streamId, known, 'restarted')
      const stream = streams.get(streamId) ?? begin(item)
      stream.isOpen = true
      step(kind, item, stream)
    } else if (event.event === ENDS) {
      const isOrphan = !known?.isOpen && (options.orphans ?? 'drop') === 'drop'
      // An end that nobody will see needs no slot; one that is delivered always has one.
      const stream = known ?? (isOrphan || kind === 'ignored' ? undefined : begin(item))
      step(isOrphan ? 'dropped' : kind, item, stream)
      if (stream !== undefined) release(streamId, stream, 'ended')
    } else {
      step(kind, item, known ?? begin(item))
    }
  }
  const live = new Map(Array.from(streams, ([streamId, stream]) => [streamId, stream.life]))
  return { steps, ledger: ledgerOf(decoded, steps), live }
}

/** Same stream ID, same shard: the guarantee's own formula. */
export function shardOf(idBytes: Uint8Array, shards: number): number {
  return referenceXxHash32(idBytes) % shards
}

/** The steps of one shard that have a stream, in the order in which it must see them. */
export function stepsOfShard(steps: readonly Step[], shard: number): Step[] {
  return steps.filter((step) => step.shard === shard)
}

/** Steps by stream ID, each stream's in its order; events without an ID under `''`. */
export function stepsByStream(steps: readonly Step[]): Map<string, Step[]> {
  const byStream = new Map<string, Step[]>()
  for (const step of steps) {
    const own = byStream.get(step.streamId)
    if (own === undefined) byStream.set(step.streamId, [step])
    else own.push(step)
  }
  return byStream
}

function ledgerOf(decoded: Decoded, steps: readonly Step[]): Ledger {
  const rejectedBy: Partial<Record<Reason, number>> = {}
  let rejected = 0
  const reject = (reason: Reason): void => {
    rejected += 1
    rejectedBy[reason] = (rejectedBy[reason] ?? 0) + 1
  }
  for (const item of decoded.items) if (item.kind === 'rejected') reject(item.reason)
  if (decoded.lost !== undefined) reject(decoded.lost.reason)

  const count = (kind: Step['kind']): number => steps.filter((step) => step.kind === kind).length
  const accepted = decoded.items.filter((item) => item.kind === 'event').length
  const dropped = count('dropped')
  return {
    received: accepted + rejected,
    accepted,
    rejected,
    rejectedBy,
    delivered: count('delivered'),
    failed: 0,
    ignored: count('ignored'),
    dropped,
    droppedBy: dropped === 0 ? {} : { orphan: dropped },
  }
}
