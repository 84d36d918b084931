// One seed's world: a router, its producers and observers, a clock that stands still,
// and a scheduler that decides what happens next. After each step the oracles are
// asked; then the faults stop, and all must drain.

import { createHash } from 'node:crypto'
import type { Engine } from '../../src/engine.js'
import type { FrameError } from '../../src/frame-error.js'
import type { Stats } from '../../src/ledger.js'
import { mtg } from '../../src/mtg/index.js'
import type { CoreModule } from '../../src/platform-types.js'
import { makeRouter, type Router } from '../../src/router.js'
import { coreModule } from '../../src/wasm.js'
import { referenceXxHash32 } from '../reference-xxhash32.js'
import { Dice } from './dice.js'
import { SimulatedHost } from './host.js'
import { Ids } from './ids.js'
import { Canaries, emptyRings, RingWatch, tableFault, walkRing } from './memory.js'
import { Model, Stream } from './model.js'
import { Observers } from './observers.js'
import { Producer, type Way } from './producer.js'
import { drawSettings, type Settings } from './settings.js'

/** Steps in which all must drain once faults have stopped; each settles something or lets someone go on. */
const STEPS_TO_DRAIN = 20_000
/** Steps with all producers waiting and nothing to settle: observers hang, and faults had better stop. */
const STEPS_OF_IDLENESS = 50
/** Events in flight that are counted in the rings at every step; steps between two counts of more. */
const SHORT_BACKLOG = 64
/** Milliseconds: the shutdown's deadline. */
const DEADLINE_MS = 10_000

/** An oracle failed: the product broke a promise. */
export class Broken extends Error {
  override readonly name = 'Broken'
  readonly oracle: string
  readonly step: number

  constructor(oracle: string, message: string, step: number) {
    super(message)
    this.oracle = oracle
    this.step = step
  }
}

export interface Outcome {
  readonly events: number
  readonly delivered: number
  readonly steps: number
  readonly waits: number
  readonly evicted: number
  readonly isTrapped: boolean
  /** Of all that happened, in order: the same for the same seed. */
  readonly traceHash: string
}

/** How the core is made to trap at a store. */
export interface Trap {
  readonly module: CoreModule
  /** Calls back after so many stores of the core, and at each one from then on. */
  arm(stores: number, onStore: () => void): void
  disarm(): void
}

class Streams {
  readonly #shared: Stream[] = []
  readonly #world: World
  readonly #ids: Ids

  constructor(world: World, ids: Ids) {
    this.#world = world
    this.#ids = ids
  }

  make(isShared: boolean): Stream {
    const { text, bytes } = this.#ids.next()
    const shard = referenceXxHash32(bytes) % this.#world.settings.shards
    const stream = new Stream(text, bytes, shard, isShared)
    this.#world.model.streams.push(stream)
    return stream
  }

  shared(): Stream {
    if (this.#shared.length < 4) this.#shared.push(this.make(true))
    return this.#world.dice.pick(this.#shared)
  }
}

export class World {
  readonly dice: Dice
  readonly settings: Settings
  readonly model: Model
  readonly streams: Streams
  readonly host: SimulatedHost
  readonly router: Router<typeof mtg>
  readonly observers: Observers
  /** Events and malformed frames that may still be made. */
  budget: number
  waits = 0
  step = 0
  /** Promises may have settled: they have their turn before the next step. */
  isStirred = false
  isShuttingDown = false
  isTrapped = false
  /** A trap or the deadline cut things off: what became of the rest isn't told in full. */
  isCutShort = false
  /** What is told only once promises have had their turn. */
  readonly #told: (() => void)[] = []
  readonly producers: Producer[] = []
  #producersMade = 0
  #idleSteps = 0
  #broken: Broken | undefined
  readonly #engine: Engine
  readonly #canaries: Canaries
  readonly #rings: RingWatch
  readonly #traceWords = new Int32Array(1_024)
  #traced = 0
  readonly #traceHash = createHash('sha256')
  #shutdown: Promise<Stats> | undefined
  #final: Stats | undefined
  readonly #reports: number[] = []
  readonly #trap: Trap | undefined

