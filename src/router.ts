// createRouter: options in, a router out. The parts are wired in engine.ts.

import { functionOption, knownOptions, refuse } from './checks.js'
import { Core } from './core.js'
import { encodeFrame } from './encoder.js'
import { Engine } from './engine.js'
import { EncodeError, OptionError, UsageError } from './errors.js'
import type { FrameError } from './frame-error.js'
import { type Host, platformHost } from './host.js'
import { CONTROL_REASON, STATUS_DONE, STATUS_FULL } from './layout.js'
import type { Stats } from './ledger.js'
import { MAX_SOURCES } from './limits.js'
import type { ObserverError } from './observer-error.js'
import { makeObservers } from './observers.js'
import { moduleOption, readSizes, type SizeOptions, type Sizes } from './options.js'
import { planMemory } from './plan.js'
import type { ByteStream, CoreModule } from './platform-types.js'
import { REASONS } from './reasons.js'
import type { AnySchema, InputOf, ObserverBase, ObserverOf } from './schema.js'
import type { ShutdownOptions } from './shutdown.js'
import { RouterSource, type Source } from './source.js'
import type { WaitOptions } from './waiters.js'

export interface RouterOptions<S extends AnySchema> extends SizeOptions {
  /**
   * Factories: each makes one observer a shard, and every event of a shard reaches all of its observers.
   * None at all: everything is counted and ignored.
   */
  readonly observers?: readonly ((shard: number) => Partial<ObserverOf<S>> & ObserverBase)[]
  /** What becomes of an end without a beginning: `drop` (and count) by default. */
  readonly orphans?: 'drop' | 'deliver'
  /** Hears of observers that throw or reject, at most ten times a second. By default they are logged. */
  readonly onObserverError?: (error: ObserverError) => unknown
  /** Hears of malformed frames, at most ten times a second; all are counted. */
  readonly onFrameError?: (error: FrameError) => unknown
  /**
   * The core, compiled from `shardwire/core.wasm`: for platforms that compile no bytes at run time. Elsewhere, and on
   * workerd, the package finds its own.
   */
  readonly module?: CoreModule
}

export interface SourceOptions<S extends AnySchema> {
  /** The schema of this source's frames: the router's. */
  readonly schema?: S
  /**
   * Whether each `write` is a message that holds whole frames, as WebSocket, UDP and brokers carry them: a frame that
   * is cut off at its end is rejected. By default the bytes are one stream, cut anywhere.
   */
  readonly delimited?: boolean
}

const OPTION_NAMES = [
  'shards',
  'observers',
  'streams',
  'ringBytes',
  'maxFrameBytes',
  'orphans',
  'onObserverError',
  'onFrameError',
  'module',
]

export interface Router<S extends AnySchema = AnySchema> extends Omit<Source, 'end' | 'closed'> {
  /** A source with its own partial frame and backpressure: one a connection. At most 1,024 at once. */
  source(options?: SourceOptions<S>): Source
  /**
   * Routes an event made in-process.
   * @returns false: no room, not taken; `await ready()` and try again
   * @throws EncodeError `encode-invalid`, `encode-space`
   * @throws ClosedError `router-closed`
   */
  send(event: InputOf<S>): boolean
  /** The ledger, now. */
  stats(): Stats
  /**
   * Drains what was accepted, then calls `shutdown()` once on every observer. However often it is called,
   * there is one shutdown. Awaiting it inside an observer waits for itself, until the deadline.
   * @returns the final stats
   */
  shutdown(options?: ShutdownOptions): Promise<Stats>
  [Symbol.asyncDispose](): Promise<void>
}

class CoreRouter<S extends AnySchema> implements Router<S> {
  readonly #engine: Engine
  readonly #own: RouterSource
  /** Never has bytes: what `send` published, and what it waits for. */
  readonly #sender: RouterSource
  #scratch: Uint8Array | undefined

