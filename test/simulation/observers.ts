// The observers of a simulated router: they tell the model what they hear, and answer
// as their temper has it: at once, by promises of all kinds, by throwing, by calling
// the router back, or never.

import type { Columns, Event, Observer } from '../../src/mtg/index.js'
import type { EventBatch, ObserverBase } from '../../src/schema.js'
import { columnFault } from '../columns.js'
import type { Dice } from './dice.js'
import { METHODS, TEMPLATE_IDS } from './frames.js'
import type { BatchRow } from './model.js'
import type { Temper } from './settings.js'
import type { World } from './world.js'

/** A promise of an observer's, to be settled by the scheduler. */
interface Pending {
  settle(): void
}

/** Made once: where it was thrown is nobody's concern, and finding out costs more than the call. */
const FAILURE = new Error('an observer that fails')

function fails(): never {
  throw FAILURE
}

export class Observers {
  /** Nobody fails or hangs any more. */
  isCalm = false
  /** The deadline has passed: shutdown() comes even to those whose promise is pending. */
  isCutOff = false
  handlerErrors = 0
  /** Promises of their shutdown() that haven't settled. */
  unfinished = 0
  readonly #world: World
  readonly #pending: Pending[] = []
  readonly #hanging: Pending[] = []
  /** Which observer is being called: deliveries never nest. */
  #inCall = false
  readonly #told = new Set<string>()
  #made = 0

  constructor(world: World) {
    this.#world = world
  }

  get pending(): number {
    return this.#pending.length
  }

  get hanging(): number {
    return this.#hanging.length
  }

  make(factory: number, shard: number): Partial<Observer> & ObserverBase {
    this.#made++
    const { model, settings } = this.#world
    const { deaf, hearsReleases, takesBatches } = settings.factories[factory]!
    const temper = settings.tempers[factory]![shard]!
    const which = `${factory} of ${shard}`
    const observer: Record<string, unknown> = {
      shutdown: () => this.#shutDown(which, shard),
    }
    if (takesBatches) {
      observer.eventBatch = (batch: EventBatch<Event, Columns>) =>
        this.#batch(factory, shard, temper, which, batch)
    }
    for (const template of TEMPLATE_IDS) {
      if (takesBatches || deaf.includes(template)) continue
      observer[METHODS[template]!] = (event: Event) => {
        this.#enters(which)
        this.#world.trace(event.timestamp, (shard << 8) | template)
        model.heardEvent(factory, shard, template, event)
        return this.#answer(shard, temper)
      }
    }
    if (hearsReleases) {
      observer.streamReleased = (slot: number, reason: string) => {
        this.#enters(which)
        this.#world.trace(-slot, shard)
        model.heardRelease(factory, shard, slot, reason)
        return this.#answer(shard, temper)
      }
    }
    return observer as Partial<Observer> & ObserverBase
  }

