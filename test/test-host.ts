// A platform that a test moves: its clock, its timers, and a random that is a seed's.

import type { Host } from '../src/host.js'

/** A platform whose clock stands still until a test moves it, and whose random is a seed's. */
export class TestHost implements Host {
  time = 1_000_000
  readonly warnings: unknown[] = []
  readonly #timers = new Map<number, { at: number; callback: () => void }>()
  #nextTimer = 1
  #random: number

  constructor(seed = 1) {
    this.#random = seed >>> 0
  }

  now(): number {
    return this.time
  }

  setTimer(callback: () => void, ms: number): unknown {
    this.#timers.set(this.#nextTimer, { at: this.time + ms, callback })
    return this.#nextTimer++
  }

  clearTimer(timer: unknown): void {
    this.#timers.delete(timer as number)
  }

  get pendingTimers(): number {
    return this.#timers.size
  }

  fillRandom(words: Uint32Array): void {
    for (let index = 0; index < words.length; index++) {
      this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0
      words[index] = this.#random ^ (this.#random >>> 16)
    }
  }

  warn(message: string, error: unknown): void {
    this.warnings.push([message, error])
  }

  /** Moves the clock and calls the timers that are due, in order. */
  advance(ms: number): void {
    const end = this.time + ms
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers.delete(due[0])
      this.time = Math.max(this.time, due[1].at)
      due[1].callback()
    }
    this.time = end
  }
}
