// Records of one shard's ring become batches, for observers that have `eventBatch`, and
// calls by method for the others of that shard: row by row, behind the batch. A stream's
// release that anybody hears is told between two batches.

import { Batch, Fields, type Turn } from './batch.js'
import { columnTypes } from './columns.js'
import type { Core } from './core.js'
import { DELIVERED, FAILED, type Ledger, RELEASE_ERRORS } from './ledger.js'
import type { ObserverError } from './observer-error.js'
import type { AnyObserver, Made } from './observers.js'
import { adopt, isThenable, type Reporter } from './reporter.js'
import { columnSources, Rows } from './rows.js'
import type { AnySchema, RecordInHand } from './schema.js'
import { RELEASE_REASONS, ShardRing } from './shard-ring.js'

/** An observer that takes batches, and its own view of them. */
interface Taker {
  readonly observer: AnyObserver
  readonly turn: Turn
  readonly batch: Batch
}

/** What a call was for: all rows in hand, or a release; else a row. */
const BATCH = -1
const RELEASE = -2

/** A promise that a call returned, and what that call was for. */
interface Wait {
  readonly promise: Promise<unknown>
  readonly row: number
}

/** One class a schema, not one a router: the engine's compiled code is for one. */
const named = new WeakMap<AnySchema, typeof Fields>()

function fieldsOf(schema: AnySchema): typeof Fields {
  const known = named.get(schema) ?? Fields.named(columnTypes(schema.templates).keys())
  named.set(schema, known)
  return known
}

export const takesBatches = ({ methods }: Made): boolean => methods.has('eventBatch')

export class BatchDrain extends ShardRing implements RecordInHand {
  readonly view: DataView
  // The row in hand, for observers that are called by method.
  at = 0
  slot = 0
  calls = 0
  readonly #rows: Rows
  readonly #takers: readonly Taker[]
  /** Observers that are called by method. */
  readonly #others: readonly AnyObserver[]
  /** Releases are told: what is known of a slot holds until then. */
  readonly #isTold: boolean
  /** The rows in hand; where they are none, the row that comes next. */
  #start = 0
  #end = 0
  /** The row in hand is a stream's release: its slot, and whose it was. */
  #isRelease = false
  #slot = 0
  #id = ''
  /** Who is called next: an observer of a release or of a batch; the row for the others. */
  #next = 0
  #row = 0
  /** What failed of the rows in hand: all of them, or so many, and the last one. */
  #isFailed = false
  #failedRows = 0
  #isRowFailed = false
  /** What calls returned that is to be awaited. */
  readonly #waits: Wait[] = []
  /** All promises in hand have settled: what is in hand goes on. */
  #goesOn = false

