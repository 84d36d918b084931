// What all transports share: the life of one source between a platform's sender and the
// router. An adapter is a `Sender`; the `Intake` writes what it gives, holds it back while
// the source waits, and settles one promise, once, whatever ends first: the sender, the
// router, the framing or the caller's signal.

import { knownOptions, signalOption } from '../checks.js'
import type { AbortSignalLike } from '../platform-types.js'
import type { Source } from '../source.js'

/** What a transport needs of a router: any `Router` fits. */
export interface SourceMaker {
  source(options?: { readonly delimited?: boolean }): Source
}

/** What every transport takes. */
export interface TransportOptions {
  /**
   * Ends the transport: its promise rejects with the signal's reason at once, and the sender is closed. What the
   * source has taken is still routed; what was waiting for it is given up.
   */
  readonly signal?: AbortSignalLike | undefined
}

/** What a transport has taken, when all of it has settled. */
export interface TransportReport {
  readonly bytes: number
  /** As the platform cut them. */
  readonly chunks: number
}

/** A platform's end, as the intake uses it. Each is called in this order, and none but pause and resume twice. */
export interface Sender {
  /** Begins to listen; what comes goes to the intake, from now on. */
  open(intake: Intake): void
  /** Holds the sender back, if the platform can. */
  pause(): void
  resume(): void
  /** Closes it, as the platform has it, because of an error. Also called when it was never opened. */
  refuse(cause: unknown): void
  /** Takes all listeners away. */
  release(): void
}

interface Waiting {
  readonly chunk: Uint8Array
  readonly onTaken: (() => void) | undefined
}

/** Slots at the queue's front that are emptied before it is shortened. */
const COMPACT_AT = 1_024

export class Intake {
  /** Bytes and chunks that the source has taken. */
  bytes = 0
  chunks = 0
  /** Chunks that wait for the source, and their bytes. The one that the source holds is not among them. */
  waitingChunks = 0
  waitingBytes = 0
  readonly #sender: Sender
  readonly #source: Source
  readonly #signal: AbortSignalLike | undefined
  readonly #resolve: () => void
  readonly #reject: (cause: unknown) => void
  #queue: (Waiting | undefined)[] = []
  #head = 0
  /**
   * open: more may come. ending: nothing more comes, what waits is still written. ended: the source has ended,
   * what it took has to settle. over: the promise has settled.
   */
  #phase: 'open' | 'ending' | 'ended' | 'over' = 'open'
  #failure: { readonly cause: unknown } | undefined
  /** A write is going on, or the source holds its rest. */
  #busy = false
  #paused = false
  readonly #onAbort = (): void => this.stop(this.#signal!.reason)

  private constructor(
    sender: Sender,
    source: Source,
    signal: AbortSignalLike | undefined,
    resolve: () => void,
    reject: (cause: unknown) => void,
  ) {
    this.#sender = sender
    this.#source = source
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
  }

  /**
   * Routes a sender until it ends.
   * @returns the intake, once everything has been taken and has settled
   */
  static async run(
    sender: Sender,
    router: SourceMaker,
    signal: AbortSignalLike | undefined,
    delimited = false,
  ): Promise<Intake> {
    let source: Source
    try {
      if (signal?.aborted) throw signal.reason
      source = router.source({ delimited })
    } catch (error) {
      refuse(sender, error)
      sender.release()
      throw error
    }
    let intake: Intake
    await new Promise<void>((resolve, reject) => {
      intake = new Intake(sender, source, signal, resolve, reject)
      intake.#open()
    })
    return intake!
  }