  constructor(seed: bigint, events: number, makeTrap?: () => Trap) {
    const dice = new Dice(seed)
    this.dice = dice
    this.settings = drawSettings(dice, new Dice(~seed))
    this.budget = events
    const { settings } = this
    const fail = (oracle: string, message: string): void => this.fail(oracle, message)
    this.model = new Model(settings, fail)
    this.streams = new Streams(this, new Ids(dice, settings.traffic))
    this.host = new SimulatedHost(dice, settings.random)
    this.observers = new Observers(this)
    let engine: Engine | undefined
    const { shards, slots, ringBytes, maxFrameBytes, startPosition, batchRows, orphans } = settings
    this.#trap = settings.trapAfter > 0 ? makeTrap?.() : undefined
    this.router = makeRouter(
      () => this.#trap?.module ?? coreModule(),
      this.#watched(),
      {
        shards,
        orphans,
        observers: settings.factories.map((_, factory) => (shard) => this.observers.make(factory, shard)),
        ...(settings.handlers !== 'none' && {
          onObserverError: () => this.#report(),
          onFrameError: (error) => this.#frameError(error),
        }),
      },
      {
        sizes: { slots, ringBytes, maxFrameBytes, startPosition, batchRows },
        host: this.host,
        onEngine: (made) => {
          engine = made
        },
      },
    )
    this.#engine = engine!
    this.#canaries = new Canaries(this.#engine.core)
    this.#rings = new RingWatch(this.#engine.core)
    this.#watchRings()
    this.#trap?.arm(settings.trapAfter, () => this.#trapped())
  }

  /** An oracle has failed. */
  get isBroken(): boolean {
    return this.#broken !== undefined
  }

  fail(oracle: string, message: string): void {
    this.#broken ??= new Broken(oracle, message, this.step)
  }

  /** Takes note of what happened, for the trace's hash. */
  trace(what: number, which: number): void {
    if (this.#traced === this.#traceWords.length) this.#flushTrace()
    this.#traceWords[this.#traced++] = what
    this.#traceWords[this.#traced++] = which
  }

  #flushTrace(): void {
    this.#traceHash.update(new Uint8Array(this.#traceWords.buffer, 0, this.#traced * 4))
    this.#traced = 0
  }

  spend(): void {
    this.budget--
  }

  /** The schema, whose events are counted: no drain reads more of them than there are, nor anything once an oracle failed. */
  #watched(): typeof mtg {
    const { model, settings } = this
    let calls = 0
    return {
      ...mtg,
      dispatch: (observer, template, record) => {
        const count = (): void => {
          if (++calls > model.offered * settings.factories.length)
            this.fail('once', `${calls} calls for ${model.offered} events`)
        }
        count()
        // Stops even a drain that reads in circles, so that the oracle that failed is told.
        if (this.isBroken) return new Promise(() => {})
        return mtg.dispatch(observer, template, {
          get view() {
            return record.view
          },
          get at() {
            return record.at
          },
          ids: record.ids,
          set calls(calls: number) {
            record.calls = calls
          },
          get slot() {
            return record.slot
          },
          next: () => {
            if (this.isBroken || !record.next()) return false
            count()
            return true
          },
        })
      },
    }
  }

  #watchRings(): void {
    const { core } = this.#engine
    const ingest = core.ingest.bind(core)
    core.ingest = (from, end) => {
      let next: number
      try {
        next = ingest(from, end)
      } catch (error) {
        this.#judgeRings(this.#rings.broken(true))
        throw error
      }
      if (this.#judgeRings(this.#rings.broken())) return next
      throw new Error('a broken ring')
    }
  }

  #judgeRings(broken: string | undefined): boolean {
    if (broken === undefined) return true
    this.fail('rings', broken)
    emptyRings(this.#engine.core)
    return false
  }