  constructor(
    core: Core,
    schema: AnySchema,
    shard: number,
    made: readonly Made[],
    ledger: Ledger,
    reporter: Reporter<ObserverError>,
    unblocked: (shard: number) => void,
  ) {
    super(core, schema, shard, made, ledger, reporter, unblocked)
    this.view = core.view
    const rows = new Rows(core, shard)
    this.#rows = rows
    const NamedFields = fieldsOf(schema)
    const sources = columnSources(core, schema)
    const idOf = (row: number): string => this.#idOf(row)
    this.#takers = made.filter(takesBatches).map(({ observer }) => {
      const turn = { start: 0, end: 0 }
      const fields = new NamedFields(sources, rows, turn)
      return { observer, turn, batch: new Batch(schema, core.view, rows, turn, fields, idOf) }
    })
    this.#others = made.filter((one) => !takesBatches(one)).map(({ observer }) => observer)
    this.#isTold = this.#others.length > 0 || made.some(({ methods }) => methods.has('streamReleased'))
    if (this.#isTold) core.tellReleases(shard)
  }

  /**
   * Each call of an observer has its own `try`: what it throws is a failure of those rows. What is thrown anywhere else
   * is for want of stack; the next run then counts what was in hand as failed.
   */
  override run(): boolean {
    if (this.blocked || this.closed) return false
    const goesOn = this.#goesOn
    this.#goesOn = false
    let isTaken = !goesOn && this.#giveUp()
    for (;;) {
      if (this.#start === this.#end) {
        if (!this.#take()) return isTaken
        isTaken = true
      }
      if (this.#isRelease) this.#callReleased()
      else this.#callAll()
      if (this.#waits.length > 0) {
        this.#block()
        return true
      }
      this.#settle()
    }
  }

  /** A stack that ran out left rows in hand: they are over, and failed. @returns whether there were any */
  #giveUp(): boolean {
    const { ints, floats } = this.core
    const { counts } = this.ledger
    if (ints[this.settled] === ints[this.taken]) return false
    const events = this.countUntil(this.taken)
    this.#forget()
    floats[this.settledEvents]! += events
    counts[FAILED]! += events
    ints[this.settled] = ints[this.taken]!
    return true
  }

  /** Nothing is in hand, no rows are known, and no promise matters. */
  #forget(): void {
    this.epoch++
    this.#waits.length = 0
    for (const { turn } of this.#takers) turn.end = turn.start
    this.#rows.forget()
    this.#start = 0
    this.#end = 0
  }

  /** Takes a release, or the rows before the next one, in hand. @returns false when there is nothing */
  #take(): boolean {
    const { ints } = this.core
    const rows = this.#rows
    let start = this.#start
    if (start === rows.count) {
      if (ints[this.taken] !== ints[this.tail]) rows.list(ints[this.taken]!, ints[this.tail]!)
      else rows.forget()
      start = 0
      this.#start = 0
      this.#end = 0
      if (rows.count === 0) return this.#endRing()
    }
    const isRelease = rows.isRelease(start)
    const end = isRelease ? start + 1 : rows.batchEnd(start)
    const taken = rows.positionBefore(end)
    if (isRelease) {
      const slot = rows.slots[start]!
      const { ids } = this
      this.#slot = slot
      this.#id = ids[slot] ?? ''
      if (this.#id !== '') ids[slot] = undefined
    }
    this.#isRelease = isRelease
    this.#next = 0
    this.#row = start
    this.#isFailed = false
    this.#failedRows = 0
    this.#isRowFailed = false
    this.#start = start
    this.#end = end
    ints[this.taken] = taken
    return true
  }

  /** Nothing but padding is left, if anything: a core that trapped left that. */
  #endRing(): boolean {
    const { ints } = this.core
    ints[this.taken] = ints[this.tail]!
    ints[this.settled] = ints[this.tail]!
    this.rewind()
    return false
  }

  /** Each row is for all observers before the next one is for any. */
  next(): boolean {
    return false
  }

  /** Rows are accounted for when all observers have had them. */
  override settle(): boolean {
    return false
  }

  /** Tells the observers that haven't been told of the release in hand. */
  #callReleased(): void {
    const { observers } = this
    const reason = RELEASE_REASONS[this.core.words[this.#rows.word(this.#start) + 1]!]!
    while (this.#next < observers.length) {
      const observer = observers[this.#next++]!
      try {
        this.#note(observer.streamReleased?.(this.#slot, reason), RELEASE)
      } catch (error) {
        this.#failed(error, RELEASE)
      }
    }
  }

  /** Gives the rows in hand to whoever hasn't had them: as a batch, then row by row. */
  #callAll(): void {
    while (this.#next < this.#takers.length) {
      const { observer, turn, batch } = this.#takers[this.#next++]!
      turn.start = this.#start
      turn.end = this.#end
      let isWaited = false
      try {
        const result = (observer.eventBatch as (batch: Batch) => unknown)(batch)
        isWaited = this.#note(result, BATCH)
      } catch (error) {
        this.#failed(error, BATCH)
      }
      if (!isWaited) turn.end = turn.start
    }
    if (this.#others.length > 0) this.#callRows()
  }

  /** Calls the others for each row, until one returns a promise. */
  #callRows(): void {
    const { dispatch } = this.schema
    const { kinds, slots } = this.#rows
    while (this.#waits.length === 0) {
      if (this.#isRowFailed) this.#failedRows++
      this.#isRowFailed = false
      if (this.#row === this.#end) return
      const row = this.#row++
      for (const observer of this.#others) {
        try {
          this.at = this.#rows.message(row)
          this.slot = slots[row]!
          // Must be known.
          this.#idOf(row)
          this.#note(dispatch(observer, kinds[row]!, this), row)
        } catch (error) {
          this.#failed(error, row)
        }
      }
    }
  }

  /** A call for what is in hand threw or rejected. @param row which row it was for, BATCH or RELEASE */
  #failed(error: unknown, row: number): void {
    if (row === RELEASE) {
      this.ledger.counts[RELEASE_ERRORS]!++
      this.report(error, 'streamReleased', this.#slot, this.#id)
    } else if (row === BATCH) {
      this.#isFailed = true
      this.report(error, 'eventBatch', 0, '')
    } else {
      this.#isRowFailed = true
      const { kinds, slots } = this.#rows
      this.report(error, this.schema.templates[kinds[row]!]!.method, slots[row]!, this.#idOf(row))
    }
  }

  /** The stream ID of a row in hand. */
  #idOf(row: number): string {
    const slot = this.#rows.slots[row]!
    if (slot === 0) return ''
    const word = this.#rows.word(row)
    // Without releases, nothing says for how long an ID is its slot's.
    if (!this.#isTold) return this.keyOf(word)
    return this.ids[slot] ?? this.readId(word, slot)
  }

  /** Notes a result that is to be awaited. @returns whether it is */
  #note(result: unknown, row: number): boolean {
    if (result === undefined || !isThenable(result)) return false
    this.#waits.push({ promise: adopt(result), row })
    return true
  }

  /** The shard waits until all promises in hand have settled. */
  #block(): void {
    const epoch = this.epoch
    const waits = this.#waits.splice(0)
    let left = waits.length
    const done = (): void => {
      if (epoch !== this.epoch || --left > 0) return
      this.#goesOn = true
      this.blocked = false
      this.unblocked(this.shard)
    }
    for (const { promise, row } of waits) {
      promise.then(done, (error: unknown) => {
        if (epoch !== this.epoch) return
        this.#failed(error, row)
        done()
      })
    }
    // Last: should the stack run out before, the rows are given up.
    this.blocked = true
  }

  #settle(): void {
    const { ints, floats } = this.core
    const { counts } = this.ledger
    const events = this.#isRelease ? 0 : this.#end - this.#start
    const failed = this.#isFailed ? events : this.#failedRows
    for (const { turn } of this.#takers) turn.end = turn.start
    // Known before: nothing may come between those that settle the rows.
    this.#start = this.#end
    ints[this.settled] = ints[this.taken]!
    floats[this.settledEvents]! += events
    counts[FAILED]! += failed
    counts[DELIVERED]! += events - failed
  }

  override cutOff(): void {
    super.cutOff()
    this.#forget()
  }
}
