// Hands errors to the user's handler: at most ten a second, whatever the handler
// does. What isn't handed over is counted by the ledger all the same.

import type { Host } from './host.js'
import { HANDLER_ERRORS, type Ledger } from './ledger.js'
import { REPORTS_A_SECOND } from './limits.js'

/** Milliseconds, before anything that a clock tells. */
const LONG_AGO = -1e300

export class Reporter<Problem> {
  readonly #host: Host
  readonly #ledger: Ledger
  readonly #handler: ((problem: Problem) => unknown) | undefined
  /** When the last ten reports were made, in a ring; the oldest of them is next. */
  readonly #times = new Float64Array(REPORTS_A_SECOND).fill(LONG_AGO)
  #next = 0

  constructor(host: Host, ledger: Ledger, handler: ((problem: Problem) => unknown) | undefined) {
    this.#host = host
    this.#ledger = ledger
    this.#handler = handler
  }

  /** Whether a report would reach the handler now. */
  get isOpen(): boolean {
    if (this.#handler === undefined) return false
    const now = this.#host.now()
    const oldest = this.#times[this.#next]!
    // Before the oldest: the clock was set back.
    return now - oldest >= 1_000 || now < oldest
  }

  /** @param make builds the problem, only when it is going to be reported */
  report(make: () => Problem): void {
    try {
      if (!this.isOpen) return
      this.#times[this.#next] = this.#host.now()
      this.#next = (this.#next + 1) % REPORTS_A_SECOND
      const result = this.#handler?.(make())
      // An async handler's rejection is the handler's fault too.
      if (isThenable(result)) adopt(result).catch(() => this.#failed())
    } catch {
      this.#failed()
    }
  }

  #failed(): void {
    this.#ledger.counts[HANDLER_ERRORS]!++
  }
}

/** Whether a method's result is to be awaited. Reading `then` may throw: that is the method's failure. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

/** A promise of our own that follows any thenable, however odd: settles at most once, never synchronously. */
export function adopt(thenable: PromiseLike<unknown>): Promise<unknown> {
  return new Promise((resolve) => resolve(thenable))
}
