// What generated decoders and encoders call: values that DataView alone can't
// read or write, and the checks before anything is written. Runs everywhere; each
// function stands alone, so that a bundler keeps only those that a schema needs.
// How errors are worded: wire-error.ts; IP addresses: wire-ip.ts; text: wire-text.ts.

import { fail, room } from './wire-error.js'
import { putCharacters, putLength, putUtf8 } from './wire-text.js'

export { fail, room, unknownEvent } from './wire-error.js'
export { ip, putIp } from './wire-ip.js'
export { putPlainText, putText } from './wire-text.js'

const TWO_32 = 4_294_967_296
const NANOSECONDS = 1_000_000

// The platform's own names, so that users' type checks need no DOM library.
const utf8Reader = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true })
const isBigEndianHost = /* @__PURE__ */ (() => new Uint16Array(new Uint8Array([0, 1]).buffer)[0] === 1)()

type FloatArray = Float32Array | Float64Array
type NumberArray = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | FloatArray
type BigArray = BigInt64Array | BigUint64Array

// Reading. The core has checked that all of it is there.

// Small values are told apart from large ones, since a number that is made by
// floating-point arithmetic takes memory of its own in the event.

/** An unsigned 64-bit integer that is known to be at most 2^53 − 1. */
export function uint53(view: DataView, at: number): number {
  const high = view.getUint32(at + 4, true)
  return high === 0 ? view.getUint32(at, true) : high * TWO_32 + view.getUint32(at, true)
}

/** A signed 64-bit integer that is known to be within ±(2^53 − 1). */
export function int53(view: DataView, at: number): number {
  const high = view.getInt32(at + 4, true)
  return high === 0 ? view.getUint32(at, true) : high * TWO_32 + view.getUint32(at, true)
}

/** Whether 64 bits are these two halves: finds null values without a BigInt. */
export function is64(view: DataView, at: number, low: number, high: number): boolean {
  return view.getUint32(at, true) === low && view.getUint32(at + 4, true) === high
}

// What the upper half of the last timestamp comes to, which the next one shares for all but
// the first of 4.3 seconds: whole milliseconds, and the nanoseconds beside them.
let lastHigh = 0
const lastUpper = /* @__PURE__ */ new Float64Array(2)

/**
 * Nanoseconds as milliseconds with their fraction. Whole milliseconds and remainder
 * are divided apart: until the year 2039 that is off by at most 122 ns, half of what
 * separates two numbers of that size.
 */
export function milliseconds(view: DataView, at: number): number {
  const high = view.getInt32(at + 4, true)
  if (high !== lastHigh) {
    lastHigh = high
    // 2^32 is 4294 milliseconds and 967,296 ns; the product is below 2^53, so exact.
    const rest = (high >>> 0) * 967_296
    const whole = Math.floor(rest / NANOSECONDS)
    lastUpper[0] = (high >>> 0) * 4294 + whole
    lastUpper[1] = rest - whole * NANOSECONDS
  }
  const rest = lastUpper[1]! + view.getUint32(at, true)
  // Multiplied, which is faster than divided: what that is off by, 10^-12, can't be seen in a sum of 100 days or more.
  if (high >>> 21 !== 0) return lastUpper[0]! + rest * 1e-6
  const whole = Math.floor(rest / NANOSECONDS)
  return lastUpper[0]! + whole + (rest - whole * NANOSECONDS) / NANOSECONDS
}

/** A copy of bytes. */
export function bytes(view: DataView, at: number, length: number): Uint8Array<ArrayBuffer> {
  // An empty one may stand where the memory ends, or behind it when a field is absent.
  if (length === 0) return new Uint8Array(0)
  const copy = new Uint8Array(length)
  copy.set(new Uint8Array(view.buffer, view.byteOffset + at, length))
  return copy
}

/** Text in UTF-8. Ill-formed bytes, which only a fixed array can hold, become U+FFFD. */
export function text(view: DataView, at: number, length: number): string {
  let ascii = ''
  for (let index = 0; index < length; index++) {
    const code = view.getUint8(at + index)
    if (code > 0x7f) return utf8Reader.decode(bytes(view, at, length))
    ascii += String.fromCharCode(code)
  }
  return ascii
}

