// Promises that wait for a state of the router, each with its own abort signal.

import { signalIn } from './checks.js'
import type { AbortSignalLike } from './platform-types.js'

/** What every wait takes. */
export interface WaitOptions {
  /** Ends the wait, which rejects with the signal's reason. What was waited for goes on. */
  readonly signal?: AbortSignalLike | undefined
}

interface Waiter {
  readonly isOver: () => boolean
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class Waiters {
  readonly #waiters = new Set<Waiter>()

  /**
   * Rejects with OptionError `option-invalid` where there is no such signal.
   * @param isOver asked at once, and again at each `check`
   */
  wait(isOver: () => boolean, options: WaitOptions = {}): Promise<void> {
    let signal: AbortSignalLike | undefined
    try {
      signal = signalIn(options)
    } catch (error) {
      return Promise.reject(error)
    }
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (isOver()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const onAbort = (): void => waiter.reject(signal!.reason)
      const end = (): void => {
        this.#waiters.delete(waiter)
        signal?.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter = {
        isOver,
        resolve: () => {
          end()
          resolve()
        },
        reject: (error) => {
          end()
          reject(error)
        },
      }
      this.#waiters.add(waiter)
      signal?.addEventListener('abort', onAbort)
    })
  }

  check(): void {
    if (this.#waiters.size === 0) return
    for (const waiter of [...this.#waiters]) if (waiter.isOver()) waiter.resolve()
  }

  rejectAll(error: unknown): void {
    for (const waiter of [...this.#waiters]) waiter.reject(error)
  }
}
