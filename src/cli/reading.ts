// The line of progress while a recording is read.

import type { Input } from './input.js'
import type { Notes } from './notes.js'
import { bytesText, grouped } from './text.js'

export class Reading {
  bytes = 0
  readonly #input: Input
  readonly #notes: Notes
  readonly #startMs = performance.now()

  constructor(input: Input, notes: Notes) {
    this.#input = input
    this.#notes = notes
  }

  get seconds(): number {
    return (performance.now() - this.#startMs) / 1_000
  }

  /**
   * Called after each chunk.
   * @param frames read so far
   */
  async took(bytes: number, frames: () => number): Promise<void> {
    this.bytes += bytes
    await this.#notes.progress(() => {
      const { name, bytes: all } = this.#input
      const share =
        all === undefined ? '' : ` of ${bytesText(all)} (${Math.floor((100 * this.bytes) / all)} %)`
      const rate = `${bytesText(this.bytes / this.seconds)}/s`
      return `${name}: ${bytesText(this.bytes)}${share}, ${grouped(frames())} frames, ${rate}`
    })
  }
}
