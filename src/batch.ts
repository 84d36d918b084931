// What an observer's `eventBatch` is given. Its arrays are copies of the observer's own,
// so that whatever it does to them harms nobody else.

import type { Column } from './columns.js'
import { UsageError } from './errors.js'
import type { ColumnSource, Rows } from './rows.js'
import type { AnySchema, EventBatch } from './schema.js'

/** The rows that an observer may read now; none when its batch is over. The drain's: the batch only looks at it. */
export interface Turn {
  start: number
  end: number
}

function misread(what: string): UsageError {
  return new UsageError('batch-misread', `${what}; read it before eventBatch ends, and copy what you keep`)
}

/** An array of one observer's own. Made anew when rows were listed, once it is asked for. */
class Copy<A extends Uint16Array | Int32Array | Column> {
  readonly #rows: Rows
  readonly #turn: Turn
  readonly #source: (start: number) => A
  #listing = 0
  #array: A | undefined

  /** @param source gives what to copy, in the core's memory, from that row on */
  constructor(rows: Rows, turn: Turn, source: (start: number) => A) {
    this.#rows = rows
    this.#turn = turn
    this.#source = source
  }

  get(): A {
    const { start, end } = this.#turn
    if (start === end) throw misread('this batch is over')
    const { listing, count } = this.#rows
    // Empty: the observer has transferred its buffer to somebody.
    if (this.#listing !== listing || this.#array?.length === 0) {
      const source = this.#source(start)
      if (this.#array === undefined || this.#array.length === 0) this.#array = source.slice() as A
      // Both are of one class; no type says so.
      else (this.#array as Int32Array).set(source.subarray(start, count) as Int32Array, start)
      this.#listing = listing
    }
    return this.#array!
  }
}

/** `EventBatch.fields`: columns by name. */
export class Fields {
  readonly #copies: readonly Copy<Column>[]

  constructor(sources: readonly ColumnSource[], rows: Rows, turn: Turn) {
    this.#copies = sources.map((source) => new Copy(rows, turn, (start) => rows.makeColumn(source, start)))
  }

  /** A class with a getter a column. */
  static named(names: Iterable<string>): typeof Fields {
    class NamedFields extends Fields {}
    let index = 0
    for (const name of names) {
      const own = index++
      const get = function (this: Fields): Column {
        return this.#copies[own]!.get()
      }
      Object.defineProperty(NamedFields.prototype, name, { enumerable: true, get })
    }
    return NamedFields
  }
}

export class Batch implements EventBatch<unknown, Fields> {
  readonly fields: Fields
  readonly #schema: AnySchema
  readonly #view: DataView
  readonly #rows: Rows
  readonly #turn: Turn
  readonly #idOf: (row: number) => string
  readonly #kind: Copy<Uint16Array>
  readonly #slot: Copy<Int32Array>

  constructor(
    schema: AnySchema,
    view: DataView,
    rows: Rows,
    turn: Turn,
    fields: Fields,
    idOf: (row: number) => string,
  ) {
    this.#schema = schema
    this.#view = view
    this.#rows = rows
    this.#turn = turn
    this.fields = fields
    this.#idOf = idOf
    this.#kind = new Copy(rows, turn, () => rows.kinds)
    this.#slot = new Copy(rows, turn, () => rows.slots)
  }

  get start(): number {
    return this.#turn.start
  }

  get end(): number {
    return this.#turn.end
  }

  get kind(): Uint16Array {
    return this.#kind.get()
  }

  get slot(): Int32Array {
    return this.#slot.get()
  }

  event(row: number): unknown {
    this.#assertMine(row)
    const { kinds, slots } = this.#rows
    const message = this.#rows.message(row)
    return this.#schema.decode(kinds[row]!, this.#view, message, this.#idOf(row), slots[row]!)
  }

  streamId(row: number): string {
    this.#assertMine(row)
    return this.#idOf(row)
  }

  #assertMine(row: number): void {
    const { start, end } = this.#turn
    if (Number.isInteger(row) && row >= start && row < end) return
    throw misread(start === end ? 'this batch is over' : `row ${row} isn't from ${start} to ${end - 1}`)
  }
}
