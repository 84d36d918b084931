// Batches: records of a ring as rows, and a field of all of them as a column. Both
// functions read what they are given, no state of a shard, and keep nothing that a later call depends
// on: they may be called, and called again, when a call of `ingest` has trapped. src/rows.ts is their user.

import {
  CONTROL_VERSION_OFFSET,
  FIELD_BYTES,
  FIELD_NULL,
  FIELD_NULLABLE,
  FIELD_NUMBER,
  FIELD_OFFSET,
  FIELD_SHIFT,
  FIELD_SINCE,
  NUMBER_BITS,
  NUMBER_DOUBLE,
  NUMBER_FLOAT,
  NUMBER_MILLISECONDS,
  NUMBER_MIXED,
  NUMBER_SIGNED,
  NUMBER_UNSIGNED,
  RECORD_HEADER_BYTES,
  RECORD_LENGTH_MASK,
  RECORD_PADDING,
  RECORD_RELEASE,
  RECORD_SLOT,
  RECORD_TEMPLATE,
  ROW_RELEASE,
  ROWS_END,
  ROWS_KINDS,
  ROWS_MESSAGES,
  ROWS_SLOTS,
} from '../src/layout'
import { readMember } from './frame'

if (FIELD_BYTES % 8 != 0) ERROR('the null of each field is 8-byte aligned')

/**
 * Lists the records from `position` on, until there are no more or `most` are listed.
 * @param mask the ring's bytes less 1
 * @param rows where the list goes
 * @returns how many
 */
export function readRows(ring: u32, mask: u32, position: u32, tail: u32, rows: u32, most: u32): u32 {
  let row: u32 = 0
  while (position != tail && row != most) {
    const at: u32 = ring + (position & mask)
    const first: u32 = load<u32>(at)
    position += first & RECORD_LENGTH_MASK
    if ((first & RECORD_PADDING) != 0) continue
    const word: u32 = rows + (row << 2)
    store<u32>(word, at + RECORD_HEADER_BYTES, ROWS_MESSAGES)
    store<u32>(word, load<u32>(at, RECORD_SLOT), ROWS_SLOTS)
    const kind: u32 = (first & RECORD_RELEASE) != 0 ? ROW_RELEASE : load<u16>(at, RECORD_TEMPLATE)
    store<u16>(rows + (row << 1), kind, ROWS_KINDS)
    row++
  }
  store<u32>(rows, position, ROWS_END)
  return row
}

/** The upper half of the last timestamp, and what it comes to: whole milliseconds, and nanoseconds beside them. */
let lastHigh: u32 = 0
let lastUpper: f64 = 0
let lastRest: f64 = 0

/** Nanoseconds as milliseconds: the very number that `milliseconds` of src/wire.ts makes, which says how. */
function milliseconds(nanoseconds: u64): f64 {
  const high: u32 = <u32>(nanoseconds >> 32)
  if (high != lastHigh) {
    lastHigh = high
    const upper: u64 = nanoseconds & 0xffffffff00000000
    lastUpper = <f64>(<i64>(upper / 1000000))
    lastRest = <f64>(<i64>(upper % 1000000))
  }
  const rest: f64 = lastRest + <f64>(<u32>nanoseconds)
  if (high >> 21 != 0) return lastUpper + rest * 1e-6
  const whole: f64 = floor(rest / 1000000)
  return lastUpper + whole + (rest - whole * 1000000) / 1000000
}

/** A field as 64 bits: those of an f64, or its own. Where the event has no such field, its mask leaves 0. */
// @ts-ignore: decorator
@inline
function readNumber(number: u32, at: u32, field: u32): u64 {
  const bits: u64 = load<u64>(at) & load<u64>(field)
  if (number == NUMBER_UNSIGNED) return reinterpret<u64>(<f64>(<i64>bits))
  if (number == NUMBER_MILLISECONDS) return reinterpret<u64>(milliseconds(bits))
  if (number == NUMBER_SIGNED) {
    const shift: u64 = load<u8>(field, FIELD_SHIFT)
    return reinterpret<u64>(<f64>((<i64>(bits << shift)) >> shift))
  }
  if (number == NUMBER_FLOAT) return reinterpret<u64>(<f64>reinterpret<f32>(<u32>bits))
  return bits
}

/** Whether a field is absent from a message, or null. */
function isNull(message: u32, field: u32, number: u32, at: u32): bool {
  if (readMember(message, CONTROL_VERSION_OFFSET) < load<u32>(field, FIELD_SINCE)) return true
  if (load<u8>(field, FIELD_NULLABLE) == 0) return false
  if (number == NUMBER_DOUBLE) return load<f64>(at) == load<f64>(field, FIELD_NULL)
  if (number == NUMBER_FLOAT) return <f64>load<f32>(at) == load<f64>(field, FIELD_NULL)
  return (load<u64>(at) & load<u64>(field)) == load<u64>(field, FIELD_NULL)
}

/** Where a row's field is: its place in the descriptors of a column. A release wraps round to descriptor 0. */
// @ts-ignore: decorator
@inline
function fieldOf(rows: u32, row: u32, fields: u32): u32 {
  return fields + ((<u32>load<u16>(rows + (row << 1), ROWS_KINDS) + 1) & 0xffff) * FIELD_BYTES
}

// @ts-ignore: decorator
@inline
function messageOf(rows: u32, row: u32): u32 {
  return load<u32>(rows + (row << 2), ROWS_MESSAGES)
}

// Times and unsigned integers, which nearly all columns are, have a loop of their own.

function fillTimes(rows: u32, row: u32, end: u32, fields: u32, column: u32): void {
  for (; row != end; row++) {
    const field: u32 = fieldOf(rows, row, fields)
    const bits: u64 = load<u64>(messageOf(rows, row) + load<u32>(field, FIELD_OFFSET)) & load<u64>(field)
    store<f64>(column + (row << 3), milliseconds(bits))
  }
}

function fillUnsigned(rows: u32, row: u32, end: u32, fields: u32, column: u32): void {
  for (; row != end; row++) {
    const field: u32 = fieldOf(rows, row, fields)
    const bits: u64 = load<u64>(messageOf(rows, row) + load<u32>(field, FIELD_OFFSET)) & load<u64>(field)
    store<f64>(column + (row << 3), <f64>(<i64>bits))
  }
}

/**
 * Fills a column for the rows [row, end). Nothing in it depends on a row's kind but what is loaded, as long as the
 * field is the same kind of number in all events: kinds come in an order that no processor foresees.
 * @param number what the field is in all events that have it, and never null; else NUMBER_MIXED
 * @param fields where it is in each kind of event
 * @param column where it goes
 */
export function fillColumn(number: u32, rows: u32, row: u32, end: u32, fields: u32, column: u32): void {
  if (number == NUMBER_MILLISECONDS) return fillTimes(rows, row, end, fields, column)
  if (number == NUMBER_UNSIGNED) return fillUnsigned(rows, row, end, fields, column)
  for (; row != end; row++) {
    const field: u32 = fieldOf(rows, row, fields)
    const message: u32 = messageOf(rows, row)
    const at: u32 = message + load<u32>(field, FIELD_OFFSET)
    const own: u32 = number == NUMBER_MIXED ? load<u8>(field, FIELD_NUMBER) : number
    let value: u64
    if (number == NUMBER_MIXED && isNull(message, field, own, at)) {
      value = own == NUMBER_BITS ? load<u64>(field, FIELD_NULL) : reinterpret<u64>(<f64>NaN)
    } else {
      value = readNumber(own, at, field)
    }
    store<u64>(column + (row << 3), value)
  }
}
