// The honest rival: the best router in plain TypeScript that we could write, with every idea of
// the core: the same checks of the wire, xxHash32 and the division once a stream, stream IDs
// interned from bytes (no string an event), dense slots a shard, orphans dropped, a call site an event.
// Addresses and timestamps are read by the same functions, so that only the routing is compared.
//
// It promises less, which is in its favour: it delivers straight from the chunk, so there are no
// rings, no backpressure, no async observers, no eviction, one factory, and no calls of `write`
// from inside an observer; its counters are true between calls of `write`.

import { ip, milliseconds } from '../../src/wire.js'
import type { Contestant, Setting } from '../contestants/contestant.js'
import { EVENT_NAMES } from '../events.js'
import { cut } from './cut.js'
import type { ObserverSource } from './observers.js'
import { Shard, type TwinObserver } from './twin-shard.js'
import { IdTable } from './twin-table.js'
import { decodeId, xxHash32 } from './twin-values.js'

const SOFH_BYTES = 6
const HEADER_BYTES = 14
const ENCODING_TYPE = 0xeb50
const MAX_FRAME_BYTES = 65_536
/** Least block bytes by template ID; 0 where there is no such template. */
const BLOCK_BYTES = Uint8Array.of(0, 24, 28, 17, 8, 8, 8, 25, 8, 17, 0, 0, 0, 0, 0, 0)
/** High word of 2^53: the first that a number can't hold. */
const TWO_53_HIGH = 0x20_0000

// What the table gives for an ID: the slot, and the shard in the low bits. Never 0: slots begin at 1.
const SHARD_MASK = 0xff
const SLOT_SHIFT = 8

/** Frames looked at ahead, so that their buckets come into the cache while others are worked on. */
const BATCH_FRAMES = 32
/** Live streams from which that pays: below, the table is in the cache anyway. */
const BATCH_FROM_STREAMS = 4_096

export class TwinRouter {
  readonly stats = { received: 0, accepted: 0, delivered: 0, failed: 0, ignored: 0, dropped: 0, rejected: 0 }
  /** What `streamReleased` threw; no event is lost by that. */
  releaseErrors = 0
  readonly rejectedBy = new Map<string, number>()
  private readonly shards: Shard[]
  private readonly listens: number
  private readonly takesBatches: boolean
  private readonly table: IdTable
  private readonly ahead = new Int32Array(BATCH_FRAMES)
  private nextShard = 0
  private framingLost = false
  /** A frame that a chunk's end cut. */
  private readonly cut = new Uint8Array(MAX_FRAME_BYTES)
  private cutBytes = 0

  constructor(shards: number, streams: number, factory: (shard: number) => TwinObserver) {
    const slots = Math.ceil((1.25 * streams) / shards) + 64
    this.shards = Array.from({ length: shards }, (_, shard) => new Shard(factory(shard), slots))
    const { observer } = this.shards[0]!
    this.takesBatches = observer.eventBatch !== undefined
    this.listens = EVENT_NAMES.reduce((bits, name, i) => {
      const method = `e${name.slice(1)}` as keyof TwinObserver
      return observer[method] === undefined && !this.takesBatches ? bits : bits | (2 << i)
    }, 0)
    this.table = new IdTable(slots * shards, shards)
  }

  /** Routes and delivers a chunk, cut anywhere. */
  write(chunk: Uint8Array): void {
    if (this.framingLost) throw new Error('framing was lost; open another connection')
    let at = 0
    while (this.cutBytes > 0 && at < chunk.length && !this.framingLost) {
      const { cut, cutBytes } = this
      const length = cutBytes < SOFH_BYTES ? SOFH_BYTES : new DataView(cut.buffer).getUint32(0)
      const taken = Math.min(length - cutBytes, chunk.length - at)
      cut.set(chunk.subarray(at, at + taken), cutBytes)
      at += taken
      this.cutBytes += taken
      if (this.cutBytes >= SOFH_BYTES && this.route(cut, 0, this.cutBytes) > 0) this.cutBytes = 0
    }
    if (at < chunk.length) at = this.route(chunk, at, chunk.length)
    if (this.framingLost) throw new Error('framing is lost: no header where a frame should begin')
    if (at === chunk.length) return
    this.cut.set(chunk.subarray(at))
    this.cutBytes = chunk.length - at
  }

  shutdown(): void {
    if (this.cutBytes > 0) {
      this.stats.received++
      this.reject('frame-cut')
    }
    for (const { observer } of this.shards) observer.shutdown?.()
  }