  /** A store of the core that is made its last. */
  #trapped(): never {
    if (this.isTrapped) this.fail('poison', 'the core was called after it had trapped')
    this.isTrapped = true
    this.isCutShort = true
    throw new Error('a trap that the simulation planted')
  }

  // ---- What the router reports

  #report(): unknown {
    const now = this.host.time
    this.#reports.push(now)
    if (this.#reports.length > 10 && now - this.#reports.at(-11)! < 1_000)
      this.fail('report-rate', 'more than ten reports within a second')
    if (this.settings.handlers !== 'failing') return undefined
    this.observers.handlerErrors++
    this.isStirred = true
    if (this.dice.chance(0.5)) throw new Error('a handler that fails')
    return Promise.reject(new Error('a handler that rejects'))
  }

  #frameError({ reason, offset, source }: FrameError): unknown {
    this.trace(9, offset)
    const producer =
      this.producers.find((one) => !one.isOwn && one.isOf(source)) ?? this.producers.find((one) => one.isOwn)
    const expected = producer?.malformed.get(offset)
    // A frame that is cut off is known to be so only later.
    if (expected !== reason && reason !== 'truncated')
      this.fail('reason', `frame at ${offset}: ${reason}, but it is ${expected}`)
    return this.settings.handlers === 'failing' && this.dice.chance(0.5) ? this.#failHandler() : undefined
  }

  #failHandler(): never {
    this.observers.handlerErrors++
    throw new Error('a handler that fails')
  }

  // ---- Steps

  /**
   * Plays the seed to its end.
   * @throws Broken an oracle failed
   */
  async play(): Promise<Outcome> {
    try {
      return await this.#play()
    } catch (error) {
      // What a broken router does next may be too much for the simulation itself.
      throw this.#broken ?? error
    } finally {
      this.#trap?.disarm()
    }
  }

  async #play(): Promise<Outcome> {
    const { dice, settings } = this
    while (this.producers.length < settings.producers) this.#addProducer()
    while (
      this.budget > 0 &&
      !this.isShuttingDown &&
      !this.isTrapped &&
      this.#idleSteps < STEPS_OF_IDLENESS
    ) {
      this.#act()
      await this.#stepEnds()
    }
    await this.#heal()
    this.#judgeEnd(this.#final!)
    this.#flushTrace()
    const stats = this.#final!
    return {
      events: stats.received,
      delivered: stats.delivered,
      steps: this.step,
      waits: this.waits,
      evicted: stats.evicted,
      isTrapped: this.isTrapped,
      traceHash: this.#traceHash
        .update(JSON.stringify(stats))
        .update(String(dice.uint32()))
        .digest('hex')
        .slice(0, 16),
    }
  }

  #addProducer(): void {
    const { dice } = this
    const hasOwn = this.producers.some((producer) => producer.isOwn)
    const ways: Way[] = hasOwn
      ? ['write', 'write', 'delimited', 'writable', 'send']
      : ['own', 'write', 'write', 'delimited', 'writable', 'send']
    const way = dice.pick(ways)
    const source =
      way === 'own' || way === 'send'
        ? ({ ...bound(this.router) } as never)
        : this.router.source({ delimited: way === 'delimited' })
    this.producers.push(new Producer(this, this.#producersMade++, way, source))
  }

  #act(): void {
    const { dice, settings, observers } = this
    const able = this.producers.filter((producer) => producer.isAble)
    this.#idleSteps = able.length > 0 || observers.pending > 0 ? 0 : this.#idleSteps + 1
    if (dice.chance(settings.earlyShutdown)) this.shutDown()
    else if (dice.chance(settings.producerEnds)) this.#replaceProducer()
    else if (dice.chance(0.02)) this.host.advance(dice.between(1, 2_000))
    else if (dice.chance(0.021)) dice.pick(this.producers).awaitSettled()
    else if (observers.pending > 0 && (able.length === 0 || dice.chance(0.4))) observers.settleSome()
    else if (able.length > 0) for (let left = dice.size(1, 16); left > 0; left--) this.#goOn(able)
    else this.#replaceProducer()
  }

  #goOn(producers: readonly Producer[]): void {
    const producer = this.dice.pick(producers)
    if (producer.isAble && this.budget > 0 && !this.isShuttingDown) producer.go()
  }

  #replaceProducer(): void {
    const leaves = this.dice.pick(this.producers)
    if (!leaves.isOwn) leaves.end()
    if (leaves.isOver && this.producers.filter((one) => !one.isOver).length < this.settings.producers)
      this.#addProducer()
  }

  /** From within an observer: anything that a user might do there. */
  reenter(): void {
    const { dice } = this
    const able = this.producers.filter((producer) => producer.isAble)
    switch (dice.below(6)) {
      case 0:
      case 1:
        if (able.length > 0 && this.budget > 0) dice.pick(able).go()
        break
      case 2:
        dice.pick(this.producers).awaitSettled()
        break
      case 3:
        if (!this.isShuttingDown && !this.isTrapped) void this.router.source().end()
        break
      case 4:
        if (this.settings.earlyShutdown > 0) this.shutDown()
        break
      default:
        this.#judgeLedger(this.router.stats())
    }
  }

  shutDown(): void {
    this.isShuttingDown = true
    this.isStirred = true
    const shutdown = this.router.shutdown({ timeout: DEADLINE_MS })
    this.#shutdown ??= shutdown
    shutdown.then(
      (stats) => {
        if (this.observers.unfinished > 0 && !this.observers.isCutOff)
          this.fail('shutdown-early', 'shutdown() has settled before the promises of the observers’ own have')
        this.#final ??= stats
      },
      (error: unknown) => this.fail('unexpected-error', `shutdown(): ${String(error)}`),
    )
  }

  /**
   * Has something told when promises have had their turn. A stream of the platform takes
   * as many steps within it as its version likes, and nobody may decide by these.
   */
  tellAfterTurn(what: () => void): void {
    this.#told.push(what)
  }

  /** Promises have their turn, then the oracles. */
  async #stepEnds(): Promise<void> {
    if (this.isStirred) {
      this.isStirred = false
      // Its turn comes when no promise has anything left to do: without a turn of the event loop, which costs more.
      await new Promise<void>((resolve) => process.nextTick(resolve))
      for (const tell of this.#told.splice(0)) tell()
    }
    this.step++
    this.#judge()
    if (this.#broken !== undefined) throw this.#broken
  }

  // ---- Oracles

  #judgeLedger(stats: Stats): void {
    const { received, accepted, rejected, delivered, failed, ignored, dropped, inFlight } = stats
    if (received !== accepted + rejected)
      this.fail('ledger', `received ${received}, not ${accepted} + ${rejected}`)
    if (accepted !== delivered + failed + ignored + dropped + inFlight)
      this.fail(
        'ledger',
        `accepted ${accepted}, not ${delivered} + ${failed} + ${ignored} + ${dropped} + ${inFlight}`,
      )
    // Without Object.values: this is asked at each step.
    const { orphan = 0, deadline = 0 } = stats.droppedBy
    if (dropped !== orphan + deadline) this.fail('ledger', `dropped ${dropped}, not ${orphan} + ${deadline}`)
    let byReason = 0
    for (const reason in stats.rejectedBy)
      byReason += stats.rejectedBy[reason as keyof typeof stats.rejectedBy]!
    if (rejected !== byReason) this.fail('ledger', `rejected ${rejected}, ${byReason} for a reason`)
    let byShard = 0
    for (const shard of stats.shards) byShard += shard.inFlight
    if (inFlight !== byShard) this.fail('ledger', `in flight ${inFlight}, ${byShard} in the shards`)
  }

  #judge(): void {
    const stats = this.router.stats()
    const { model, observers } = this
    this.#judgeLedger(stats)
    // A long backlog is walked now and then: it would be most of the work.
    if (stats.inFlight < SHORT_BACKLOG || this.step % SHORT_BACKLOG === 0) this.#walk(stats)
    if (stats.delivered !== model.delivered || stats.failed !== model.failed)
      this.fail(
        'outcome',
        `delivered ${stats.delivered}, failed ${stats.failed}; observers saw ${model.delivered} and ${model.failed}`,
      )
    if (stats.observerErrors.streamReleased !== model.releaseErrors)
      this.fail(
        'outcome',
        `${stats.observerErrors.streamReleased} errors of releases, not ${model.releaseErrors}`,
      )
    if (stats.handlerErrors !== observers.handlerErrors)
      this.fail('outcome', `${stats.handlerErrors} errors of handlers, not ${observers.handlerErrors}`)
    const dead = this.#canaries.dead()
    if (dead !== undefined) this.fail('canaries', `written to ${dead}`)
    this.trace(stats.received, stats.delivered)
  }

  #walk(stats: Stats): void {
    let walked = 0
    for (let shard = 0; shard < this.settings.shards; shard++) {
      const events = walkRing(this.#engine.core, shard)
      if (typeof events === 'string') this.fail('rings', `shard ${shard}: ${events}`)
      else walked += events
    }
    if (walked !== stats.inFlight)
      this.fail('in-flight', `${stats.inFlight} in the ledger, ${walked} in the rings`)
  }

  // ---- Healing

  /** Faults stop: observers settle, producers end, the router shuts down. Whatever doesn't drain has stalled. */
  async #heal(): Promise<void> {
    const { observers, settings } = this
    const isDeadline = settings.deadline && observers.hanging > 0
    observers.isCalm = true
    // Whoever writes to a router whose core has trapped is told; the core is left alone.
    if (this.isTrapped) for (const producer of this.producers) if (producer.isAble) producer.go()
    if (!isDeadline) observers.release()
    const deadline = this.step + STEPS_TO_DRAIN
    for (;;) {
      await this.#stepEnds()
      if (this.#final !== undefined) break
      if (this.step > deadline) {
        this.fail('stall', `nothing goes on: ${JSON.stringify(this.router.stats())}`)
        continue
      }
      const isSettling = observers.pending > 0
      if (isSettling) observers.settleSome()
      for (const producer of this.producers) producer.end()
      const isDone = this.producers.every((producer) => producer.isClosed)
      if (this.#shutdown === undefined && (isDone || isDeadline || this.isTrapped)) this.shutDown()
      if (this.isShuttingDown && isDeadline && !isSettling && observers.pending === 0) {
        this.isCutShort = true
        this.model.cutOff()
        observers.isCutOff = true
        this.host.advance(DEADLINE_MS)
      }
      this.isStirred = true
    }
    // A shutdown is over for good, whoever asks for another, and whatever settles late.
    if (this.host.pendingTimers !== 0) this.fail('timers', 'a timer is left')
    this.shutDown()
    observers.release()
    while (observers.pending > 0) observers.settleSome()
    for (const producer of this.producers) producer.end()
    this.isStirred = true
    this.host.advance(DEADLINE_MS)
    await this.#stepEnds()
  }

  #judgeEnd(stats: Stats): void {
    const { model, settings } = this
    // What a handler's own promise comes to is nobody's to wait for.
    const ended = (of: Stats): string => JSON.stringify({ ...of, handlerErrors: 0 })
    const later = this.router.stats()
    if (ended(stats) !== ended(later))
      this.fail('final', `the final stats were ${ended(stats)}; later ${ended(later)}`)
    const fault = this.isTrapped ? undefined : tableFault(this.#engine.core)
    if (fault !== undefined) this.fail('table', fault)
    if (stats.inFlight !== 0) this.fail('stall', `${stats.inFlight} in flight after the shutdown`)
    if (this.producers.some((producer) => producer.isLeftWaiting))
      this.fail('stall', 'a wait for a source has no end')
    this.observers.judgeShutdowns()
    if (!this.isCutShort) {
      model.explainRest()
      const expected = new Map<string, number>()
      for (const producer of this.producers) producer.addRejected(expected)
      const rejected = Object.entries(stats.rejectedBy)
      for (const [reason, count] of rejected)
        if (expected.get(reason) !== count)
          this.fail('reason', `${count} ${reason}, not ${expected.get(reason)}`)
      if (rejected.length !== expected.size)
        this.fail('reason', `${JSON.stringify(stats.rejectedBy)}, not ${JSON.stringify([...expected])}`)
      if (stats.accepted !== model.offered - model.withdrawn)
        this.fail('ledger', `accepted ${stats.accepted} of ${model.offered - model.withdrawn} events`)
      const orphans = stats.droppedBy.orphan ?? 0
      const [more, isExact] = [model.unclear, model.unclear === 0]
      if (isExact ? orphans !== model.orphans : orphans < model.orphans || orphans > model.orphans + more)
        this.fail('orphans', `${orphans} orphans, not ${model.orphans} and up to ${more} more`)
      if (orphans + stats.ignored !== model.orphans + model.ignored + more)
        this.fail('outcome', `${stats.ignored} ignored, not ${model.ignored} and up to ${more} more`)
      if (stats.droppedBy.deadline !== undefined) this.fail('ledger', 'dropped by a deadline that never was')
      if (model.unheardEvictions > stats.evicted)
        this.fail('lost-event', 'more ends are missing than streams were evicted')
      if (this.#rings.leastFreeBytes > 2 * settings.maxFrameBytes + 128) model.judgeSpread()
      if (model.isComplete && stats.streams !== model.live)
        this.fail('identity', `${stats.streams} streams, not ${model.live}`)
    }
    const hears = settings.factories.some(({ hearsReleases }) => hearsReleases)
    if (hears && !this.isCutShort && (stats.evicted !== model.evicted || stats.restarted !== model.restarted))
      this.fail(
        'release',
        `${stats.evicted} evicted, ${stats.restarted} restarted; observers heard ${model.evicted} and ${model.restarted}`,
      )
    if (this.#broken !== undefined) throw this.#broken
  }
}

/** The router as a source: what a producer of its own bytes calls. */
function bound(router: Router<typeof mtg>) {
  return {
    write: (chunk: Uint8Array) => router.write(chunk),
    ready: (options?: Parameters<typeof router.ready>[0]) => router.ready(options),
    settled: (options?: Parameters<typeof router.settled>[0]) => router.settled(options),
  }
}
