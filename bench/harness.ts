// Times the competitors of a plan against each other: a process each, rounds interleaved so that a slow
// moment of the machine hits all of them, answers checked before any time is given out.

import type { About, Answer } from './contestants/contestant.js'
import type { Load, LoadPlan, TimedPart } from './load.js'
import { BenchError, ContestantProcess } from './process.js'
import type { Competitor } from './sets.js'
import { differences, TALLY_NAMES } from './tally.js'

/** One line of the result. */
export interface Row extends Competitor {
  readonly set: string
  readonly events: number
  readonly rounds: number
  /** Nanoseconds an event: the middle, the least and the most of all rounds. */
  readonly medianNs: number
  readonly minNs: number
  readonly maxNs: number
}

/** How thoroughly. */
export interface Effort {
  /** Events timed a run. */
  readonly events: number
  /** Least events before the clock starts. */
  readonly leadIn: number
  /** Runs before the clock counts: the engine compiles, the heap grows. */
  readonly warmUps: number
  readonly rounds: number
}

/** A competitor that can be started. */
export interface Runner {
  readonly competitor: Competitor
  readonly about: About
  readonly command: readonly string[]
}

/** Tables hold 131,072 streams, and more only for more: what that costs isn't the question. */
const capacity = (streams: number): number => Math.max(131_072, Math.ceil(1.31 * streams))

/** Processes that prepare at a time; that isn't timed. */
const PREPARING = 2

const COUNTED = ['kinds', 'bytesRead', 'bytesWritten']

export const isSlow = ({ about, competitor }: Runner): boolean =>
  about.slow === true || competitor.observer === 'async'

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Looks at answers: at what is expected, and at what several contestants have to say alike. */
class Judge {
  private readonly said = new Map<string, { readonly value: unknown; readonly by: string }>()

  /** @throws BenchError the answer is wrong */
  check({ about, competitor }: Runner, { file, expected }: TimedPart, answer: Answer): void {
    const { contestant, observer } = competitor
    const names = (about.answers ?? TALLY_NAMES).filter(
      (name) => observer !== 'count' || COUNTED.includes(name),
    )
    const missing = names.filter((name) => !(name in answer)).map((name) => `${name} is not there`)
    const known = names.filter((name) => name in answer)
    const wrong = [...missing, ...differences(expected, answer, known)]
    for (const [name, value] of Object.entries(answer)) {
      if ((TALLY_NAMES as readonly string[]).includes(name)) continue
      const key = JSON.stringify([name, file, competitor.shards])
      const first = this.said.get(key) ?? { value, by: contestant }
      this.said.set(key, first)
      if (first.value !== value) wrong.push(`${name} is ${value}, but ${first.value} for ${first.by}`)
    }
    if (wrong.length > 0) throw new BenchError(`${contestant} counted wrong: ${wrong.join('; ')}`)
  }
}

class Competition {
  readonly runner: Runner
  readonly times: number[] = []
  private readonly load: Load
  private readonly process: ContestantProcess

  constructor(runner: Runner, load: Load) {
    this.runner = runner
    this.load = load
    this.process = new ContestantProcess(runner.competitor.contestant, runner.command)
  }

  get part(): TimedPart {
    return isSlow(this.runner) ? this.load.quarter : this.load.whole
  }

  async prepare(): Promise<Readonly<Record<string, string>>> {
    const { shards, streams, chunkBytes, observer, factories } = this.runner.competitor
    const files = { leadIn: this.load.leadIn, timed: this.part.file }
    const setting = { shards, streams: capacity(streams), chunkBytes, observer, factories }
    return (await this.process.ask({ kind: 'prepare', ...files, ...setting }, 'prepared')).versions
  }

  async run(judge: Judge, counts: boolean): Promise<void> {
    const { ns, tally } = await this.process.ask({ kind: 'run' }, 'ran')
    judge.check(this.runner, this.part, tally)
    if (counts) this.times.push(ns / this.part.events)
  }

  row(set: string): Row {
    const { about, competitor } = this.runner
    const sorted = [...this.times].sort((a, b) => a - b)
    return {
      ...competitor,
      shards: about.oneShard ? 1 : competitor.shards,
      set,
      events: this.part.events,
      rounds: sorted.length,
      medianNs: median(sorted),
      minNs: sorted[0]!,
      maxNs: sorted.at(-1)!,
    }
  }

  stop(): void {
    this.process.stop()
  }
}

/** Has a few at a time do something. */
async function inTurns<Item>(items: readonly Item[], atOnce: number, act: (item: Item) => Promise<void>) {
  const left = items.values()
  const worker = async () => {
    for (const item of left) await act(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/**
 * Runs one plan.
 * @returns a row a runner, in their order; and the versions of what they are made with
 * @throws BenchError an answer differs from the expected one, or a contestant failed
 */
export async function compare(
  set: string,
  runners: readonly Runner[],
  effort: Effort,
  loadOf: (plan: LoadPlan) => Promise<Load>,
): Promise<{ rows: Row[]; versions: Record<string, string> }> {
  const { events, leadIn, warmUps, rounds } = effort
  const competitions: Competition[] = []
  const versions: Record<string, string> = {}
  try {
    for (const runner of runners) {
      const { streams, ids } = runner.competitor
      const load = await loadOf({ streams, ids, events, leadIn: Math.max(leadIn, 4 * streams) })
      competitions.push(new Competition(runner, load))
    }
    await inTurns(competitions, PREPARING, async (one) => {
      Object.assign(versions, await one.prepare())
    })
    const judge = new Judge()
    for (let round = -warmUps; round < rounds; round++) {
      for (const one of competitions) await one.run(judge, round >= 0)
    }
    return { rows: competitions.map((one) => one.row(set)), versions }
  } finally {
    for (const one of competitions) one.stop()
  }
}