  /** Routes whole frames and gives the index of the first byte that isn't part of one. */
  private route(bytes: Uint8Array, start: number, end: number): number {
    // One function, for the compiler to keep everything in registers; the loop is inside one `try`,
    // and an observer's throw resumes it at the next frame, so isolation costs nothing an event.
    const view = new DataView(bytes.buffer, bytes.byteOffset, end)
    const { shards, table, ahead, listens, takesBatches, stats } = this
    let next = start
    let aheadFrames = 0
    let aheadAt = 0
    let received = 0
    let accepted = 0
    let delivered = 0
    for (;;) {
      try {
        while (end - next >= SOFH_BYTES) {
          const frame = next
          const length = view.getUint32(frame)
          if (
            view.getUint16(frame + 4) !== ENCODING_TYPE ||
            length < SOFH_BYTES ||
            length > MAX_FRAME_BYTES
          ) {
            this.reject('framing-lost')
            this.framingLost = true
            received++
            break
          }
          if (length > end - frame) break
          let known = 0
          if (table.size >= BATCH_FROM_STREAMS) {
            if (aheadAt === aheadFrames) {
              aheadFrames = this.lookAhead(view, frame, end)
              aheadAt = 0
            }
            known = ahead[aheadAt++]!
          }
          next = frame + length
          received++
          const template = length < HEADER_BYTES ? 0 : view.getUint16(frame + 8, true)
          const blockLength = length < HEADER_BYTES ? 0 : view.getUint16(frame + 6, true)
          const needed = template < 16 ? BLOCK_BYTES[template]! : 0
          const block = frame + HEADER_BYTES
          const idAt = block + blockLength
          if (needed === 0 || view.getUint16(frame + 10, true) !== 1 || blockLength < needed || idAt > next) {
            this.rejectHeader(length, template, blockLength, view, frame)
            continue
          }
          if (template === 3) {
            if (view.getUint32(block + 12, true) >= TWO_53_HIGH || view.getUint8(block + 16) > 1) {
              this.reject('field-invalid')
              continue
            }
          } else if (template === 9) {
            const high = view.getInt32(block + 12, true)
            const tooSmall =
              high < -TWO_53_HIGH || (high === -TWO_53_HIGH && view.getUint32(block + 8, true) === 0)
            if (high >= TWO_53_HIGH || tooSmall || view.getUint8(block + 16) > 1) {
              this.reject('field-invalid')
              continue
            }
          } else if (template === 7 && view.getUint8(block + 24) > 1) {
            this.reject('field-invalid')
            continue
          }

          let ref = 0
          // 255 is null, and stands for an ID that isn't there, too.
          const idBytes = idAt < next ? view.getUint8(idAt) : 255
          if (idBytes === 255 || idAt + idBytes >= next) {
            this.reject('stream-id')
            continue
          }
          let shard: Shard
          if (idBytes === 0) {
            shard = shards[this.nextShard]!
            this.nextShard = this.nextShard + 1 === shards.length ? 0 : this.nextShard + 1
          } else {
            ref = table.find(view, idAt, idBytes, known)
            if (ref === 0) {
              ref = this.enter(view, bytes, idAt, idBytes, template)
              // Not taken: not UTF-8, an orphan, or no slot left; it is counted already.
              if (ref === 0) continue
            }
            shard = shards[ref & SHARD_MASK]!
          }
          accepted++
          const slot = ref >>> SLOT_SHIFT
          const streamId = shard.ids[slot]!
          if (template === 1) this.opening(shard, slot)
          else if (template === 4 && slot !== 0) {
            const opened = shard.opened[slot] === 1
            table.remove()
            shard.release(slot)
            if (!opened) {
              stats.dropped++
              this.released(shard, slot, 'ended')
              continue
            }
          }
          if (((listens >> template) & 1) === 0) {
            stats.ignored++
            if (template === 4 && slot !== 0) this.released(shard, slot, 'ended')
            continue
          }
          delivered++
          if (takesBatches) {
            if (shard.rows!.add(template, slot, view, block)) this.handOver(shard)
            if (template === 4 && slot !== 0) this.released(shard, slot, 'ended')
            continue
          }
          const timestamp = milliseconds(view, block)
          const { observer } = shard
          switch (template) {
            case 1: {
              const remoteIP = ip(view, block + 8)
              observer.eventStart!({ event: 'EventStart', streamId, slot, timestamp, remoteIP })
              break
            }
            case 2: {
              const remoteIP = ip(view, block + 8)
              const dc = view.getInt32(block + 24, true)
              observer.eventConnectedToDC!({
                event: 'EventConnectedToDC',
                streamId,
                slot,
                timestamp,
                remoteIP,
                dc,
              })
              break
            }
            case 3: {
              const traffic = view.getUint32(block + 12, true) * 2 ** 32 + view.getUint32(block + 8, true)
              const isRead = view.getUint8(block + 16) === 1
              observer.eventTraffic!({ event: 'EventTraffic', streamId, slot, timestamp, traffic, isRead })
              break
            }
            case 4:
              try {
                observer.eventFinish!({ event: 'EventFinish', streamId, slot, timestamp })
              } finally {
                if (slot !== 0) this.released(shard, slot, 'ended')
              }
              break
            case 5:
              observer.eventDomainFronting!({ event: 'EventDomainFronting', streamId, slot, timestamp })
              break
            case 6:
              observer.eventConcurrencyLimited!({
                event: 'EventConcurrencyLimited',
                streamId,
                slot,
                timestamp,
              })
              break
            case 7: {
              const remoteIP = ip(view, block + 8)
              const isBlockList = view.getUint8(block + 24) === 1
              const event = {
                event: 'EventIPBlocklisted',
                streamId,
                slot,
                timestamp,
                remoteIP,
                isBlockList,
              } as const
              observer.eventIPBlocklisted!(event)
              break
            }
            case 8:
              observer.eventReplayAttack!({ event: 'EventReplayAttack', streamId, slot, timestamp })
              break
            default: {
              const size = view.getInt32(block + 12, true) * 2 ** 32 + view.getUint32(block + 8, true)
              const isBlockList = view.getUint8(block + 16) === 1
              observer.eventIPListSize!({
                event: 'EventIPListSize',
                streamId,
                slot,
                timestamp,
                size,
                isBlockList,
              })
            }
          }
        }
        break
      } catch {
        delivered--
        stats.failed++
      }
    }
    stats.received += received
    stats.accepted += accepted
    stats.delivered += delivered
    // What has arrived is delivered before this returns, as it is by method.
    if (takesBatches) for (const shard of shards) this.handOver(shard)
    return next
  }

