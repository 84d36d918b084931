// What one shard's observer must be called with, as its streams open, end, start anew
// and give way. It follows the calls as they come: which stream gives way to a newcomer
// is the router's choice, all else is decided by the frames.

import type { Event } from '../../../src/mtg/index.js'
import type { ReleaseReason } from '../../../src/schema.js'
import { FuzzFailure } from '../failure.js'
import { eventDiffers, isSameEvent, readingOf } from './compare-event.js'
import { FINISH, Readings, START } from './quick-reference.js'

interface Stream {
  readonly id: string
  /** 0: none of its events has been heard yet. */
  slot: number
  isOpen: boolean
}

/** What of the frame in turn has been heard. */
type Stage = 'nothing' | 'restarted' | 'evicted' | 'event'

export interface ShardTotals {
  delivered: number
  ignored: number
  orphans: number
  evicted: number
  restarted: number
}

export interface ShardRules {
  readonly slots: number
  readonly deliverOrphans: boolean
  /** Template IDs whose method the observers lack. Then the slots must be more than the streams. */
  readonly ignores: ReadonlySet<number>
}

export class ShardModel {
  readonly totals: ShardTotals = { delivered: 0, ignored: 0, orphans: 0, evicted: 0, restarted: 0 }
  readonly #shard: number
  readonly #rules: ShardRules
  readonly #streams = new Map<string, Stream>()
  readonly #owners: (Stream | undefined)[] = []
  #readings = new Readings()
  /** Indexes of the frames with an ID that are this shard's, and which of them is in turn. */
  #queue: number[] = []
  #head = 0
  #stage: Stage = 'nothing'

  constructor(shard: number, rules: ShardRules) {
    this.#shard = shard
    this.#rules = rules
  }

  get streams(): number {
    return this.#streams.size
  }

  /** A new source's frames, of which `queue` are this shard's. */
  expect(readings: Readings, queue: number[]): void {
    this.#readings = readings
    this.#queue = queue
    this.#head = 0
  }

  #fail(oracle: 'releases' | 'slots' | 'same-events', what: string, got: unknown): never {
    const index = this.#queue[this.#head]
    throw new FuzzFailure(oracle, `shard ${this.#shard}: ${what}`, {
      offset: index === undefined ? undefined : this.#readings.offsets[index],
      expected: index === undefined ? 'nothing more' : readingOf(this.#readings, index),
      got,
    })
  }

