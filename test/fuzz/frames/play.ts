// One round: a configuration, and the inputs that its router is given one after the
// other. Whatever is found wrong with any of them is thrown.

import { Random } from '../../mutate.js'
import { seedOf } from '../seeds.js'
import { Batch, idsOf } from './batch.js'
import { type Configuration, configurationOf } from './configuration.js'
import { DecoderOracle } from './decoder-oracle.js'
import { quickRead, Readings } from './quick-reference.js'
import { assertReferencesAgree } from './references-agree.js'
import { RouterOracle } from './router-oracle.js'

/** Batches that one router lives through. */
const BATCHES = 32
/** One batch in so many is read by the clear reference, too. */
const CLEAR_SHARE = 64

export interface Input {
  readonly bytes: Buffer
  readonly length: number
  readonly cutSeed: number
}

/** The three beside each other. One for each round. */
export class Trial {
  readonly #maxFrameBytes: number
  readonly #decoder: DecoderOracle
  readonly #router: RouterOracle
  readonly readings = new Readings()

  constructor(configuration: Configuration) {
    this.#maxFrameBytes = configuration.maxFrameBytes
    this.#decoder = new DecoderOracle(configuration.maxFrameBytes)
    this.#router = new RouterOracle(configuration)
  }

  async input({ bytes, length, cutSeed }: Input, isClear: boolean): Promise<void> {
    const { readings } = this
    quickRead(bytes, length, this.#maxFrameBytes, readings)
    if (isClear) assertReferencesAgree(bytes, length, this.#maxFrameBytes, readings)
    this.#decoder.check(bytes, length, cutSeed, readings)
    // Cut in another way.
    await this.#router.check(bytes, length, cutSeed === 0 ? 0 : cutSeed ^ 0x5bd1e995, readings)
  }

  finish(): Promise<void> {
    return this.#router.finish()
  }
}

export interface Round {
  readonly configuration: Configuration
  /** Seeds of the batches' contents, and of their cuts. */
  readonly batches: readonly (readonly [content: number, cuts: number])[]
  readonly ids: readonly Buffer[]
}

/** A round, from its seed. */
export function roundOf(seed: number, number: number): Round {
  const random = new Random(seedOf(seed, 'frames', number))
  const configuration = configurationOf(random)
  const ids = idsOf(random.uint32(), random.pick([3, 12, 60, 400]))
  const batches = Array.from({ length: BATCHES }, () => [random.uint32(), random.uint32() | 1] as const)
  return { configuration, batches, ids }
}

export interface Played {
  frames: number
  mutated: number
}

const batch = new Batch()

/** Frames that were damaged and that both have judged. */
function countMutated({ starts, damaged }: Batch, { consumed }: Readings): number {
  let count = 0
  // Behind a lost framing nothing is where it was written.
  for (let index = 0; index < starts.length && starts[index]! <= consumed; index++)
    if (damaged[index]) count++
  return count
}

/**
 * @throws whatever is found wrong
 */
export async function playRound(round: Round, seeds: readonly Buffer[]): Promise<Played> {
  const { configuration, batches, ids } = round
  const trial = new Trial(configuration)
  const played: Played = { frames: 0, mutated: 0 }
  for (const [index, [content, cutSeed]] of batches.entries()) {
    batch.fill(content, seeds, ids, configuration.maxFrameBytes)
    try {
      await trial.input({ bytes: batch.bytes, length: batch.length, cutSeed }, content % CLEAR_SHARE === 0)
    } catch (error) {
      throw new RoundFailure(index, error)
    }
    const { readings } = trial
    played.frames += readings.count
    played.mutated += countMutated(batch, readings)
  }
  try {
    await trial.finish()
  } catch (error) {
    throw new RoundFailure(batches.length - 1, error)
  }
  return played
}

/** Which batch of a round failed. */
export class RoundFailure extends Error {
  readonly batch: number
  constructor(index: number, cause: unknown) {
    super(`batch ${index}`, { cause })
    this.batch = index
  }
}
