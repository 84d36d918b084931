// The end of a router: what was accepted is drained, then every observer instance
// is shut down once, whatever throws. A deadline bounds it all. Any call may be the one for
// which there is no stack left; what is left half done then, the next call or the deadline ends.

import { refuse, signalIn } from './checks.js'
import type { Engine } from './engine.js'
import { cutOffError } from './errors.js'
import { SHUTDOWN_ERRORS, SHUTDOWNS_CUT_OFF, type Stats } from './ledger.js'
import { DEFAULT_SHUTDOWN_MS, MAX_TIMER_MS } from './limits.js'
import { ObserverError } from './observer-error.js'
import type { AnyObserver } from './observers.js'
import { adopt, isThenable } from './reporter.js'
import type { ShardRing } from './shard-ring.js'
import { Waiters, type WaitOptions } from './waiters.js'

export interface ShutdownOptions extends WaitOptions {
  /** Milliseconds for all of it, 10,000 by default. Only the first call's counts. */
  readonly timeout?: number
}

export class Shutdown {
  readonly #engine: Engine
  #phase: 'open' | 'draining' | 'closed' = 'open'
  readonly #ended: Promise<Stats>
  #resolve!: (stats: Stats) => void
  #timer: unknown
  #advancing = false
  /** The deadline has passed within a delivery, and cuts off what is left at its end. */
  #isLate = false
  readonly #waiters = new Waiters()
  /** Observers that have been told. */
  readonly #told = new Set<AnyObserver>()
  /** Observers whose own shutdown() is pending. */
  #pending = 0

  constructor(engine: Engine) {
    this.#engine = engine
    this.#ended = new Promise((resolve) => {
      this.#resolve = resolve
    })
    void this.#ended.then(() => this.#waiters.check())
  }

  get isOpen(): boolean {
    return this.#phase === 'open'
  }

  /** @throws OptionError `option-invalid` */
  begin(options: ShutdownOptions = {}): Promise<Stats> {
    const signal = signalIn(options)
    const { timeout = DEFAULT_SHUTDOWN_MS } = options
    if (typeof timeout !== 'number' || !(timeout >= 0 && timeout <= MAX_TIMER_MS)) {
      refuse('timeout', timeout, `milliseconds from 0 to ${MAX_TIMER_MS}`)
    }
    if (this.#phase === 'open') {
      this.#timer = this.#engine.host.setTimer(() => this.#deadline(), timeout)
      this.#phase = 'draining'
    }
    this.#engine.pump()
    if (signal === undefined) return this.#ended
    return this.#waiters.wait(() => this.#phase === 'closed', { signal }).then(() => this.#ended)
  }

  /** Goes as far as it can; called whenever something may have settled. */
  advance(): void {
    const engine = this.#engine
    if (this.#phase !== 'draining' || this.#advancing || engine.isPumping) return
    this.#advancing = true
    try {
      for (const source of [...engine.sources]) source.close()
      if (engine.sources.size > 0) return
      for (const drain of engine.drains) if (drain.isIdle) this.#tell(drain)
      const isTold = engine.drains.every(
        ({ closed, observers }) => closed && observers.every((observer) => this.#told.has(observer)),
      )
      if (isTold && this.#pending === 0) this.#finish()
    } finally {
      this.#advancing = false
      if (this.#isLate) this.#deadline()
    }
  }

  /** Calls shutdown() on the observers of a shard, each once. */
  #tell(drain: ShardRing): void {
    const { drains, ledger } = this.#engine
    const { observers, shard } = drain
    drain.closed = true
    for (const observer of observers) {
      // Shared with a shard that still delivers: it is that one's to tell.
      const isShared = drains.some((other) => !other.closed && other.observers.includes(observer))
      if (isShared || this.#told.has(observer)) continue
      this.#told.add(observer)
      try {
        const result = observer.shutdown?.()
        if (isThenable(result)) this.#await(adopt(result), shard)
      } catch (error) {
        ledger.counts[SHUTDOWN_ERRORS]!++
        this.#report(error, shard)
      }
    }
  }

  #await(promise: Promise<unknown>, shard: number): void {
    const done = (): void => {
      this.#pending--
      this.advance()
    }
    promise.then(done, (error: unknown) => {
      if (this.#phase !== 'closed') {
        this.#engine.ledger.counts[SHUTDOWN_ERRORS]!++
        this.#report(error, shard)
      }
      done()
    })
    this.#pending++
  }

  #report(error: unknown, shard: number): void {
    this.#engine.observerReporter.report(() => new ObserverError(error, 'shutdown', shard, '', 0))
  }

  /** Time is up: what isn't settled is cut off and counted, and the rest is told. */
  #deadline(): void {
    if (this.#phase !== 'draining') return
    const engine = this.#engine
    // Observers may move the clock themselves, as that of a test runner: not while one is being called.
    this.#isLate = engine.isPumping
    if (this.#isLate) return
    this.#advancing = true
    const error = cutOffError()
    engine.abandonAll(error)
    engine.settledWaiters.rejectAll(error)
    for (const drain of engine.drains) {
      if (!drain.closed) drain.cutOff()
      this.#tell(drain)
    }
    engine.ledger.counts[SHUTDOWNS_CUT_OFF]! += this.#pending
    this.#finish()
  }

  #finish(): void {
    const engine = this.#engine
    this.#resolve(engine.stats(engine.sources.size))
    this.#phase = 'closed'
    engine.host.clearTimer(this.#timer)
  }
}