  #next(): void {
    this.#head++
    this.#stage = 'nothing'
  }

  /** Passes over frames that nobody hears of. @returns the index of the frame in turn, -1: there is none */
  #turn(): number {
    const { ignores, deliverOrphans } = this.#rules
    const readings = this.#readings
    for (; this.#head < this.#queue.length; this.#head++) {
      const index = this.#queue[this.#head]!
      if (this.#stage !== 'nothing') return index
      const template = readings.templates[index]!
      const stream = this.#streams.get(readings.ids[index]!)
      if (template === FINISH) {
        if (stream !== undefined) return index
        if (!deliverOrphans) this.totals.orphans++
        else if (ignores.has(template)) this.totals.ignored++
        else return index
      } else {
        if (!ignores.has(template) || (template === START && stream?.isOpen)) return index
        this.#known(index).isOpen ||= template === START
        this.totals.ignored++
      }
    }
    return -1
  }

  /** The stream of a frame, begun if need be. */
  #known(index: number): Stream {
    const id = this.#readings.ids[index]!
    let stream = this.#streams.get(id)
    if (stream === undefined) {
      stream = { id, slot: 0, isOpen: false }
      this.#streams.set(id, stream)
    }
    return stream
  }

  event(event: Event): number {
    const readings = this.#readings
    const index = this.#turn()
    if (this.#stage === 'event')
      this.#fail('releases', 'an event comes before its stream’s end is told', event)
    if (index < 0) {
      throw new FuzzFailure('same-events', `shard ${this.#shard}: an event too many`, { got: event })
    }
    if (!isSameEvent(event, readings, index)) eventDiffers(`shard ${this.#shard}`, event, readings, index)
    const template = readings.templates[index]!
    const isNew = !this.#streams.has(event.streamId)
    const isFull = this.#streams.size >= this.#rules.slots
    const stream = this.#known(index)
    if (isNew && isFull) this.#fail('slots', 'more streams than slots', event.slot)
    if (this.#stage === 'evicted' && !isNew) this.#fail('releases', 'a stream gave way to none', event)
    if (template === START && stream.isOpen) this.#fail('releases', 'a restart is not told', event)
    if (template === FINISH && !stream.isOpen && !this.#rules.deliverOrphans) {
      this.#fail('releases', 'an end without a beginning is delivered', event)
    }
    this.#assertSlot(stream, event.slot)
    this.totals.delivered++
    if (template === FINISH) this.#stage = 'event'
    else {
      stream.isOpen ||= template === START
      this.#next()
    }
    return index
  }

  /** The slot is this stream's, or was nobody's. */
  #assertSlot(stream: Stream, slot: number): void {
    const owner = this.#owners[slot]
    if (stream.slot === 0 && owner === undefined && slot >= 1 && slot <= this.#rules.slots) {
      stream.slot = slot
      this.#owners[slot] = stream
    } else if (owner !== stream) {
      const whose = owner === undefined ? 'nobody’s' : `${owner.id}’s`
      this.#fail('slots', `${stream.id} has slot ${stream.slot}, and ${slot} is ${whose}`, slot)
    }
  }

  released(slot: number, reason: ReleaseReason): void {
    const index = this.#turn()
    const got = { released: slot, reason }
    if (index < 0) this.#fail('releases', 'a release too many', got)
    const readings = this.#readings
    const template = readings.templates[index]!
    const stream = this.#streams.get(readings.ids[index]!)
    if (reason === 'evicted') {
      const isNewcomer = stream === undefined && this.#stage === 'nothing'
      if (!isNewcomer || this.#streams.size < this.#rules.slots) {
        this.#fail('releases', 'a stream gives way without need', got)
      }
      const owner = this.#owners[slot]
      if (owner === undefined) this.#fail('slots', 'a slot that nobody has is given up', got)
      this.#streams.delete(owner!.id)
      this.#owners[slot] = undefined
      this.totals.evicted++
      this.#stage = 'evicted'
      return
    }
    if (stream === undefined) this.#fail('releases', 'a stream that isn’t there is released', got)
    if (stream!.slot === 0) this.#assertSlot(stream!, slot)
    if (stream!.slot !== slot) this.#fail('slots', `${stream!.id} has slot ${stream!.slot}`, got)
    if (reason === 'restarted') {
      const isRestart = template === START && stream!.isOpen && this.#stage === 'nothing'
      if (!isRestart) this.#fail('releases', 'a stream that goes on is said to restart', got)
      this.totals.restarted++
      stream!.isOpen = false
      this.#stage = 'restarted'
      if (!this.#rules.ignores.has(template)) return
      stream!.isOpen = true
      this.totals.ignored++
      this.#next()
      return
    }
    if (template !== FINISH) this.#fail('releases', 'a stream that goes on is said to end', got)
    if (this.#stage !== 'event') {
      // Its end is told all the same when nobody hears the event itself.
      const isOrphan = !stream!.isOpen && !this.#rules.deliverOrphans
      if (isOrphan) this.totals.orphans++
      else if (this.#rules.ignores.has(template)) this.totals.ignored++
      else this.#fail('same-events', 'an event is missing before its stream’s end', got)
    }
    this.#streams.delete(stream!.id)
    this.#owners[slot] = undefined
    this.#next()
  }

  /** All frames before this index have been delivered. */
  assertUpTo(limit: number): void {
    const index = this.#turn()
    if (index < 0 || index >= limit) return
    if (this.#stage !== 'nothing') this.#fail('releases', 'the frame in turn is told by half', this.#stage)
    const stream = this.#streams.get(this.#readings.ids[index]!)
    const template = this.#readings.templates[index]!
    const isOrphan = template === FINISH && stream !== undefined && !stream.isOpen
    throw new FuzzFailure(
      isOrphan ? 'releases' : 'same-events',
      `shard ${this.#shard}: an event is missing`,
      {
        offset: this.#readings.offsets[index],
        expected: readingOf(this.#readings, index),
        got: 'nothing',
      },
    )
  }
}
