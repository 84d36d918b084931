// How rejected frames are told on standard error.

import type { FrameError } from '../frame-error.js'
import type { Notes } from './notes.js'
import { countsText, grouped } from './text.js'

/** `FILE: frame 17 at byte 905: sentence (reason)` */
export function rejection(file: string, error: FrameError): string {
  return `${file}: ${error.message} (${error.reason})`
}

/** Those that a router reports, which are the first few a second; of the others, their number. */
export class Rejections {
  readonly #file: string
  readonly #notes: Notes
  readonly #toldBy = new Map<string, number>()
  #telling = Promise.resolve()

  constructor(file: string, notes: Notes) {
    this.#file = file
    this.#notes = notes
  }

  tell(error: FrameError): void {
    this.#toldBy.set(error.reason, (this.#toldBy.get(error.reason) ?? 0) + 1)
    this.#telling = this.#telling.then(() => this.#notes.tell(rejection(this.#file, error)))
  }

  /** Waits until all is told, and sums up what wasn't. */
  async finish(rejectedBy: Readonly<Record<string, number>>): Promise<void> {
    await this.#telling
    const rest = Object.entries(rejectedBy)
      .map(([reason, count]) => [reason, count - (this.#toldBy.get(reason) ?? 0)] as const)
      .filter(([, count]) => count > 0)
    if (rest.length === 0) return
    const all = rest.reduce((total, [, count]) => total + count, 0)
    const frames = all === 1 ? '1 frame more was rejected' : `${grouped(all)} frames more were rejected`
    const inspect = `shardwire inspect --skip-invalid ${this.#file}`
    await this.#notes.tell(
      `${this.#file}: ${frames} (${countsText(Object.fromEntries(rest))}); ${inspect} tells of each`,
    )
  }
}
