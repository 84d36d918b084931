// What a seed decides before it starts: the router's sizes, how its producers and
// observers behave, and what goes wrong. Each draws its own, so that the corners meet.

import { MAX_ROWS } from '../../src/layout.js'
import type { Dice } from './dice.js'

/** How often an observer's call does something else than return at once, 0 to 1 each. */
export interface Temper {
  readonly throws: number
  /** A promise that the scheduler resolves. */
  readonly resolves: number
  /** A promise that the scheduler rejects. */
  readonly rejects: number
  /** A promise that settles when faults stop, or at the deadline never. */
  readonly hangs: number
  /** Objects with a `then`, some of which call back twice, at once, or throw. */
  readonly oddThenables: number
  /** Calls into the router from within: write, send, stats, source, ready, settled, shutdown. */
  readonly reenters: number
}

export interface TrafficOdds {
  /** Streams that a producer has in hand at once. */
  readonly streams: number
  /** Per event of an open stream: its end, its opening once more, a new stream in its place. */
  readonly ends: number
  readonly restarts: number
  /** Per event of a stream that isn't open: its opening, else anything. */
  readonly opens: number
  /** Per stream that ended: its ID comes back. */
  readonly comesBack: number
  readonly keyless: number
  /** Per event: of a stream that other producers write to as well. */
  readonly shared: number
  readonly malformed: number
  /** Per malformed frame: it loses the framing. */
  readonly loses: number
  /** Per event: longer block, further data, a higher version. */
  readonly newer: number
  /** Longest ID, bytes. */
  readonly longestId: number
  /** Share of IDs that are long, and of those that differ from another in their last byte or their words' order. */
  readonly longIds: number
  readonly siblings: number
}

export interface FactorySettings {
  /** Templates that its observers have no method for; all of them come in batches. */
  readonly deaf: readonly number[]
  readonly hearsReleases: boolean
  readonly takesBatches: boolean
}

export interface Settings {
  readonly shards: number
  readonly slots: number
  readonly ringBytes: number
  readonly maxFrameBytes: number
  readonly startPosition: number
  readonly orphans: 'drop' | 'deliver'
  readonly factories: readonly FactorySettings[]
  /** Rows of a batch at most. */
  readonly batchRows: number
  /** By factory and shard. */
  readonly tempers: readonly (readonly Temper[])[]
  readonly traffic: TrafficOdds
  /** Producers at once. */
  readonly producers: number
  /** Bytes of a chunk at most. */
  readonly chunkBytes: number
  /** Per step: a producer ends, and another one comes. */
  readonly producerEnds: number
  /** What the platform gives for random: its own, or one that is stuck. */
  readonly random: 'good' | 'zeros' | 'ones'
  /** Handlers for errors: none, one that counts, or one that throws or rejects. */
  readonly handlers: 'none' | 'counting' | 'failing'
  /** Per step: the shutdown comes while producers still write. */
  readonly earlyShutdown: number
  /** Whether hanging promises hang until the shutdown's deadline. */
  readonly deadline: boolean
  /** Stores of the core after which it traps; 0: never. */
  readonly trapAfter: number
}

const CALM: Temper = { throws: 0, resolves: 0, rejects: 0, hangs: 0, oddThenables: 0, reenters: 0 }
const TEMPLATES = 9
/** Least bytes of a frame that carries an ID: framing, header, longest block, length. */
const FRAME_OVERHEAD_BYTES = 43

function drawTemper(dice: Dice): Temper {
  if (dice.chance(0.5)) return CALM
  const odds = dice.pick([0.001, 0.01, 0.05])
  const some = (): number => (dice.chance(0.4) ? odds : 0)
  const often = dice.chance(0.02)
  return {
    throws: dice.chance(0.1) ? 0.5 : some(),
    resolves: often ? 0.3 : some(),
    rejects: some() / 2,
    hangs: dice.chance(0.2) ? odds / 20 : 0,
    oddThenables: some() / 2,
    reenters: some(),
  }
}

