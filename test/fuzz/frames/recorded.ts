// Inputs as files: `.sbe`, one source's bytes, or `.json`, which also says the sizes of
// the router, and holds several sources' bytes one after the other.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { written } from '../places.js'
import { CONFIGURATIONS, type Configuration } from './configuration.js'
import { type Input, Trial } from './play.js'

/** Cuts of an input that says none: whole, and several ways. */
const CUT_SEEDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]

interface Recorded {
  readonly configuration: Configuration
  readonly inputs: readonly { readonly hex: string; readonly cutSeed: number }[]
}

/** The bytes of a file's sources. */
export function recordedBytes(path: string): Buffer[] {
  const bytes = readFileSync(path)
  if (!path.endsWith('.json')) return [bytes]
  return (JSON.parse(bytes.toString()) as Recorded).inputs.map(({ hex }) => Buffer.from(hex, 'hex'))
}

/** @throws whatever is found wrong */
export async function playInputs(configuration: Configuration, inputs: readonly Input[]): Promise<void> {
  const trial = new Trial(configuration)
  for (const input of inputs) await trial.input(input, true)
  await trial.finish()
}

/** @throws whatever is found wrong */
export async function playRecorded(path: string): Promise<void> {
  const sources = recordedBytes(path)
  if (path.endsWith('.json')) {
    const { configuration, inputs } = JSON.parse(readFileSync(path, 'utf8')) as Recorded
    const cutSeeds = inputs.map(({ cutSeed }) => cutSeed)
    await playInputs(
      configuration,
      sources.map((bytes, index) => ({ bytes, length: bytes.length, cutSeed: cutSeeds[index]! })),
    )
    return
  }
  for (const configuration of CONFIGURATIONS) {
    // One after the other through the same router: what one leaves behind, the next one meets.
    const inputs = CUT_SEEDS.flatMap((cutSeed) =>
      sources.map((bytes) => ({ bytes, length: bytes.length, cutSeed })),
    )
    await playInputs(configuration, inputs)
  }
}

/** @returns the file */
export function record(name: string, configuration: Configuration, inputs: readonly Input[]): string {
  const path = join(written(), `${name}.json`)
  const recorded: Recorded = {
    configuration,
    inputs: inputs.map(({ bytes, length, cutSeed }) => ({ hex: bytes.toString('hex', 0, length), cutSeed })),
  }
  writeFileSync(path, `${JSON.stringify(recorded, null, 1)}\n`)
  return path
}
