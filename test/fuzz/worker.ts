// One process of a run: plays its share of the corpus, then of the inputs, until enough
// is done or something fails. Says what it is at before it begins it, so that whoever
// watches knows what it died of.

import type { Arguments } from './arguments.js'
import { cliFuzzer } from './cli/fuzzer.js'
import { failureOf, type Kind, type Report, shown } from './failure.js'
import { framesFuzzer } from './frames/fuzzer.js'
import { RoundFailure } from './frames/play.js'
import { addCounts, type Counts, type Fuzzer, noCounts, type Workplace } from './fuzzer.js'
import { Plan } from './plan.js'
import { schemasFuzzer } from './schemas/fuzzer.js'

/** What a worker is started with. */
export interface Order extends Workplace {
  readonly arguments: Arguments
  readonly seed: number
}

export type Message =
  | { readonly type: 'at'; readonly kind: Kind; readonly input: number | string }
  | { readonly type: 'failure'; readonly report: Report }
  | { readonly type: 'done'; readonly counts: Counts }

const MAKERS: Readonly<Record<Kind, (seed: number, place: Workplace) => Fuzzer>> = {
  frames: framesFuzzer,
  schemas: schemasFuzzer,
  cli: cliFuzzer,
}

/** Frames of a stack that a report shows. */
const STACK_DEPTH = 12

export class Worker {
  readonly #order: Order
  readonly #tell: (message: Message) => void
  readonly #fuzzers = new Map<Kind, Fuzzer>()
  #failed = false

  constructor(order: Order, tell: (message: Message) => void) {
    this.#order = order
    this.#tell = tell
  }

  async run(): Promise<void> {
    const counts = noCounts()
    const { arguments: given, seed } = this.#order
    for (const kind of given.kinds) this.#fuzzers.set(kind, MAKERS[kind](seed, this.#order))
    if (given.replay !== undefined) await this.#replay(given.replay)
    else if (given.input !== undefined) await this.#try(given.kinds[0]!, given.input, counts)
    else {
      await this.#corpus()
      if (!this.#failed) await this.#inputs(counts)
    }
    for (const [kind, fuzzer] of this.#fuzzers) {
      if (!this.#failed) await this.#guard(kind, 'the end', () => fuzzer.finish())
    }
    this.#tell({ type: 'done', counts })
  }

  async #corpus(): Promise<void> {
    const { arguments: given, job } = this.#order
    const all = [...this.#fuzzers].flatMap(([kind, fuzzer]) =>
      fuzzer.corpus.map((path) => ({ kind, path, fuzzer })),
    )
    for (const [index, { kind, path, fuzzer }] of all.entries()) {
      if (index % given.jobs === job && !this.#failed)
        await this.#guard(kind, path, () => fuzzer.playFile(path))
    }
  }

  async #replay(path: string): Promise<void> {
    const kind = this.#order.arguments.kinds[0]!
    await this.#guard(kind, path, () => this.#fuzzers.get(kind)!.playFile(path))
  }

  async #inputs(counts: Counts): Promise<void> {
    const { arguments: given, job } = this.#order
    const plan = new Plan(given)
    const next = new Map<Kind, number>()
    for (let kind = plan.next(counts); kind !== undefined && !this.#failed; kind = plan.next(counts)) {
      const input = next.get(kind) ?? job
      next.set(kind, input + given.jobs)
      const began = performance.now()
      await this.#try(kind, input, counts)
      plan.spend(kind, performance.now() - began)
    }
  }

  #try(kind: Kind, input: number, counts: Counts): Promise<void> {
    const fuzzer = this.#fuzzers.get(kind)!
    return this.#guard(kind, input, async () => addCounts(counts, await fuzzer.play(input)))
  }

  /** Runs; what is thrown becomes a report. */
  async #guard(kind: Kind, at: number | string, run: () => Promise<void>): Promise<void> {
    this.#tell({ type: 'at', kind, input: at })
    // Where an error was made costs more than the frame that it is about.
    Error.stackTraceLimit = kind === 'frames' ? 0 : STACK_DEPTH
    try {
      await run()
    } catch (error) {
      this.#failed = true
      const failure = failureOf(error instanceof RoundFailure ? error.cause : error)
      const input = failure.input ?? at
      const saved = typeof input === 'number' ? await this.#fuzzers.get(kind)!.save(input, error) : undefined
      const facts = Object.fromEntries(
        Object.entries(failure.facts).map(([name, value]) => [name, shown(value)]),
      )
      const thrown = failure.cause
      const report: Report = {
        ...{ oracle: failure.oracle, what: failure.message, facts, kind, seed: this.#order.seed, input },
        ...(saved !== undefined && { saved }),
        ...(thrown instanceof Error && thrown.stack !== undefined && { stack: thrown.stack }),
      }
      this.#tell({ type: 'failure', report })
    }
  }
}
