// Stream IDs: short and long, of every length at which the core does something else,
// with siblings that differ as little as can be, and text that is easy to get wrong.

import type { Dice } from './dice.js'
import type { TrafficOdds } from './settings.js'

export interface Id {
  readonly text: string
  readonly bytes: Uint8Array
}

/** Lengths in bytes at which words, buckets and records end. */
const EDGES = [1, 7, 8, 9, 15, 16, 17, 21, 22, 23, 24, 31, 32, 33, 40, 63, 64, 65, 128, 253, 254]
const ODD_TEXTS = [
  '__proto__',
  'constructor',
  'then',
  '\ufeffmarked',
  'nul\u0000inside',
  '\u{10348}\u00e9\u20ac',
  '"quoted"\n',
  '\u202eright',
]
/** What makes IDs long: no two of its words are the same, so that their order can be told. */
const PADDING = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ=abcdefghijklmnopqrstuvwxyz-'
const WORD_BYTES = 8
/** A bucket of the stream table keeps this much of a long ID in itself. */
const KEPT_BYTES = 16

export class Ids {
  readonly #dice: Dice
  readonly #odds: TrafficOdds
  readonly #taken = new Set<string>()
  readonly #encoder = new TextEncoder()
  #last = ''
  #made = 0

  constructor(dice: Dice, odds: TrafficOdds) {
    this.#dice = dice
    this.#odds = odds
  }

  /** One that this run hasn't had. */
  next(): Id {
    for (;;) {
      const text = this.#dice.chance(this.#odds.siblings) ? this.#sibling() : this.#fresh()
      const bytes = this.#encoder.encode(text)
      if (bytes.length === 0 || bytes.length > this.#odds.longestId || this.#taken.has(text)) {
        this.#last = ''
        continue
      }
      this.#taken.add(text)
      this.#last = text
      return { text, bytes }
    }
  }

  #fresh(): string {
    const dice = this.#dice
    const number = (this.#made++).toString(36)
    if (dice.chance(0.02)) return dice.pick(ODD_TEXTS) + number
    if (!dice.chance(this.#odds.longIds)) return number
    const bytes = Math.min(this.#odds.longestId, dice.pick(EDGES))
    // The number first or last, so that IDs share their beginning or their end.
    return dice.chance(0.5) ? number.padEnd(bytes, PADDING) : number.padStart(bytes, PADDING)
  }

  /** Like the last one but for its last byte, one more byte, or the order of two words. */
  #sibling(): string {
    const dice = this.#dice
    const last = this.#last
    // Only of plain text are letters bytes.
    if (last === '' || /[^\x20-\x7e]/.test(last)) return this.#fresh()
    const words = Math.floor((last.length - KEPT_BYTES) / WORD_BYTES)
    switch (dice.below(words >= 2 ? 4 : 3)) {
      case 0:
        return last.slice(0, -1) + String.fromCharCode(dice.between(0x21, 0x7e))
      case 1:
        return last + String.fromCharCode(dice.between(0x21, 0x7e))
      case 2: {
        const at = dice.below(last.length)
        return last.slice(0, at) + String.fromCharCode(dice.between(0x21, 0x7e)) + last.slice(at + 1)
      }
      default: {
        const from = KEPT_BYTES + WORD_BYTES * dice.below(words - 1)
        const middle = from + WORD_BYTES
        const to = middle + WORD_BYTES
        return last.slice(0, from) + last.slice(middle, to) + last.slice(from, middle) + last.slice(to)
      }
    }
  }
}
