// The conformance suite: what shardwire promises, proven through its public API alone,
// in any runtime. It needs no test framework, no file system and no network; whoever
// runs it hands over the recorded session and the compiled core.

import { affinity } from './affinity.js'
import { batches } from './batches.js'
import { codec } from './codec.js'
import { creation, errors } from './creation.js'
import { type Case, type Given, type Outcome, runCases } from './harness.js'
import { isolation } from './isolation.js'
import { ledger } from './ledger.js'
import { malformed } from './malformed.js'
import { memory } from './memory.js'
import { oneAtATime } from './one-at-a-time.js'
import { order } from './order.js'
import { recording } from './recording.js'
import { shutdown } from './shutdown.js'
import { send, sources } from './sources.js'
import { streams } from './streams.js'
import { signals, writable } from './writable.js'

export type { Case, Failure, Given, Outcome } from './harness.js'

export const suite: readonly Case[] = [
  ...affinity,
  ...order,
  ...oneAtATime,
  ...batches,
  ...ledger,
  ...isolation,
  ...malformed,
  ...shutdown,
  ...memory,
  ...streams,
  ...codec,
  ...sources,
  ...send,
  ...writable,
  ...signals,
  ...creation,
  ...errors,
  ...recording,
]

/** Runs all cases in order. `report` hears of each: its name, and what was wrong if anything was. */
export function run(
  given: Given,
  report?: (name: string, message: string | undefined) => void,
): Promise<Outcome> {
  return runCases(suite, given, report)
}
