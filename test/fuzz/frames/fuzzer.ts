// Frames: rounds of damaged ones, and what to write of a round that failed.

import { type FuzzFailure, failureOf } from '../failure.js'
import { type Counts, type Fuzzer, noCounts } from '../fuzzer.js'
import { minimise } from '../minimise.js'
import { corpusFiles } from '../places.js'
import { Batch } from './batch.js'
import { playOtherRound } from './other-schemas.js'
import { type Input, playRound, type Round, RoundFailure, roundOf } from './play.js'
import { playInputs, playRecorded, record, recordedBytes } from './recorded.js'
import { framesIn, seedFrames } from './seed-frames.js'

/**
 * Bytes that are played at most to make a failing round smaller: some ten seconds. A try
 * counts as this many at the least, since a router has to be made for it.
 */
const SHRINK_BYTES = 40_000_000
const LEAST_BYTES = 100_000
/** One round in so many is of other schemas than mtg's. */
const OTHER_SHARE = 16

const cause = (error: unknown): FuzzFailure => failureOf(error instanceof RoundFailure ? error.cause : error)

/** A batch's bytes, of its own. */
function inputOf(round: Round, index: number, seeds: readonly Buffer[]): Input {
  const batch = new Batch()
  const [content, cutSeed] = round.batches[index]!
  batch.fill(content, seeds, round.ids, round.configuration.maxFrameBytes)
  return { bytes: Buffer.from(batch.bytes.subarray(0, batch.length)), length: batch.length, cutSeed }
}

/** Whole frames, and what is behind them. */
function pieces({ bytes, length }: Input): Buffer[] {
  const own = bytes.subarray(0, length)
  const frames = framesIn(own).map((one) => Buffer.from(one))
  const rest = own.subarray(frames.reduce((sum, one) => sum + one.length, 0))
  return rest.length > 0 ? [...frames, Buffer.from(rest)] : frames
}

export function framesFuzzer(seed: number): Fuzzer {
  const corpus = corpusFiles('frames', /\.(sbe|json)$/)
  const seeds = seedFrames(corpus.flatMap(recordedBytes))

  /** As few and as short inputs as still fail in the same way. */
  async function shrink(round: Round, { oracle }: FuzzFailure, failed: number): Promise<readonly Input[]> {
    const { configuration } = round
    let left = SHRINK_BYTES
    const fails = async (inputs: readonly Input[]): Promise<boolean> => {
      left -= Math.max(
        LEAST_BYTES,
        inputs.reduce((sum, { length }) => sum + length, 0),
      )
      if (left < 0) return false
      try {
        await playInputs(configuration, inputs)
        return false
      } catch (error) {
        return failureOf(error).oracle === oracle
      }
    }
    const all = Array.from({ length: failed + 1 }, (_, index) => inputOf(round, index, seeds))
    const last = all.at(-1)!
    let inputs: readonly Input[] = (await fails([last])) ? [last] : await minimise(all, fails)
    for (let index = inputs.length - 1; index >= 0; index--) {
      const { cutSeed } = inputs[index]!
      const withPieces = (parts: readonly Buffer[]): readonly Input[] => {
        const bytes = Buffer.concat(parts)
        return inputs.map((one, at) => (at === index ? { bytes, length: bytes.length, cutSeed } : one))
      }
      const shorter = await minimise(pieces(inputs[index]!), (parts) => fails(withPieces(parts)))
      inputs = withPieces(shorter)
    }
    return inputs
  }

  return {
    corpus,
    playFile: playRecorded,
    async play(input): Promise<Counts> {
      const counts = noCounts()
      if (input % OTHER_SHARE === OTHER_SHARE - 1) {
        counts.frames = await playOtherRound(seed, input)
        return counts
      }
      const { frames, mutated } = await playRound(roundOf(seed, input), seeds)
      return { ...counts, frames, mutated }
    },
    async save(input, error) {
      if (!(error instanceof RoundFailure)) return undefined
      const round = roundOf(seed, input)
      const inputs = await shrink(round, cause(error), error.batch)
      return record(`frames-${seed}-${input}`, round.configuration, inputs)
    },
    finish: async () => {},
  }
}