function drawTraffic(dice: Dice, maxFrameBytes: number, slots: number): TrafficOdds {
  const longestId = Math.min(254, maxFrameBytes - FRAME_OVERHEAD_BYTES)
  return {
    streams: dice.chance(0.3) ? dice.between(1, 4) : dice.size(1, Math.min(4_096, slots * 4 + 4)),
    ends: dice.pick([0, 0.01, 0.05, 0.3]),
    restarts: dice.pick([0, 0, 0.01, 0.1]),
    opens: dice.pick([0.1, 0.8, 0.95, 1]),
    comesBack: dice.pick([0, 0.3, 0.9]),
    keyless: dice.pick([0, 0.02, 0.3]),
    shared: dice.pick([0, 0, 0.02, 0.2]),
    malformed: dice.pick([0, 0.001, 0.01, 0.2]),
    loses: dice.pick([0, 0.02, 0.2]),
    newer: dice.pick([0, 0.01, 0.2]),
    longestId,
    longIds: dice.pick([0, 0.1, 0.5, 1]),
    siblings: dice.pick([0, 0.2, 0.7]),
  }
}

function drawStart(dice: Dice): number {
  const near = 8 * dice.between(1, 512)
  return dice.pick([0, 0, 2 ** 31 - near, 2 ** 32 - near, 8 * dice.below(2 ** 29)])
}

/** @param apart dice for what came later: what all else draws isn't changed by it */
export function drawSettings(dice: Dice, apart: Dice): Settings {
  const shards = dice.chance(0.03) ? dice.between(10, 256) : dice.between(1, 9)
  const ringBytes = 2 ** dice.between(8, shards > 9 ? 14 : 20)
  // An eighth of the ring, as the options demand, but room for a short ID in the smallest, too.
  const maxFrameBytes = Math.max(64, Math.min(dice.pick([320, 1_024, 8_192]), ringBytes / 8))
  const slots = dice.chance(0.3) ? dice.between(1, 4) : dice.size(1, shards > 9 ? 64 : 4_096)
  const deafness = dice.chance(0.25) ? 0.3 : 0
  const listens = !dice.chance(0.03)
  const factories = Array.from({ length: listens ? dice.pick([1, 1, 1, 2, 3]) : 0 }, () => ({
    deaf: Array.from({ length: TEMPLATES }, (_, index) => index + 1).filter(() => dice.chance(deafness)),
    hearsReleases: !dice.chance(0.1),
  }))
  const batches = apart.chance(0.25) ? apart.pick([0.5, 1]) : 0
  return {
    shards,
    slots,
    ringBytes,
    maxFrameBytes,
    startPosition: drawStart(dice),
    orphans: dice.chance(0.25) ? 'deliver' : 'drop',
    factories: factories.map((factory) => {
      const takesBatches = apart.chance(batches)
      return { ...factory, deaf: takesBatches ? [] : factory.deaf, takesBatches }
    }),
    batchRows: apart.chance(0.5) ? MAX_ROWS : apart.size(1, 64),
    tempers: factories.map(() => Array.from({ length: shards }, () => drawTemper(dice))),
    traffic: drawTraffic(dice, maxFrameBytes, slots),
    producers: dice.between(1, 6),
    chunkBytes: dice.chance(0.06) ? dice.between(1, 60) : dice.size(64, 200_000),
    producerEnds: dice.pick([0, 0, 0.01, 0.05]),
    random: dice.pick(['good', 'good', 'good', 'good', 'good', 'zeros', 'ones'] as const),
    handlers: dice.pick(['none', 'counting', 'counting', 'failing'] as const),
    earlyShutdown: dice.chance(0.15) ? 0.01 : 0,
    deadline: dice.chance(0.15),
    trapAfter: dice.chance(0.1) ? dice.size(1, 100_000) : 0,
  }
}
