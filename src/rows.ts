// The rows that a shard's next batches are of: records listed by the core, in its own
// memory, which observers never see. Batches are copies of parts of it.

import { type Column, type ColumnPlan, type ColumnType, columnTypes, planColumn } from './columns.js'
import type { Core, CoreExports } from './core.js'
import {
  MAX_ROWS,
  RECORD_HEADER_BYTES,
  ROW_RELEASE,
  ROWS_BYTES,
  ROWS_END,
  ROWS_KINDS,
  ROWS_MESSAGES,
  ROWS_SLOTS,
} from './layout.js'
import type { AnySchema } from './schema.js'

const CLASSES = { Float64Array, BigInt64Array, BigUint64Array }

/** A column as the core makes it, in the one place that all shards share. */
export interface ColumnSource extends ColumnPlan {
  readonly made: Column
}

/** The columns of a router's batches, in the order of their names. */
export function columnSources({ bytes, plan }: Core, schema: AnySchema): ColumnSource[] {
  return Array.from(columnTypes(schema.templates), ([name, type]: [string, ColumnType]) => ({
    ...planColumn(name, schema.templates, schema.header.bytes),
    made: new CLASSES[type](bytes.buffer, plan.column.address, MAX_ROWS),
  }))
}

export class Rows {
  /** Rows listed, and where the ring goes on behind them. */
  count = 0
  end = 0
  /** Counts listings. */
  listing = 0
  readonly kinds: Uint16Array<ArrayBuffer>
  readonly slots: Int32Array<ArrayBuffer>
  readonly #messages: Uint32Array<ArrayBuffer>
  readonly #core: Core
  readonly #reader: CoreExports
  readonly #address: number
  readonly #ring: number
  #start = 0

  constructor(core: Core, shard: number) {
    const { plan, bytes } = core
    this.#core = core
    this.#reader = core.reader
    this.#address = plan.rows.address + shard * ROWS_BYTES
    this.#ring = plan.rings.address + shard * plan.ringStride
    this.kinds = new Uint16Array(bytes.buffer, this.#address + ROWS_KINDS, MAX_ROWS)
    this.slots = new Int32Array(bytes.buffer, this.#address + ROWS_SLOTS, MAX_ROWS)
    this.#messages = new Uint32Array(bytes.buffer, this.#address + ROWS_MESSAGES, MAX_ROWS)
  }

  /** Lists the records between two positions, as many as there is room for. */
  list(start: number, tail: number): void {
    const { plan, ints } = this.#core
    this.forget()
    const { ringBytes, batchRows } = plan
    const count = this.#reader.readRows(this.#ring, ringBytes - 1, start, tail, this.#address, batchRows)
    this.#start = start
    this.end = ints[(this.#address + ROWS_END) >>> 2]!
    this.count = count
  }

  /** No rows any more: copies are of an earlier listing. */
  forget(): void {
    this.count = 0
    this.listing++
  }

  /** The address of a row's message. */
  message(row: number): number {
    return this.#messages[row]!
  }

  /** The index of a row's record among words. */
  word(row: number): number {
    return (this.#messages[row]! - RECORD_HEADER_BYTES) >>> 2
  }

  isRelease(row: number): boolean {
    return this.kinds[row] === ROW_RELEASE
  }

  /** The row at which a batch that begins here is over: a stream's release, or the last one's end. */
  batchEnd(row: number): number {
    let end = row
    while (end < this.count && !this.isRelease(end)) end++
    return end
  }

  /** The ring's position behind the rows before this one. */
  positionBefore(row: number): number {
    if (row === this.count) return this.end
    const index = this.#messages[row]! - RECORD_HEADER_BYTES - this.#ring
    return (this.#start + ((index - this.#start) & (this.#core.plan.ringBytes - 1))) | 0
  }

  /** Has the core make a column of the rows from `start` on. */
  makeColumn({ words, number, made }: ColumnSource, start: number): Column {
    const { plan, words: memory } = this.#core
    memory.set(words, plan.fields.address >>> 2)
    this.#reader.fillColumn(
      number,
      this.#address,
      start,
      this.count,
      plan.fields.address,
      plan.column.address,
    )
    return made
  }
}
