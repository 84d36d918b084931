// How much of what is done: until each kind's quota is reached, or for so many seconds,
// divided among the kinds.

import type { Arguments } from './arguments.js'
import { FRAMES_A_CLI_RUN, FRAMES_A_SCHEMA } from './arguments.js'
import type { Kind } from './failure.js'
import type { Counts } from './fuzzer.js'

/** Shares of the time. */
const WEIGHTS: Readonly<Record<Kind, number>> = { frames: 6, schemas: 2, cli: 2 }

/** What of the counts a kind's quota is about. */
const COUNTED: Readonly<Record<Kind, keyof Counts>> = {
  frames: 'mutated',
  schemas: 'schemas',
  cli: 'cliRuns',
}

/** What one of `jobs` processes has to do. */
function quotaOf(kind: Kind, frames: number, jobs: number): number {
  const share = { frames: 1, schemas: FRAMES_A_SCHEMA, cli: FRAMES_A_CLI_RUN }[kind]
  return Math.ceil(frames / share / jobs)
}

export class Plan {
  readonly #arguments: Arguments
  readonly #spentMs = new Map<Kind, number>()
  readonly #beganMs = performance.now()

  constructor(given: Arguments) {
    this.#arguments = given
  }

  /** The kind whose turn it is; `undefined`: enough is done. */
  next(counts: Counts): Kind | undefined {
    const { frames, seconds, kinds, jobs } = this.#arguments
    if (seconds !== undefined && performance.now() - this.#beganMs >= seconds * 1_000) return undefined
    const left = kinds.filter(
      (kind) => frames === undefined || counts[COUNTED[kind]] < quotaOf(kind, frames, jobs),
    )
    const spent = (kind: Kind): number => (this.#spentMs.get(kind) ?? 0) / WEIGHTS[kind]
    return left.sort((one, other) => spent(one) - spent(other))[0]
  }

  spend(kind: Kind, ms: number): void {
    this.#spentMs.set(kind, (this.#spentMs.get(kind) ?? 0) + ms)
  }
}
