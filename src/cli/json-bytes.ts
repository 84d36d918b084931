// JSON written straight into bytes: inspect prints some hundred bytes for each of
// millions of frames, and joining strings takes three times as long (measured).

import { escapeJson } from './escape.js'

const FIRST_BYTES = 65_536
/** Less than this share of the buffer is copied out of it, more is given away with it. */
const COPIED_SHARE = 4
/** The longest that one character of a string becomes: `\u001b`. */
const MAX_CHARACTER_BYTES = 6
/** Room for what isn't a string: numbers have at most 25 characters. */
const SPARE_BYTES = 32
const QUOTE = 0x22
const BACKSLASH = 0x5c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const MAX_SMALL = 999_999_999
const MILLION = 1_000_000
/** 2^40 and 2^41 milliseconds: November 2004 and September 2039. */
const EXACT_FROM = 1_099_511_627_776
const EXACT_TO = 2_199_023_255_552

export class JsonBytes {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #at = 0

  /** What was written since last asked; it is the caller's. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#at)
    this.#at = 0
    // A few lines between rejected frames don't cost a buffer of the usual size.
    if (taken.length < this.#bytes.length / COPIED_SHARE) return Buffer.from(taken)
    this.#bytes = Buffer.allocUnsafe(this.#bytes.length)
    return taken
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length))
    grown.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = grown
  }

  /** Text as it is, in ASCII. */
  raw(text: string): void {
    this.#reserve(text.length)
    const bytes = this.#bytes
    let at = this.#at
    for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index)
    this.#at = at
  }

  /** A string, in quotes, escaped. */
  string(text: string): void {
    this.#reserve(MAX_CHARACTER_BYTES * text.length + 2)
    const bytes = this.#bytes
    let at = this.#at
    bytes[at++] = QUOTE
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) {
        this.#at += bytes.write(escapeJson(JSON.stringify(text)), this.#at)
        return
      }
      bytes[at++] = code
    }
    bytes[at++] = QUOTE
    this.#at = at
  }

  /** A number; what JSON has no number for (infinities, NaN) as a string. */
  number(value: number): void {
    this.#reserve(SPARE_BYTES)
    const magnitude = Math.abs(value)
    if (magnitude <= MAX_SMALL && Number.isInteger(value)) {
      if (value < 0) this.#bytes[this.#at++] = MINUS
      this.#digits(magnitude, digitsOf(magnitude))
      return
    }
    if (value >= EXACT_FROM && value < EXACT_TO && this.#milliseconds(value)) return
    this.raw(Number.isFinite(value) ? String(value) : `"${value}"`)
  }

  /**
   * Today's times: neighbouring numbers are 2^-12 apart there, so four decimals are enough to mean this
   * one and no other.
   * @returns false: rounding would carry, nothing is written
   */
  #milliseconds(value: number): boolean {
    const whole = Math.floor(value)
    const fraction = Math.round((value - whole) * 10_000)
    if (fraction === 10_000) return false
    const millions = Math.floor(whole / MILLION)
    this.#digits(millions, 7)
    this.#digits(whole - millions * MILLION, 6)
    if (fraction === 0) return true
    this.#bytes[this.#at++] = POINT
    this.#digits(fraction, 4)
    return true
  }

  /** @param value from 0 to MAX_SMALL */
  #digits(value: number, count: number): void {
    const bytes = this.#bytes
    let rest = value | 0
    this.#at += count
    for (let at = this.#at - 1; at >= this.#at - count; at--) {
      const next = (rest / 10) | 0
      bytes[at] = ZERO + rest - next * 10
      rest = next
    }
  }
}

function digitsOf(value: number): number {
  let count = 1
  for (let power = 10; power <= value; power *= 10) count++
  return count
}