  constructor(engine: Engine) {
    this.#engine = engine
    this.#own = new RouterSource(engine)
    this.#sender = new RouterSource(engine)
    engine.sources.add(this.#own)
    engine.sources.add(this.#sender)
  }

  write(chunk: Uint8Array): boolean {
    return this.#own.write(chunk)
  }

  async ready(options?: WaitOptions): Promise<void> {
    const isRefused = this.#engine.isWaiting(this.#sender)
    if (isRefused) await this.#sender.ready(options)
    // Framing that was lost in `write` is no matter of `send`.
    if (!isRefused || this.#own.isHeld) await this.#own.ready(options)
  }

  async settled(options?: WaitOptions): Promise<void> {
    await Promise.all([this.#own.settled(options), this.#sender.settled(options)])
  }

  get writable(): ByteStream {
    return this.#own.writable
  }

  source(options: SourceOptions<S> = {}): Source {
    knownOptions('source()', options, ['schema', 'delimited'])
    const { delimited = false } = options
    if (typeof delimited !== 'boolean') refuse('delimited', delimited, 'true or false')
    this.#engine.assertOpen()
    if (options.schema !== undefined && options.schema !== this.#engine.schema) {
      throw new OptionError(
        'option-invalid',
        `schema ${options.schema.name} is not this router's; make a router for it`,
      )
    }
    if (this.#sourceCount > MAX_SOURCES) {
      throw new UsageError('too-many-sources', `${MAX_SOURCES} sources are open; end() some first`)
    }
    const source = new RouterSource(this.#engine, delimited)
    this.#engine.sources.add(source)
    return source
  }

  send(event: InputOf<S>): boolean {
    const engine = this.#engine
    const { core } = engine
    engine.heal()
    engine.assertOpen()
    // Ours alone while the event is read: its getters are user code, and may send, too.
    const scratch = this.#scratch ?? new Uint8Array(core.plan.maxFrameBytes)
    this.#scratch = undefined
    let bytes: number
    try {
      bytes = encodeFrame(engine.schema, event, scratch)
    } finally {
      this.#scratch = scratch
    }
    engine.assertOpen()
    if (core.poison !== undefined) throw core.poison
    const { address } = core.plan.input
    for (;;) {
      core.bytes.set(scratch.subarray(0, bytes), address)
      core.inputStamp++
      let isRead = false
      try {
        core.ingest(address, address + bytes)
        engine.collect(this.#sender.marks)
        isRead = true
      } catch (error) {
        throw engine.poisoned(error)
      } finally {
        if (!isRead) engine.isBroken = true
      }
      const { status, words } = core
      if (status === STATUS_DONE) {
        engine.pump()
        return true
      }
      if (status !== STATUS_FULL) {
        const reason = words[CONTROL_REASON >>> 2]!
        engine.ledger.reject(reason)
        throw new EncodeError(
          'encode-invalid',
          `the event makes a frame that is rejected: ${REASONS[reason]}`,
        )
      }
      if (!this.#sender.makeRoom()) return false
    }
  }

  /** All but the sender, which is no source to users. */
  get #sourceCount(): number {
    const { sources } = this.#engine
    return sources.has(this.#sender) ? sources.size - 1 : sources.size
  }

  stats(): Stats {
    this.#engine.heal()
    return this.#engine.stats(this.#sourceCount)
  }

  shutdown(options?: ShutdownOptions): Promise<Stats> {
    return this.#engine.shutdown.begin(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown()
  }
}

/** What tests choose beside the options: sizes that no option gives, and the platform. */
export interface Seams {
  readonly sizes?: Partial<Sizes>
  readonly host?: Host
  /** Sees the parts. */
  readonly onEngine?: (engine: Engine) => void
}

/** `createRouter`, given how to get the core's module where no option gives it. */
export function makeRouter<S extends AnySchema>(
  coreModule: () => CoreModule,
  schema: S,
  options: RouterOptions<S> = {},
  seams: Seams = {},
): Router<S> {
  if (!Array.isArray(schema?.templates)) refuse('schema', schema, 'a compiled schema, such as mtg')
  knownOptions('createRouter', options, OPTION_NAMES)
  const { observers = [], orphans = 'drop', onObserverError, onFrameError } = options
  if (orphans !== 'drop' && orphans !== 'deliver') {
    refuse('orphans', orphans, "'drop' or 'deliver'")
  }
  functionOption('onObserverError', onObserverError)
  functionOption('onFrameError', onFrameError)
  const host = seams.host ?? platformHost
  const plan = planMemory(schema, { ...readSizes(options), ...seams.sizes })
  const core = new Core(moduleOption(options) ?? coreModule(), schema, plan, host, orphans === 'deliver')
  const instances = makeObservers(schema, observers, plan.shards)
  const engine = new Engine(
    core,
    schema,
    host,
    instances,
    onObserverError ?? ((error) => host.warn(`shardwire: ${error.message}`, error.cause)),
    onFrameError,
  )
  seams.onEngine?.(engine)
  return new CoreRouter<S>(engine)
}
