// What the platform gives: clock, timers, random, a place for messages. Nothing
// else in the pipeline touches them, and nothing here runs at module scope.

export interface Host {
  /** Milliseconds from any fixed point; need not move during a call. */
  now(): number
  /** Calls back once after `ms`; gives back what `clearTimer` takes. */
  setTimer(callback: () => void, ms: number): unknown
  clearTimer(timer: unknown): void
  /** Fills with unpredictable bits. */
  fillRandom(words: Uint32Array<ArrayBuffer>): void
  /** Tells a human what no handler was given for. */
  warn(message: string, error: unknown): void
}

export const platformHost: Host = {
  now: () => Date.now(),
  setTimer: (callback, ms) => setTimeout(callback, ms),
  clearTimer: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  fillRandom: (words) => {
    crypto.getRandomValues(words)
  },
  warn: (message, error) => console.error(message, error),
}