/** Text in ISO 8859-1. */
export function latin1(view: DataView, at: number, length: number): string {
  let all = ''
  for (let index = 0; index < length; index++) all += String.fromCharCode(view.getUint8(at + index))
  return all
}

/** How long a fixed character array is: up to its first NUL. */
export function untilNul(view: DataView, at: number, length: number): number {
  let end = 0
  while (end < length && view.getUint8(at + end) !== 0) end++
  return end
}

/** One character; `''` for NUL. */
export function char(view: DataView, at: number): string {
  const code = view.getUint8(at)
  return code === 0 ? '' : String.fromCharCode(code)
}

function swapBytes(array: NumberArray | BigArray): void {
  const all = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  const step = array.BYTES_PER_ELEMENT
  for (let at = 0; at < all.length; at += step) all.subarray(at, at + step).reverse()
}

/** Fills a new array from little-endian bytes. */
export function array<A extends NumberArray | BigArray>(view: DataView, at: number, into: A): A {
  new Uint8Array(into.buffer).set(bytes(view, at, into.byteLength))
  if (isBigEndianHost) swapBytes(into)
  return into
}

/** The array, or null when each of its elements is the null value. */
export function arrayOrNull<A extends NumberArray | BigArray>(all: A, nullValue: number | bigint): A | null {
  for (const element of all) {
    if (!Object.is(element, nullValue)) return all
  }
  return null
}

// Checking and writing. `event` and `field` are for the error.

/** @returns the value, an integer in this range */
export function integer(value: unknown, min: number, max: number, event: string, field: string): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    fail(value, `an integer from ${min} to ${max}`, event, field)
  }
  return value as number
}

/** @returns the value, a bigint in this range */
export function bigInteger(value: unknown, min: bigint, max: bigint, event: string, field: string): bigint {
  if (typeof value !== 'bigint' || value < min || value > max) {
    fail(value, `a bigint from ${min} to ${max}`, event, field)
  }
  return value
}

/** @returns the value, which isn't the one that stands for null */
export function notNull<V extends number | bigint>(value: V, nullValue: V, event: string, field: string): V {
  if (value === nullValue)
    fail(value, 'another value or null: that one stands for null on the wire', event, field)
  return value
}

/** Refuses what was just written if it is 64 bits that stand for null. */
export function notNull64(
  view: DataView,
  at: number,
  low: number,
  high: number,
  value: unknown,
  event: string,
  field: string,
): void {
  if (is64(view, at, low, high)) {
    fail(value, 'another value or null: that one stands for null on the wire', event, field)
  }
}

/** @returns the value, a number; not NaN, which stands for null */
export function float64(value: unknown, event: string, field: string): number {
  if (typeof value !== 'number' || Number.isNaN(value)) fail(value, 'a number, not NaN', event, field)
  return value
}

/** @returns the value, rounded to 32-bit floating point */
export function float32(value: unknown, event: string, field: string): number {
  const checked = float64(value, event, field)
  if (Number.isFinite(checked) && !Number.isFinite(Math.fround(checked))) {
    fail(value, 'a number within ±3.4028234663852886e38', event, field)
  }
  return Math.fround(checked)
}

/** @returns 0 or 1 */
export function flag(value: unknown, event: string, field: string): number {
  if (typeof value !== 'boolean') fail(value, 'true or false', event, field)
  return value ? 1 : 0
}

/** Passes when the value is left out or is the constant. */
export function constant(value: unknown, only: unknown, event: string, field: string): void {
  if (value === undefined || value === null || value === only) return
  fail(
    value,
    `${only === '' ? "'' (the message has no key)" : String(only)}, its constant, or leave it out`,
    event,
    field,
  )
}

/** @returns the value, an object with an object's members */
export function group<V>(value: V, event: string, field: string): V {
  if (typeof value !== 'object' || value === null) fail(value, 'an object', event, field)
  return value
}

/** Writes an integer of up to 53 bits as 64. */
export function putInt53(view: DataView, at: number, value: number): void {
  // setUint32 takes its number modulo 2^32.
  view.setUint32(at, value, true)
  view.setUint32(at + 4, Math.floor(value / TWO_32), true)
}

