// Times contestants against each other: a process each, rounds interleaved so that a slow
// moment of the machine hits all of them, answers checked before any time is given out.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Answer, Request } from './child.js'
import { readEvents } from './events.js'
import { assertIds, type IdKind } from './flooding.js'
import { type LoadPlan, makeLoad } from './load.js'
import { differences, expectedTally } from './tally.js'

/** One line of the result: a contestant at a number of live streams. */
export interface Row {
  readonly contestant: string
  readonly streams: number
  readonly shards: number
  readonly events: number
  /** Nanoseconds an event: the middle, the least and the most of all rounds. */
  readonly medianNs: number
  readonly minNs: number
  readonly maxNs: number
}

/** A row to be: who, and on which IDs, where not on the load's own. */
export interface Competitor {
  readonly name: string
  readonly contestant: string
  readonly ids?: IdKind
}

/** What one comparison is of. */
export interface Plan extends Omit<LoadPlan, 'ids'> {
  readonly competitors: readonly Competitor[]
  /** Runs before the clock counts: the engine compiles, the heap grows. */
  readonly warmUps: number
  readonly rounds: number
}

/** A contestant counted something else than it should have, or failed. */
export class BenchError extends Error {}

class Child {
  readonly name: string
  private readonly process: ChildProcess

  constructor(name: string) {
    this.name = name
    this.process = fork(fileURLToPath(new URL('child.js', import.meta.url)), {
      execArgv: ['--expose-gc'],
      serialization: 'advanced',
    })
  }

  async ask(request: Request): Promise<Answer> {
    const waiting = new AbortController()
    const died = once(this.process, 'exit', { signal: waiting.signal }).then(([code, signal]): Answer => {
      return { kind: 'failed', message: `its process ended with ${code ?? signal}` }
    })
    const answered = once(this.process, 'message', { signal: waiting.signal }).then(([message]) => message)
    this.process.send(request)
    const answer: Answer = await Promise.race([answered, died])
    // The loser is told to stop waiting; that rejects it, which is no news.
    for (const wait of [answered, died]) wait.catch(() => {})
    waiting.abort()
    if (answer.kind === 'failed') throw new BenchError(`${this.name} failed: ${answer.message}`)
    return answer
  }

  stop(): void {
    this.process.kill()
  }
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * Runs one plan.
 * @returns a row a contestant, in the plan's order, and the share of traffic in what is timed
 * @throws BenchError an answer differs from the expected one, or a contestant failed
 */
export async function compare(plan: Plan): Promise<{ rows: Row[]; trafficShare: number }> {
  const { leadIn, timed } = makeLoad(plan)
  const expected = expectedTally(readEvents([...leadIn, ...timed]))
  const traffic = expectedTally(readEvents(timed)).kinds[2]!
  for (const { ids } of plan.competitors) {
    if (ids !== undefined) assertIds(makeLoad({ ...plan, ids }).ids, ids)
  }
  const children = plan.competitors.map(({ name }) => new Child(name))
  try {
    const loads = new Set<string>()
    const shards: number[] = []
    const { events, streams, seed } = plan
    for (const [i, { contestant, ids }] of plan.competitors.entries()) {
      const child = children[i]!
      const answer = await child.ask({ kind: 'prepare', contestant, events, streams, seed, ids })
      if (answer.kind !== 'prepared') throw new BenchError(`${child.name} answered ${answer.kind}`)
      loads.add(answer.loadSha256)
      shards.push(answer.shards)
    }
    if (loads.size !== new Set(plan.competitors.map(({ ids }) => ids)).size) {
      throw new BenchError('the contestants were given different bytes')
    }
    const times: number[][] = children.map(() => [])
    for (let round = -plan.warmUps; round < plan.rounds; round++) {
      for (const [i, child] of children.entries()) {
        const answer = await child.ask({ kind: 'run' })
        if (answer.kind !== 'ran') throw new BenchError(`${child.name} answered ${answer.kind}`)
        const wrong = differences(expected, answer.tally)
        if (wrong.length > 0) throw new BenchError(`${child.name} counted wrong: ${wrong.join('; ')}`)
        if (round >= 0) times[i]!.push(answer.ns / plan.events)
      }
    }
    const rows = children.map((child, i): Row => {
      const sorted = [...times[i]!].sort((a, b) => a - b)
      return {
        contestant: child.name,
        streams: plan.streams,
        shards: shards[i]!,
        events: plan.events,
        medianNs: median(sorted),
        minNs: sorted[0]!,
        maxNs: sorted.at(-1)!,
      }
    })
    return { rows, trafficShare: traffic / plan.events }
  } finally {
    for (const child of children) child.stop()
  }
}