  #batch(
    factory: number,
    shard: number,
    temper: Temper,
    which: string,
    batch: EventBatch<Event, Columns>,
  ): unknown {
    const { model } = this.#world
    this.#enters(which)
    let rows: BatchRow[] = []
    try {
      rows = this.#rows(shard, batch)
    } catch (error) {
      this.#world.fail('columns', `a batch can’t be read: ${String(error)}`)
    }
    model.heardBatch(factory, shard, rows)
    // Stops even a drain that reads in circles, so that the oracle that failed is told.
    if (this.#world.isBroken) return new Promise(() => {})
    return this.#answer(shard, temper)
  }

  /** Reads a batch, and compares its columns with its events. */
  #rows(shard: number, batch: EventBatch<Event, Columns>): BatchRow[] {
    const { start, end, kind, slot } = batch
    this.#world.trace(end - start, shard)
    const rows = Array.from({ length: end - start }, (_, index): BatchRow => {
      const row = start + index
      const event = batch.event(row)
      const template = kind[row]! + 1
      this.#world.trace(event.timestamp, (shard << 8) | template)
      if (slot[row] !== event.slot || batch.streamId(row) !== event.streamId)
        this.#world.fail('columns', `slot ${slot[row]} or ID of event ${event.timestamp} is another row’s`)
      return { template, event }
    })
    const fault = columnFault(batch)
    if (fault !== undefined) this.#world.fail('columns', fault)
    return rows
  }

  #enters(which: string): void {
    if (this.#inCall) this.#world.fail('nested', `${which} is called while another call hasn't returned`)
    if (this.#told.has(which)) this.#world.fail('silence', `${which} is called after its shutdown`)
    this.#inCall = true
  }

  #answer(shard: number, temper: Temper): unknown {
    const { model, dice } = this.#world
    try {
      return this.#isOdd(dice, temper) ? this.#oddly(shard, temper) : undefined
    } catch (error) {
      model.threw(shard)
      throw error
    } finally {
      this.#inCall = false
      model.returned(shard)
    }
  }

  /** One throw of the dice an event, unless all is calm. */
  #isOdd(dice: Dice, temper: Temper): boolean {
    const sum =
      temper.throws + temper.resolves + temper.rejects + temper.hangs + temper.oddThenables + temper.reenters
    return sum > 0 && !this.isCalm && dice.chance(Math.min(1, sum))
  }

  #oddly(shard: number, temper: Temper): unknown {
    const { dice } = this.#world
    const { throws, resolves, rejects, hangs, oddThenables, reenters } = temper
    const sum = throws + resolves + rejects + hangs + oddThenables + reenters
    const at = (dice.below(1_000_000) / 1_000_000) * sum
    const answers: [odds: number, answer: () => unknown][] = [
      [throws, fails],
      [resolves, () => this.#promise(shard, this.#pending, false)],
      [rejects, () => this.#promise(shard, this.#pending, true)],
      [hangs, () => this.#promise(shard, this.#hanging, dice.chance(0.5))],
      [oddThenables, () => this.#thenable(shard)],
      [reenters, () => this.#world.reenter()],
    ]
    let reached = 0
    for (const [odds, answer] of answers) {
      reached += odds
      if (at < reached) return answer()
    }
    return undefined
  }

  #settler(shard: number): (isRejected: boolean) => void {
    const { model } = this.#world
    const state = model.shards[shard]!
    const { sequence } = state
    state.pending++
    return (isRejected) => {
      this.#world.isStirred = true
      model.settled(shard, sequence, isRejected)
    }
  }

  #promise(shard: number, list: Pending[], isRejected: boolean): Promise<unknown> {
    const settled = this.#settler(shard)
    return new Promise((resolve, reject) => {
      list.push({
        settle: () => {
          settled(isRejected)
          if (isRejected) reject(FAILURE)
          else resolve('whatever')
        },
      })
    })
  }

  /** What has a `then`, and what comes of calling it. */
  #thenable(shard: number): unknown {
    const { dice } = this.#world
    this.#world.isStirred = true
    const kind = dice.below(7)
    // biome-ignore lint/suspicious/noThenProperty: what a router must cope with
    if (kind === 0) return { then: 5 }
    if (kind === 1) {
      const unreadable = {
        // biome-ignore lint/suspicious/noThenProperty: what a router must cope with
        get then(): unknown {
          throw new Error('a then that cannot be read')
        },
      }
      // Reading it is part of the call: its failure is the method's.
      this.#world.model.threw(shard)
      return unreadable
    }
    const settled = this.#settler(shard)
    type Call = (value?: unknown) => void
    const thens: ((resolve: Call, reject: Call) => void)[] = [
      (resolve) => {
        settled(false)
        resolve()
        resolve()
      },
      (resolve) => {
        this.#pending.push({
          settle: () => {
            settled(false)
            resolve(1)
          },
        })
      },
      () => {
        settled(true)
        throw new Error('a then that throws')
      },
      (resolve) => {
        settled(false)
        resolve()
        throw new Error('a then that throws too late')
      },
      (resolve) => {
        const then = (inner: Call): void => {
          settled(false)
          inner()
        }
        resolve({ then })
      },
    ]
    const then = thens[kind - 2]!
    return dice.chance(0.5) ? { then } : Object.assign(() => {}, { then })
  }

  /** Settles one or several of the promises in hand. */
  settleSome(): void {
    const { dice } = this.#world
    this.#world.isStirred = true
    for (let left = dice.size(1, this.isCalm ? 64 : 16); left > 0 && this.#pending.length > 0; left--) {
      const at = dice.below(this.#pending.length)
      const [pending] = this.#pending.splice(at, 1)
      pending!.settle()
    }
  }

  /** What hangs may settle from now on. */
  release(): void {
    this.#pending.push(...this.#hanging.splice(0))
  }

  #shutDown(which: string, shard: number): unknown {
    const { model, dice } = this.#world
    if (this.#told.has(which)) this.#world.fail('shutdown-once', `${which} is shut down again`)
    if (this.#inCall) this.#world.fail('nested', `${which} is shut down while a call hasn't returned`)
    if (model.shards[shard]!.pending > 0 && !this.isCutOff)
      this.#world.fail('shutdown-early', `${which} is shut down with promises pending`)
    this.#told.add(which)
    this.#world.trace(-1, shard)
    if (dice.chance(0.05)) throw new Error('a shutdown that throws')
    if (dice.chance(0.05)) {
      this.#world.isStirred = true
      return Promise.reject(new Error('a shutdown that rejects'))
    }
    if (!dice.chance(0.15)) return undefined
    this.unfinished++
    return new Promise<void>((resolve) => {
      this.#pending.push({
        settle: () => {
          this.unfinished--
          resolve()
        },
      })
    })
  }

  /** Every observer was told that all is over, whatever came before. */
  judgeShutdowns(): void {
    if (this.#told.size !== this.#made)
      this.#world.fail('shutdown-once', `${this.#told.size} of ${this.#made} observers were shut down`)
  }
}