/** Writes a number of milliseconds, or a bigint of nanoseconds, as unsigned nanoseconds. */
export function putMilliseconds(
  view: DataView,
  at: number,
  value: unknown,
  event: string,
  field: string,
): void {
  if (typeof value === 'bigint') {
    view.setBigUint64(at, bigInteger(value, 0n, 0xffff_ffff_ffff_ffffn, event, field), true)
    return
  }
  const whole = Math.floor(value as number)
  // 2^64 nanoseconds are 18,446,744,073,709.55 milliseconds.
  if (typeof value !== 'number' || !(whole >= 0 && value < 18_446_744_073_709)) {
    fail(value, 'milliseconds from 0 to 18446744073709, or a bigint of nanoseconds', event, field)
  }
  const rest = Math.round((value - whole) * NANOSECONDS)
  // The lower half exactly, in steps below 2^53; then the upper, which rounding can't miss.
  const upper = Math.floor(whole / 4096)
  const low = (((upper * NANOSECONDS) % TWO_32) * 4096 + (whole % 4096) * NANOSECONDS + rest) % TWO_32
  view.setUint32(at, low, true)
  view.setUint32(at + 4, Math.round((whole * NANOSECONDS + rest - low) / TWO_32), true)
}

export function zeros(view: DataView, at: number, length: number): void {
  new Uint8Array(view.buffer, view.byteOffset + at, length).fill(0)
}

/** Writes variable-length bytes behind their length. @returns the index after them */
export function putBytes(
  view: DataView,
  at: number,
  value: unknown,
  width: 1 | 2 | 4,
  max: number,
  event: string,
  field: string,
): number {
  if (!(value instanceof Uint8Array)) fail(value, 'a Uint8Array', event, field)
  const { length } = value
  if (length > max) fail(value, `at most ${max} bytes, it has ${length}`, event, field)
  room(view, at, width + length, event)
  putLength(view, at, width, length)
  new Uint8Array(view.buffer, view.byteOffset + at + width, length).set(value)
  return at + width + length
}

/** Writes a fixed character array, filled up with NUL. */
export function putFixedText(
  view: DataView,
  at: number,
  value: unknown,
  length: number,
  most: number,
  event: string,
  field: string,
): void {
  if (typeof value !== 'string') fail(value, 'a string', event, field)
  if (value.includes('\0')) fail(value, 'text without NUL, where readers would cut it', event, field)
  const used =
    most > 0xff
      ? putUtf8(view, at, value, length, event, field)
      : putCharacters(view, at, value, length, most, event, field)
  if (used < length) zeros(view, at + used, length - used)
}

/** Writes an array of as many integers as `into` has, each in this range; they may be given in any kind of array. */
export function putIntegers<N extends number | bigint>(
  view: DataView,
  at: number,
  value: unknown,
  into: NumberArray | BigArray,
  min: N,
  max: N,
  event: string,
  field: string,
): void {
  const given = elements(value, into.length, event, field)
  for (let index = 0; index < into.length; index++) {
    const name = `${field}[${index}]`
    into[index] =
      typeof min === 'bigint'
        ? bigInteger(given[index], min, max as bigint, event, name)
        : integer(given[index], min, max as number, event, name)
  }
  putArray(view, at, into)
}

/** Writes an array of as many numbers as `into` has. */
export function putFloats(
  view: DataView,
  at: number,
  value: unknown,
  into: FloatArray,
  event: string,
  field: string,
): void {
  const given = elements(value, into.length, event, field)
  const check = into instanceof Float32Array ? float32 : float64
  for (let index = 0; index < into.length; index++)
    into[index] = check(given[index], event, `${field}[${index}]`)
  putArray(view, at, into)
}

function elements(value: unknown, length: number, event: string, field: string): ArrayLike<unknown> {
  const given = value as ArrayLike<unknown> | null
  if (typeof given !== 'object' || given === null || given.length !== length) {
    fail(value, `an array of ${length}`, event, field)
  }
  return given
}

/** Writes an array as it is; its bytes are in the wire's order afterwards. */
export function putArray(view: DataView, at: number, all: NumberArray | BigArray): void {
  if (isBigEndianHost) swapBytes(all)
  new Uint8Array(view.buffer, view.byteOffset + at, all.byteLength).set(new Uint8Array(all.buffer))
}
