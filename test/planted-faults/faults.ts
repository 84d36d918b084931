// Mistakes that somebody could make in this project, or has made, as edits of its
// sources: if one of them goes unnoticed, what watches over the product is worth that
// much less. Numbers 1 to 40 were written down before there was any code; those from
// 41 on have been made.

import { batches } from './batches.js'
import { founders } from './founders.js'
import { nightly } from './nightly.js'
import { push } from './push.js'
import { runs } from './runs.js'

export interface Edit {
  readonly file: string
  /** Stands in that file exactly once. */
  readonly find: string
  readonly replace: string
}

/**
 * Who has to notice. `simulation`: test/simulation/, on seeds. The others are parts of test/fuzz/: `frames`, `schemas`,
 * `cli`. `tests`: a test file, whose tests' titles are the oracles.
 */
export type Judge = 'simulation' | 'frames' | 'schemas' | 'cli' | 'tests'

export interface Fault {
  readonly number: number
  readonly name: string
  /** `push`: planted at each push; `nightly`: with those, each night. */
  readonly tier: 'push' | 'nightly'
  readonly edits: readonly [Edit, ...Edit[]]
  /** What makes it a mistake here, and what had to be translated. */
  readonly why: string
  readonly by: Judge
  /** Oracles that are known to notice, for what the fault does; that another one did doesn't count. */
  readonly oracles: readonly string[]
  /** The seed that notices soonest, played first; if that has changed, the generic ones do as well. */
  readonly seed?: number
  /** Of the fuzzer's seed 1, the input that notices. */
  readonly input?: number
  /** Of `tests`: the file. */
  readonly tests?: string
}

export const FAULTS: readonly Fault[] = [...push, ...nightly, ...founders, ...batches, ...runs]
