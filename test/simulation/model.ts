// What must hold, whatever the router does: a shadow of each shard, moved on by what
// its observers are told, in the order in which they are told it. It shares no code
// with the product and predicts no scheduling: it knows what was written, and judges
// each call by what may come next. Each thing it can find wrong has a name: an oracle.

import { ENDS, hasFields, KEYLESS, OPENS, TEMPLATE_IDS } from './frames.js'

export type Fail = (oracle: string, message: string) => void

/** A stream's state: whether it is open is unclear where its opening or its eviction went unheard. */
export const SHUT = 0
export const OPEN = 1
export const UNCLEAR = 2

export class Stream {
  /** Numbers of its events in the order in which they were written; one producer's, unless it is shared. */
  readonly events: number[] = []
  /** Index in `events` of the first that hasn't been accounted for. */
  next = 0
  slot = 0
  open = SHUT
  /** It was evicted since anything of it was heard: what went unheard may have come before that, or after. */
  isBlurred = false

  readonly text: string
  readonly bytes: Uint8Array
  readonly shard: number
  readonly isShared: boolean

  constructor(text: string, bytes: Uint8Array, shard: number, isShared: boolean) {
    this.text = text
    this.bytes = bytes
    this.shard = shard
    this.isShared = isShared
  }
}

/** What is in hand instead of an event: a release; a batch, as long as those that take batches have it. */
const RELEASE = -1
const BATCH = -2

const OFFERED = 0
const IN_HAND = 1
const SETTLED = 2
const EXPLAINED = 3
const WITHDRAWN = 4

/** One shard as its observers know it. */
class Shard {
  readonly bySlot: (Stream | undefined)[] = []
  live = 0
  /** Number of the event in hand, or RELEASE or BATCH. */
  number = RELEASE
  releasedSlot = 0
  /** Factories that have to hear of the record in hand, and how many have. */
  hearers: readonly number[] = []
  heard = 0
  /** Promises of the record in hand, and whether any of its calls failed. */
  pending = 0
  isFailed = false
  /** The events of the batch in hand, which of them are left for the others, and what failed: all, or so many. */
  rows: readonly number[] = []
  nextRow = 0
  isBatchFailed = false
  failedRows = 0
  /** Counts records: a promise of one that was cut off changes nothing. */
  sequence = 0
  /** What the next record has to be: the release of a stream that ended, or its opening once more. */
  mustEnd: Stream | undefined
  mustOpen: Stream | undefined
  readonly lastByProducer: number[] = []
  keyless = 0
}

export interface ModelSettings {
  readonly shards: number
  readonly slots: number
  readonly orphans: 'drop' | 'deliver'
  readonly factories: readonly {
    readonly deaf: readonly number[]
    readonly hearsReleases: boolean
    readonly takesBatches: boolean
  }[]
}

/** A row of a batch, as an observer reads it. */
export interface BatchRow {
  readonly template: number
  readonly event: Heard
}

interface Heard {
  readonly event: string
  readonly streamId: string
  readonly slot: number
  readonly timestamp: number
}

export class Model {
  readonly shards: readonly Shard[]
  readonly streams: Stream[] = []
  delivered = 0
  failed = 0
  ignored = 0
  orphans = 0
  /** Ends that were orphans or ignored: which, nobody can tell. */
  unclear = 0
  /** Evictions that nobody heard of, but that must have been. */
  unheardEvictions = 0
  evicted = 0
  restarted = 0
  releaseErrors = 0
  /** Events offered, all kinds. */
  offered = 0
  withdrawn = 0
  readonly #fail: Fail
  readonly #slots: number
  readonly #dropsOrphans: boolean
  /** By template: who hears of it by method, all of them; and who hears of it in batches. */
  readonly #hearers: readonly (readonly number[])[]
  readonly #takers: readonly number[]
  readonly #releaseHearers: readonly number[]
  /** Everything that happens to a stream is heard. */
  readonly isComplete: boolean
  #templates = new Uint8Array(1_024)
  #states = new Uint8Array(1_024)
  #producers = new Uint16Array(1_024)
  readonly #byNumber: (Stream | undefined)[] = []

