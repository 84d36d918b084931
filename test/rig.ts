// A router with its parts in view, on a platform whose clock and random are the test's.
// It needs no test runner, so that programs use it too.

import type { Engine } from '../src/engine.js'
import type { Host } from '../src/host.js'
import {
  RECORD_FLAGS,
  RECORD_LENGTH_MASK,
  SHARD_RING_ADDRESS,
  SHARD_SETTLED,
  SHARD_TAIL,
} from '../src/layout.js'
import { mtg } from '../src/mtg/index.js'
import type { Sizes } from '../src/options.js'
import { makeRouter, type Router, type RouterOptions } from '../src/router.js'
import type { AnySchema } from '../src/schema.js'
import { coreModule } from '../src/wasm.js'

export type MtgOptions = RouterOptions<typeof mtg>

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

export interface Rig<S extends AnySchema = typeof mtg> {
  readonly router: Router<S>
  readonly engine: Engine
  readonly host: TestHost
}

/** A router on a test's platform, with sizes that no option gives if need be. */
export function rig(options: MtgOptions = {}, sizes: Partial<Sizes> = {}, host = new TestHost()): Rig {
  return rigOf(mtg, options, sizes, host)
}

/** The same for any schema. */
export function rigOf<S extends AnySchema>(
  schema: S,
  options: RouterOptions<S>,
  sizes: Partial<Sizes> = {},
  host = new TestHost(),
): Rig<S> {
  let engine: Engine | undefined
  const router = makeRouter(coreModule, schema, options, {
    sizes,
    host,
    onEngine: (made) => {
      engine = made
    },
  })
  return { router, engine: engine!, host }
}

/** Events in the rings by the layout's own rules: what is between `settled` and `tail`. */
export function walkRings({ engine }: { readonly engine: Engine }): number {
  const { core } = engine
  let events = 0
  for (let shard = 0; shard < core.plan.shards; shard++) {
    const header = core.shardAddress(shard)
    const word = (offset: number): number => core.words[(header + offset) >>> 2]!
    const mask = core.plan.ringBytes - 1
    for (let position = word(SHARD_SETTLED); position !== word(SHARD_TAIL); ) {
      const first = core.words[(word(SHARD_RING_ADDRESS) + (position & mask)) >>> 2]!
      if ((first & RECORD_FLAGS) === 0) events++
      position = (position + (first & RECORD_LENGTH_MASK)) >>> 0
    }
  }
  return events
}