  /**
   * Hashes the IDs of the frames from `at` on and has their buckets fetched.
   * @returns how many frames; at least 1, of which nothing is known (hash 0) if it is an odd one
   */
  private lookAhead(view: DataView, start: number, end: number): number {
    const { ahead, table } = this
    let at = start
    let frames = 0
    while (frames < BATCH_FRAMES && end - at >= HEADER_BYTES) {
      const length = view.getUint32(at)
      const next = at + length
      if (length < HEADER_BYTES || next > end) break
      const idAt = at + HEADER_BYTES + view.getUint16(at + 6, true)
      let hash = 0
      if (idAt < next) {
        const idBytes = view.getUint8(idAt)
        if (idAt + idBytes < next) {
          hash = table.hash(view, idAt, idBytes)
          table.touch(hash)
        }
      }
      ahead[frames++] = hash
      at = next
    }
    if (frames > 0) return frames
    ahead[0] = 0
    return 1
  }

  /** A stream opens; if it was open already, the first one is over. */
  private opening(shard: Shard, slot: number): void {
    if (slot === 0) return
    const restarted = shard.opened[slot] === 1
    shard.opened[slot] = 1
    if (restarted) this.released(shard, slot, 'restarted')
  }

  /** Gives a shard's rows to its observer as a batch. */
  private handOver(shard: Shard): void {
    const rows = shard.rows!
    if (rows.end === 0) return
    try {
      shard.observer.eventBatch!(rows)
    } catch {
      this.stats.delivered -= rows.end
      this.stats.failed += rows.end
    }
    rows.end = 0
  }

  private released(shard: Shard, slot: number, reason: 'ended' | 'restarted'): void {
    if (this.takesBatches) this.handOver(shard)
    try {
      shard.observer.streamReleased?.(slot, reason)
    } catch {
      this.releaseErrors++
    }
  }

  /**
   * A stream's first event.
   * @returns its reference, or 0 when the event isn't to be delivered (and is counted)
   */
  private enter(view: DataView, bytes: Uint8Array, idAt: number, idBytes: number, template: number): number {
    const id = decodeId(view, bytes, idAt + 1, idBytes)
    if (id === undefined) {
      this.reject('stream-id-not-utf8')
      return 0
    }
    const index = (xxHash32(view, idAt + 1, idBytes) >>> 0) % this.shards.length
    const shard = this.shards[index]!
    const slot = template === 4 ? 0 : shard.claim()
    if (slot === 0) {
      // An orphan, or a full table: this router does not evict.
      this.stats.accepted++
      this.stats.dropped++
      return 0
    }
    shard.ids[slot] = id
    const ref = (slot << SLOT_SHIFT) | index
    this.table.insert(view, idAt, idBytes, ref)
    return ref
  }

  private rejectHeader(
    length: number,
    template: number,
    blockLength: number,
    view: DataView,
    frame: number,
  ): void {
    if (length < HEADER_BYTES) this.reject('frame-too-short')
    else if (view.getUint16(frame + 10, true) !== 1) this.reject('schema')
    else if ((BLOCK_BYTES[template] ?? 0) === 0) this.reject('unknown-template')
    else this.reject(blockLength < BLOCK_BYTES[template]! ? 'block-too-short' : 'block-too-long')
  }

  private reject(reason: string): void {
    this.stats.rejected++
    this.rejectedBy.set(reason, (this.rejectedBy.get(reason) ?? 0) + 1)
  }
}

/** A contestant that is the twin. @param observe makes fresh observers */
export function twinContestant(
  description: string,
  observe: (setting: Setting) => ObserverSource<TwinObserver>,
): Contestant<Uint8Array[]> {
  return {
    description,
    prepare: (frames, { chunkBytes }) => cut(frames, chunkBytes),
    open(setting) {
      const observers = observe(setting)
      const router = new TwinRouter(setting.shards, setting.streams, observers.factories[0]!)
      return {
        write(chunks) {
          for (const chunk of chunks) router.write(chunk)
        },
        finish() {
          router.shutdown()
          if (router.stats.delivered !== router.stats.received) {
            throw new Error(`not all delivered: ${JSON.stringify(router.stats)}`)
          }
          return observers.answer()
        },
      }
    },
  }
}