  constructor({ shards, slots, orphans, factories }: ModelSettings, fail: Fail) {
    this.#fail = fail
    this.#slots = slots
    this.#dropsOrphans = orphans === 'drop'
    this.shards = Array.from({ length: shards }, () => new Shard())
    const indexes = factories.map((_, index) => index)
    this.#hearers = Array.from({ length: 10 }, (_, template) =>
      indexes.filter(
        (index) => !factories[index]!.takesBatches && !factories[index]!.deaf.includes(template),
      ),
    )
    this.#takers = indexes.filter((index) => factories[index]!.takesBatches)
    this.#releaseHearers = indexes.filter((index) => factories[index]!.hearsReleases)
    this.isComplete =
      this.#releaseHearers.length > 0 && TEMPLATE_IDS.every((template) => this.isHeard(template))
  }

  isHeard(template: number): boolean {
    return this.#takers.length > 0 || this.#hearers[template]!.length > 0
  }

  /** Takes note of an event that is about to be written; its number goes into its frame. */
  offer(template: number, stream: Stream | undefined, producer: number): number {
    const number = this.offered++
    if (number === this.#templates.length) {
      this.#templates = grown(this.#templates, new Uint8Array(number * 2))
      this.#states = grown(this.#states, new Uint8Array(number * 2))
      this.#producers = grown(this.#producers, new Uint16Array(number * 2))
    }
    this.#templates[number] = template
    this.#producers[number] = producer
    this.#byNumber.push(stream)
    stream?.events.push(number)
    return number
  }

  /** An event that is never going to be written whole; the last of its stream that was offered. */
  withdraw(number: number): void {
    this.#states[number] = WITHDRAWN
    this.withdrawn++
    const stream = this.#byNumber[number]
    if (stream === undefined) return
    const at = stream.events.lastIndexOf(number)
    stream.events.splice(at, 1)
  }

  /** Whether an event that was written must have been delivered once its source says that all is settled. */
  isOutstanding(number: number): boolean {
    const state = this.#states[number]!
    if (state === IN_HAND) return true
    const template = this.#templates[number]!
    return state === OFFERED && this.isHeard(template) && template !== ENDS
  }

  // ---- What observers hear

  /** An observer of this factory got an event of this template. */
  heardEvent(factory: number, index: number, template: number, event: Heard): void {
    const shard = this.shards[index]!
    const number = event.timestamp
    if (shard.heard < shard.hearers.length) {
      if (shard.number !== number)
        this.#fail('every-observer', `event ${number} while ${shard.number} is in hand`)
      else if (this.#takers.length > 0) this.#judgeValues(template, number, event)
    } else if (this.#takers.length > 0) {
      this.#fail('every-observer', `event ${number}, which is in no batch in hand`)
    } else if (this.#begins(shard, number, this.#hearers[template]!)) {
      this.#happened(shard, index, template, number, event)
    }
    this.#hears(shard, factory)
  }

  /** An observer of this factory got these events at once. */
  heardBatch(factory: number, index: number, rows: readonly BatchRow[]): void {
    const shard = this.shards[index]!
    const numbers = rows.map(({ event }) => event.timestamp)
    if (shard.heard < shard.hearers.length) {
      if (shard.number !== BATCH || String(shard.rows) !== String(numbers))
        this.#fail('every-observer', `a batch of ${numbers} while ${shard.number} is in hand`)
    } else {
      this.#begins(shard, BATCH, this.#takers)
      shard.rows = numbers
      shard.nextRow = 0
      shard.isBatchFailed = false
      shard.failedRows = 0
      if (numbers.length === 0) this.#fail('values', 'a batch of nothing')
      for (const { template, event } of rows) {
        if (this.#isNew(event.timestamp)) this.#happened(shard, index, template, event.timestamp, event)
      }
    }
    this.#hears(shard, factory)
  }

  /** An observer of this factory was told that a slot is over. */
  heardRelease(factory: number, index: number, slot: number, reason: string): void {
    const shard = this.shards[index]!
    if (shard.heard < shard.hearers.length) {
      if (shard.number !== RELEASE || shard.releasedSlot !== slot)
        this.#fail('every-observer', `release of ${slot} while ${shard.number} is in hand`)
    } else if (this.#begins(shard, RELEASE, this.#releaseHearers)) {
      shard.releasedSlot = slot
      this.#released(shard, slot, reason)
    }
    this.#hears(shard, factory)
  }

  #begins(shard: Shard, number: number, hearers: readonly number[]): boolean {
    if (shard.pending > 0)
      this.#fail('one-at-a-time', `event ${number} while promises of ${shard.number} are pending`)
    shard.number = number
    shard.hearers = hearers
    shard.heard = 0
    shard.pending = 0
    shard.isFailed = false
    shard.sequence++
    return number < 0 || this.#isNew(number)
  }

  /** Whether this is an event that was written, and that nobody has heard. */
  #isNew(number: number): boolean {
    if (!(number >= 0 && number < this.offered && Number.isInteger(number))) {
      this.#fail('values', `an event ${number}, which nobody made`)
      return false
    }
    if (this.#states[number] !== OFFERED) {
      this.#fail('once', `event ${number} again, or never written`)
      return false
    }
    return true
  }

  #hears(shard: Shard, factory: number): void {
    if (shard.hearers[shard.heard] !== factory)
      this.#fail('every-observer', `factory ${factory} hears record ${shard.number} as number ${shard.heard}`)
    shard.heard++
  }

  // ---- How observers answer

  threw(index: number): void {
    const shard = this.shards[index]!
    if (shard.number === RELEASE) this.releaseErrors++
    else shard.isFailed = true
  }

  /** The call that was heard has returned. */
  returned(index: number): void {
    const shard = this.shards[index]!
    if (shard.pending === 0 && shard.heard === shard.hearers.length) this.#settle(shard)
  }

  settled(index: number, sequence: number, isRejected: boolean): void {
    const shard = this.shards[index]!
    if (sequence !== shard.sequence) return
    if (isRejected) this.threw(index)
    shard.pending--
    this.returned(index)
  }

  /** All have heard what is in hand, and their promises have settled. */
  #settle(shard: Shard): void {
    if (shard.number === RELEASE) return
    if (this.#takers.length > 0) {
      this.#settleRow(shard)
      return
    }
    this.#states[shard.number] = SETTLED
    if (shard.isFailed) this.failed++
    else this.delivered++
  }

  /** Behind the batch, its rows come one by one to those that don't take batches; then all of it is settled. */
  #settleRow(shard: Shard): void {
    const { rows } = shard
    if (shard.number === BATCH) shard.isBatchFailed = shard.isFailed
    else if (shard.isFailed) shard.failedRows++
    while (shard.nextRow < rows.length) {
      const number = rows[shard.nextRow++]!
      const hearers = this.#hearers[this.#templates[number]!]!
      if (hearers.length === 0) continue
      this.#begins(shard, RELEASE, hearers)
      shard.number = number
      return
    }
    for (const number of rows) this.#states[number] = SETTLED
    const failed = shard.isBatchFailed ? rows.length : shard.failedRows
    this.failed += failed
    this.delivered += rows.length - failed
    shard.number = BATCH
    shard.rows = []
  }

  /** The deadline cut off what was in hand: its promises change nothing any more. */
  cutOff(): void {
    for (const shard of this.shards) shard.sequence++
  }

  // ---- What it means

  #happened(shard: Shard, index: number, template: number, number: number, event: Heard): void {
    const stream = this.#byNumber[number]
    const producer = this.#producers[number]!
    this.#judgeValues(template, number, event)
    if (event.streamId !== (stream?.text ?? ''))
      this.#fail(
        'values',
        `event ${number} of ${JSON.stringify(stream?.text)} came as ${JSON.stringify(event.streamId)}`,
      )
    if (number < (shard.lastByProducer[producer] ?? -1))
      this.#fail('order', `event ${number} after ${shard.lastByProducer[producer]} of the same source`)
    shard.lastByProducer[producer] = number
    this.#states[number] = IN_HAND
    if (shard.mustEnd !== undefined && this.#releaseHearers.length > 0)
      this.#fail(
        'release',
        `event ${number} before the release of slot ${shard.mustEnd.slot}, whose stream has ended`,
      )
    if (shard.mustOpen !== undefined && (shard.mustOpen !== stream || template !== OPENS))
      this.#fail('release', `event ${number} between a restart and its opening`)
    shard.mustOpen = undefined
    if (stream === undefined) {
      if (event.slot !== 0) this.#fail('identity', `event ${number} has no stream, but slot ${event.slot}`)
      shard.keyless++
      return
    }
    if (stream.shard !== index)
      this.#fail(
        'affinity',
        `event ${number} of ${JSON.stringify(stream.text)} on shard ${index}, not ${stream.shard}`,
      )
    if (!stream.isShared) this.#advance(stream, number)
    this.#enter(shard, stream, event.slot, number)
    stream.isBlurred = false
    if (template === OPENS) {
      if (stream.open === OPEN && this.isComplete)
        this.#fail('release', `event ${number} opens an open stream, which wasn't released`)
      stream.open = OPEN
    } else if (template === ENDS) {
      if (stream.open === SHUT && this.#dropsOrphans)
        this.#fail(
          'end-without-beginning',
          `event ${number} ends ${JSON.stringify(stream.text)}, which isn't open`,
        )
      stream.open = SHUT
      if (this.#releaseHearers.length > 0) shard.mustEnd = stream
      else this.#leave(shard, stream)
    }
  }

  #judgeValues(template: number, number: number, event: Heard): void {
    if (this.#templates[number] !== template || !hasFields(event, template, number))
      this.#fail('values', `event ${number} came as ${JSON.stringify(event)}`)
  }

  /** Accounts for a stream's events before this one: each must have a reason for not having come. */
  #advance(stream: Stream, number: number): void {
    for (;;) {
      const next = stream.events[stream.next++]
      if (next === number) return
      if (next === undefined || next > number) {
        this.#fail('order', `event ${number} of ${JSON.stringify(stream.text)} out of its order`)
        stream.next--
        return
      }
      this.#explain(stream, next)
    }
  }

  #explain(stream: Stream, number: number): void {
    const template = this.#templates[number]!
    this.#states[number] = EXPLAINED
    const isHeard = this.isHeard(template)
    if (template === ENDS) {
      if (stream.slot !== 0 && this.#releaseHearers.length > 0)
        this.#fail(
          'release',
          `end ${number} of ${JSON.stringify(stream.text)} didn't release slot ${stream.slot}`,
        )
      this.#explainEnd(stream, number, isHeard)
      if (stream.slot !== 0) this.#leave(this.shards[stream.shard]!, stream)
      stream.open = SHUT
      return
    }
    if (isHeard) {
      this.#fail('lost-event', `event ${number} of ${JSON.stringify(stream.text)} never came`)
      return
    }
    this.ignored++
    // Without a slot that anyone knows of, its eviction goes unheard too.
    if (template === OPENS) stream.open = stream.isBlurred || stream.slot === 0 ? UNCLEAR : OPEN
  }

  #explainEnd(stream: Stream, number: number, isHeard: boolean): void {
    const isOrphan = this.#dropsOrphans && stream.open !== OPEN
    if (isHeard) {
      if (isOrphan) this.orphans++
      else if (this.#releaseHearers.length === 0 && this.#dropsOrphans) {
        // It must have been evicted, which nobody hears here.
        this.unheardEvictions++
        this.orphans++
      } else this.#fail('lost-event', `end ${number} of ${JSON.stringify(stream.text)} never came`)
    } else if (stream.open === UNCLEAR || (this.#dropsOrphans && !this.isComplete)) this.unclear++
    else if (isOrphan) this.orphans++
    else this.ignored++
  }

  #enter(shard: Shard, stream: Stream, slot: number, number: number): void {
    if (!(slot >= 1 && slot <= this.#slots)) {
      this.#fail('identity', `event ${number} has slot ${slot} of ${this.#slots}`)
      return
    }
    if (stream.slot === slot) return
    const other = shard.bySlot[slot]
    const isHeard = this.#releaseHearers.length > 0
    if (stream.slot !== 0) {
      if (isHeard) this.#fail('identity', `event ${number}: slot ${slot}, but its stream has ${stream.slot}`)
      // It was evicted, unheard, and came back.
      if (stream.open === OPEN) stream.open = UNCLEAR
      this.#leave(shard, stream)
    }
    if (other !== undefined) {
      if (isHeard)
        this.#fail(
          'identity',
          `event ${number}: slot ${slot} is ${JSON.stringify(other.text)}'s, not ${JSON.stringify(stream.text)}'s`,
        )
      if (other.open === OPEN) other.open = this.isHeard(OPENS) ? SHUT : UNCLEAR
      this.#leave(shard, other)
    }
    stream.slot = slot
    shard.bySlot[slot] = stream
    shard.live++
  }

  #leave(shard: Shard, stream: Stream): void {
    shard.bySlot[stream.slot] = undefined
    stream.slot = 0
    shard.live--
  }

  #released(shard: Shard, slot: number, reason: string): void {
    const stream = shard.bySlot[slot]
    const ended = shard.mustEnd
    shard.mustEnd = undefined
    if (ended !== undefined && (ended !== stream || reason !== 'ended'))
      this.#fail('release', `slot ${slot} ${reason}, but slot ${ended.slot} has just ended`)
    if (shard.mustOpen !== undefined && (this.isComplete || shard.mustOpen === stream))
      this.#fail('release', `slot ${slot} ${reason} between a restart and its opening`)
    shard.mustOpen = undefined
    if (reason === 'evicted') this.evicted++
    else if (reason === 'restarted') this.restarted++
    if (stream === undefined) {
      // A stream none of whose events anyone heard.
      if (this.isComplete) this.#fail('release', `slot ${slot} ${reason}, which is nobody's`)
      return
    }
    if (reason === 'restarted') {
      if (stream.open === SHUT && this.isHeard(OPENS))
        this.#fail('release', `slot ${slot} restarted, but it wasn't open`)
      if (this.isHeard(OPENS)) {
        stream.open = SHUT
        shard.mustOpen = stream
      } else {
        // The opening before it went unheard, too.
        if (stream.open === SHUT) this.#advanceTo(stream, OPENS)
        this.#advanceTo(stream, OPENS)
      }
      return
    }
    if (reason === 'ended') {
      if (ended === undefined) this.#advanceTo(stream, ENDS)
      stream.open = SHUT
    } else {
      if (this.isComplete && shard.live !== this.#slots)
        this.#fail('eviction', `slot ${slot} evicted with ${shard.live} of ${this.#slots} in use`)
      stream.open = this.isHeard(OPENS) ? SHUT : UNCLEAR
      stream.isBlurred = true
    }
    if (stream.slot !== 0) this.#leave(shard, stream)
  }

  /** A release tells of an event that wasn't heard: accounts for all up to the first of that template. */
  #advanceTo(stream: Stream, template: number): void {
    for (;;) {
      const number = stream.events[stream.next++]
      if (number === undefined) {
        this.#fail('release', `${JSON.stringify(stream.text)} was released for an event that nobody wrote`)
        return
      }
      if (this.#templates[number] !== template) {
        this.#explain(stream, number)
        continue
      }
      this.#states[number] = EXPLAINED
      if (template === ENDS) this.#explainEnd(stream, number, this.isHeard(ENDS))
      else {
        this.ignored++
        stream.open = OPEN
      }
      return
    }
  }

  // ---- At the end

  /** Accounts for every event that was written: all were read, and nothing cut off. */
  explainRest(): void {
    for (const stream of this.streams) {
      if (stream.isShared) continue
      while (stream.next < stream.events.length) this.#explain(stream, stream.events[stream.next++]!)
    }
    for (let number = 0; number < this.offered; number++) {
      if (this.#states[number] !== OFFERED) continue
      const template = this.#templates[number]!
      if (this.isHeard(template))
        this.#fail('lost-event', `event ${number}, template ${template}, never came`)
      else this.ignored++
    }
  }

  /** Events without an ID go round the shards, as long as none of these is full. */
  judgeSpread(): void {
    if (!KEYLESS.every((template) => this.isHeard(template))) return
    const counts = this.shards.map(({ keyless }) => keyless)
    if (Math.max(...counts) - Math.min(...counts) > 1)
      this.#fail('spread', `events without an ID by shard: ${counts.join()}`)
  }

  get live(): number {
    return this.shards.reduce((sum, shard) => sum + shard.live, 0)
  }
}

function grown<A extends Uint8Array | Uint16Array>(old: A, larger: A): A {
  larger.set(old)
  return larger
}
