// The sizes and options of one round's router: small, so that slots run out, rings wrap
// and fill, and streams give way; sometimes roomy, so that nothing does.

import type { Random } from '../../mutate.js'
import { FINISH, LIST_SIZE, START, TRAFFIC } from './quick-reference.js'

export interface Configuration {
  readonly shards: number
  /** Streams a shard. */
  readonly slots: number
  readonly ringBytes: number
  readonly maxFrameBytes: number
  readonly startPosition: number
  readonly orphans: 'drop' | 'deliver'
  /** Template IDs that no observer listens to. */
  readonly ignores: readonly number[]
  /** Whether every rejected frame is told; else ten a second, as users have it. */
  readonly tellsAll: boolean
  /** Of the table's key. */
  readonly hostSeed: number
}

/** Slots that never run out in a round: each frame could begin a stream. */
export const ROOMY_SLOTS = 32_768
/** A ring that holds all records of a piece of input, so that no source ever waits. */
export const ROOMY_RING_BYTES = 1_048_576

export function configurationOf(random: Random): Configuration {
  const ringBytes = random.pick([4_096, 4_096, 8_192, 65_536, ROOMY_RING_BYTES])
  const isRoomy = random.below(6) === 0
  const ignores = isRoomy
    ? random.pick<readonly number[]>([
        [],
        [TRAFFIC],
        [START],
        [FINISH],
        [FINISH, 5, 6],
        [START, FINISH, LIST_SIZE],
      ])
    : []
  return {
    shards: isRoomy ? random.pick([1, 2, 3]) : random.pick([1, 1, 2, 3, 4, 7, 16]),
    slots: isRoomy ? ROOMY_SLOTS : random.pick([1, 2, 3, 4, 8, 16, 30, 64, 512, 4_096]),
    ringBytes,
    maxFrameBytes: Math.min(65_536, ringBytes / 8),
    startPosition: random.pick([0, 0, 2 ** 32 - 64, 2 ** 31 - 64]),
    orphans: random.pick(['drop', 'deliver']),
    ignores,
    tellsAll: random.below(4) === 0,
    hostSeed: random.uint32(),
  }
}

/** What recorded inputs are played with: each finds other faults. */
export const CONFIGURATIONS: readonly Configuration[] = [
  {
    ...{
      shards: 1,
      slots: ROOMY_SLOTS,
      ringBytes: ROOMY_RING_BYTES,
      maxFrameBytes: 65_536,
      startPosition: 0,
    },
    ...{ orphans: 'drop', ignores: [], tellsAll: true, hostSeed: 1 },
  },
  {
    ...{ shards: 3, slots: 2, ringBytes: 4_096, maxFrameBytes: 512, startPosition: 2 ** 32 - 64 },
    ...{ orphans: 'deliver', ignores: [], tellsAll: true, hostSeed: 2 },
  },
  {
    ...{ shards: 2, slots: ROOMY_SLOTS, ringBytes: 8_192, maxFrameBytes: 1_024, startPosition: 0 },
    ...{ orphans: 'drop', ignores: [TRAFFIC, FINISH], tellsAll: false, hostSeed: 3 },
  },
]
