// The product's router beside the readings: which shard hears what, in which order,
// what is told of rejected frames between, and that the ledger adds up.

import { FrameError } from '../../../src/frame-error.js'
import type { Event, Observer } from '../../../src/mtg/index.js'
import type { ObserverBase } from '../../../src/schema.js'
import { Canaries } from '../../core/gaps.js'
import { type Rig, rig, TestHost, walkRings } from '../../rig.js'
import { FuzzFailure } from '../failure.js'
import { assertSameError, eventDiffers, isSameEvent, readingOf } from './compare-event.js'
import { type Configuration, ROOMY_RING_BYTES } from './configuration.js'
import { cut } from './cuts.js'
import { EVENT, EVENTS, quickXxHash32, type Readings, UNKNOWN_TEMPLATE, VERDICTS } from './quick-reference.js'
import { ShardModel } from './shard-model.js'

const WHERE = 'router'

export class RouterOracle {
  readonly #configuration: Configuration
  readonly #ignores: ReadonlySet<number>
  readonly #rig: Rig
  readonly #canaries: Canaries
  readonly #models: ShardModel[]
  #readings: Readings | undefined
  /** Rejected frames that are told, and events without an ID: indexes, and how many of them came. */
  readonly #errors: number[] = []
  #told = 0
  readonly #keyless: number[] = []
  readonly #keylessByShard: number[]
  /** The latest frame of which an event was heard. */
  #latest = -1
  #fault: unknown
  // What the ledger must say.
  #received = 0
  #accepted = 0
  #ignoredKeyless = 0
  #deliveredKeyless = 0
  #discardedBytes = 0
  readonly #rejectedBy: Record<string, number> = {}