  #open(): void {
    this.#signal?.addEventListener('abort', this.#onAbort)
    void this.#source.closed().then(() => this.#onClosed())
    try {
      this.#sender.open(this)
    } catch (error) {
      this.stop(error)
    }
  }

  /** Whether a chunk given now would have to wait. */
  get isHolding(): boolean {
    return this.#busy
  }

  /** Whether the sender may still give something. */
  get isOpen(): boolean {
    return this.#phase === 'open'
  }

  /** @param onTaken called when the source has taken all of the chunk */
  take(chunk: Uint8Array, onTaken?: () => void): void {
    if (this.#phase !== 'open') return
    this.#queue.push({ chunk, onTaken })
    this.waitingChunks++
    this.waitingBytes += chunk.length
    // Given in spite of a pause: somebody else has resumed the sender, or it had this already.
    if (this.#paused) this.#sender.pause()
    this.#write()
  }

  /** The sender has given all. */
  end(): void {
    if (this.#phase !== 'open') return
    this.#phase = 'ending'
    this.#finish()
  }

  /** Something is wrong with the sender: it is closed now; what it gave before is written, then the promise rejects. */
  fail(cause: unknown): void {
    if (this.#phase !== 'open') return
    this.#phase = 'ending'
    this.#failure = { cause }
    refuse(this.#sender, cause)
    this.#finish()
  }

  /** Nothing more can be written, or is wanted: the promise rejects now. */
  stop(cause: unknown): void {
    if (this.#phase === 'over') return
    if (this.#failure === undefined) refuse(this.#sender, cause)
    this.#queue = []
    this.#head = 0
    void this.#source.end()
    this.#settle(() => this.#reject(cause))
  }

  #write(): void {
    while (!this.#busy && this.#head < this.#queue.length) {
      const next = this.#next()
      // While the chunk is being written observers are called, and may make the sender give more.
      this.#busy = true
      let isTaken: boolean
      try {
        isTaken = this.#source.write(next.chunk)
      } catch (error) {
        this.stop(error)
        return
      }
      if (!isTaken) {
        this.#wait(next)
        break
      }
      this.#busy = false
      this.#taken(next)
    }
    this.#finish()
  }

  #next(): Waiting {
    const next = this.#queue[this.#head]!
    this.#queue[this.#head++] = undefined
    if (this.#head === this.#queue.length || this.#head === COMPACT_AT) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
    this.waitingChunks--
    this.waitingBytes -= next.chunk.length
    return next
  }

  /** The source holds the rest of a chunk: nothing is written before it is ready. */
  #wait(held: Waiting): void {
    this.#source
      .ready({ signal: this.#signal })
      .then(() => {
        this.#busy = false
        if (this.#phase === 'over') return
        this.#taken(held)
        this.#write()
        if (this.#busy || !this.#paused || this.#phase !== 'open') return
        this.#paused = false
        this.#sender.resume()
      })
      // What a sender throws when it is to go on ends it, too: nobody else would hear of that.
      .catch((error: unknown) => this.stop(error))
    if (this.#paused || this.#phase !== 'open') return
    this.#paused = true
    this.#sender.pause()
  }

  #taken({ chunk, onTaken }: Waiting): void {
    this.bytes += chunk.length
    this.chunks++
    onTaken?.()
  }

  /** Ends the source once it has been given everything. */
  #finish(): void {
    if (this.#phase !== 'ending' || this.#head < this.#queue.length) return
    const failure = this.#failure
    // What the source holds of a sender that failed is its own to take: nobody need wait for that.
    if (this.#busy && failure === undefined) return
    this.#phase = 'ended'
    void this.#source.end()
    if (failure !== undefined) {
      this.#settle(() => this.#reject(failure.cause))
      return
    }
    this.#source.settled({ signal: this.#signal }).then(
      () => this.#settle(this.#resolve),
      (error: unknown) => this.stop(error),
    )
  }

  /** The source closed by itself: the framing is lost, or the router shut down. A write says which. */
  #onClosed(): void {
    if (this.#phase === 'ended' || this.#phase === 'over') return
    try {
      this.#source.write(new Uint8Array(0))
    } catch (error) {
      this.stop(error)
    }
  }

  #settle(how: () => void): void {
    if (this.#phase === 'over') return
    this.#phase = 'over'
    this.#signal?.removeEventListener('abort', this.#onAbort)
    try {
      this.#sender.release()
    } catch {}
    how()
  }
}

/** @throws OptionError `option-invalid`, `option-unknown` */
export function checkOptions(where: string, options: TransportOptions, names: readonly string[]): void {
  knownOptions(where, options, names)
  signalOption(options.signal)
}

/** Closes a sender. What its platform throws then must not hide why. */
function refuse(sender: Sender, cause: unknown): void {
  try {
    sender.refuse(cause)
  } catch {}
}