  constructor(configuration: Configuration) {
    const { shards, slots, ringBytes, maxFrameBytes, startPosition, orphans, hostSeed } = configuration
    this.#configuration = configuration
    this.#ignores = new Set(configuration.ignores)
    const rules = { slots, deliverOrphans: orphans === 'deliver', ignores: this.#ignores }
    this.#models = Array.from({ length: shards }, (_, shard) => new ShardModel(shard, rules))
    this.#keylessByShard = this.#models.map(() => 0)
    const host = new TestHost(hostSeed)
    this.#rig = rig(
      {
        shards,
        orphans,
        observers: [(shard) => this.#observer(shard)],
        onFrameError: (error) => {
          // Else only ten a second would be told.
          if (configuration.tellsAll) host.time += 1_000
          this.#keepFault(() => this.#error(error))
        },
        onObserverError: ({ cause }) =>
          this.#keepFault(() => {
            throw cause
          }),
      },
      { slots, ringBytes, maxFrameBytes, startPosition },
      host,
    )
    const { core } = this.#rig.engine
    this.#canaries = new Canaries(core.bytes, core.plan)
  }

  #observer(shard: number): Partial<Observer> & ObserverBase {
    const heard = (event: Event): void => this.#keepFault(() => this.#event(shard, event))
    const observer: Record<string, unknown> = {
      streamReleased: (slot: number, reason: 'ended' | 'restarted' | 'evicted') =>
        this.#keepFault(() => this.#models[shard]!.released(slot, reason)),
    }
    EVENTS.forEach((name, template) => {
      if (name !== '' && !this.#ignores.has(template)) observer[`e${name.slice(1)}`] = heard
    })
    return observer
  }

  /** The router contains what observers throw; a failure is thrown once it has returned. */
  #keepFault(run: () => void): void {
    if (this.#fault !== undefined) return
    try {
      run()
    } catch (error) {
      this.#fault = error
    }
  }

  /** Plays all that one source sends, to its end. @throws FuzzFailure; anything that the product throws */
  async check(bytes: Buffer, length: number, cutSeed: number, readings: Readings): Promise<void> {
    const { router } = this.#rig
    this.#expect(bytes, readings)
    const source = router.source()
    let isLost = false
    cut(bytes, length, cutSeed, (piece, to) => {
      try {
        if (source.write(piece)) return true
      } catch (error) {
        if (!(error instanceof FrameError && error.code === 'framing-lost')) throw error
        isLost = true
        // What is left of this piece is told to the ledger; what follows is never written.
        this.#discardedBytes += to - readings.consumed
        return false
      }
      throw new FuzzFailure('all-taken', 'the router has no room, and nothing that could make some')
    })
    if (!isLost) await source.end()
    if (this.#fault !== undefined) throw this.#fault
    if (isLost !== readings.isLost) {
      throw new FuzzFailure('same-reasons', `${WHERE}: the framing is${isLost ? '' : ' not'} lost`)
    }
    this.#assertComplete()
    this.#assertLedger()
  }

  #expect(bytes: Buffer, readings: Readings): void {
    this.#rig.host.time += 200
    const queues: number[][] = this.#models.map(() => [])
    this.#readings = readings
    this.#errors.length = 0
    this.#told = 0
    this.#keyless.length = 0
    this.#latest = -1
    for (let index = 0; index < readings.count; index++) {
      const verdict = readings.verdicts[index]!
      if (verdict === EVENT) {
        const idBytes = readings.idLengths[index]!
        this.#accepted++
        if (idBytes > 0) {
          const shard = quickXxHash32(bytes, readings.idAts[index]!, idBytes) % queues.length
          queues[shard]!.push(index)
        } else if (this.#ignores.has(readings.templates[index]!)) this.#ignoredKeyless++
        else this.#keyless.push(index)
      } else {
        const reason = VERDICTS[verdict]!
        this.#rejectedBy[reason] = (this.#rejectedBy[reason] ?? 0) + 1
        // A newer producer's events are counted, not told.
        if (verdict !== UNKNOWN_TEMPLATE) this.#errors.push(index)
      }
    }
    this.#received += readings.count
    if (readings.partialBytes > 0) {
      this.#received++
      this.#rejectedBy.truncated = (this.#rejectedBy.truncated ?? 0) + 1
      this.#errors.push(readings.count)
    }
    this.#models.forEach((model, shard) => {
      model.expect(readings, queues[shard]!)
    })
  }

  #event(shard: number, event: Event): void {
    const readings = this.#readings!
    let index: number
    if (event.streamId === '' && event.slot === 0) index = this.#keylessEvent(shard, event)
    else {
      const model = this.#models[shard]!
      index = model.event(event)
    }
    // Frames before a fault are delivered before it is told, and no others.
    const next = this.#configuration.tellsAll ? this.#errors[this.#told] : undefined
    if (next !== undefined && index > next) {
      const facts = { offset: readings.offsets[next], expected: readingOf(readings, next), got: event }
      throw new FuzzFailure(
        'same-reasons',
        `${WHERE}: an event comes before the fault that precedes it`,
        facts,
      )
    }
    if (index > this.#latest) this.#latest = index
  }

  #keylessEvent(shard: number, event: Event): number {
    const readings = this.#readings!
    const at = this.#keyless.findIndex((index) => isSameEvent(event, readings, index))
    if (at < 0)
      return eventDiffers(
        `shard ${shard}, without an ID`,
        event,
        readings,
        this.#keyless[0] ?? readings.count,
      )
    const [index] = this.#keyless.splice(at, 1)
    this.#deliveredKeyless++
    this.#keylessByShard[shard]!++
    return index!
  }

  #error(error: FrameError): void {
    const readings = this.#readings!
    const end = readings.count
    const placeOf = (one: number): number => (one === end ? readings.consumed : readings.offsets[one]!)
    if (!this.#configuration.tellsAll) {
      // Those before it were not told.
      while (this.#told < this.#errors.length && placeOf(this.#errors[this.#told]!) < error.offset)
        this.#told++
    }
    const index = this.#errors[this.#told++] ?? end
    assertSameError(WHERE, error, readings, index, 0, 0)
    this.#assertDelivered(index)
  }

  /** All events before this frame have been heard. */
  #assertDelivered(limit: number): void {
    const readings = this.#readings!
    for (const model of this.#models) model.assertUpTo(limit)
    const missing = this.#keyless[0]
    if (missing !== undefined && missing < limit) {
      throw new FuzzFailure('same-events', `${WHERE}: an event without an ID is missing`, {
        offset: readings.offsets[missing],
        expected: readingOf(readings, missing),
        got: 'nothing',
      })
    }
  }

  #assertComplete(): void {
    const readings = this.#readings!
    const untold = this.#errors[this.#told]
    if (untold !== undefined && this.#configuration.tellsAll) {
      const offset = untold === readings.count ? readings.consumed : readings.offsets[untold]
      const expected = untold === readings.count ? 'truncated' : readingOf(readings, untold)
      throw new FuzzFailure('same-reasons', `${WHERE}: a rejected frame is not told`, { offset, expected })
    }
    this.#assertDelivered(readings.count)
  }

  #assertLedger(): void {
    const stats = this.#rig.router.stats()
    const sum = {
      delivered: this.#deliveredKeyless,
      ignored: this.#ignoredKeyless,
      orphans: 0,
      evicted: 0,
      restarted: 0,
    }
    for (const { totals } of this.#models) {
      for (const name of ['delivered', 'ignored', 'orphans', 'evicted', 'restarted'] as const)
        sum[name] += totals[name]
    }
    const rejected = Object.values(this.#rejectedBy).reduce((total, count) => total + count, 0)
    const expected = {
      ...{ received: this.#received, accepted: this.#accepted, rejected },
      ...{ delivered: sum.delivered, failed: 0, ignored: sum.ignored, dropped: sum.orphans, inFlight: 0 },
      ...{ discardedBytes: this.#discardedBytes, evicted: sum.evicted, restarted: sum.restarted },
      streams: this.#models.reduce((total, { streams }) => total + streams, 0),
      sources: 2,
    }
    for (const [name, value] of Object.entries(expected)) {
      const got = stats[name as keyof typeof expected]
      if (name !== 'sources' && got !== value) throw new FuzzFailure('ledger', name, { expected: value, got })
    }
    if (stats.received !== stats.accepted + stats.rejected) {
      throw new FuzzFailure(
        'ledger',
        'received is not accepted + rejected',
        stats as object as Record<string, unknown>,
      )
    }
    for (const [reason, count] of Object.entries(stats.rejectedBy)) {
      if (count !== this.#rejectedBy[reason]) {
        throw new FuzzFailure('ledger', `rejected by ${reason}`, {
          expected: this.#rejectedBy[reason],
          got: count,
        })
      }
    }
    if (walkRings(this.#rig) !== 0) throw new FuzzFailure('ledger', 'events are left in a ring')
  }

  /** After the last input. @throws FuzzFailure */
  async finish(): Promise<void> {
    const dead = this.#canaries.dead()
    if (dead.length > 0) throw new FuzzFailure('canaries', `written to: ${dead.join(', ')}`)
    const most = Math.max(...this.#keylessByShard)
    const least = Math.min(...this.#keylessByShard)
    // Events that nobody hears take their turn, too; a full ring loses its own.
    const isEven = this.#ignores.size === 0 && this.#configuration.ringBytes >= ROOMY_RING_BYTES
    if (isEven && most - least > 1) {
      throw new FuzzFailure('spread', 'events without an ID, by shard', { got: this.#keylessByShard })
    }
    const stats = await this.#rig.router.shutdown()
    if (stats.inFlight !== 0) throw new FuzzFailure('ledger', 'events are in flight after the shutdown')
  }
}
