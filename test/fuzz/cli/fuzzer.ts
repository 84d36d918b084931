// Command lines: each is a run of the real program.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '../../mutate.js'
import { failureOf } from '../failure.js'
import { type Fuzzer, noCounts, type Workplace } from '../fuzzer.js'
import { minimise } from '../minimise.js'
import { corpusFiles, written } from '../places.js'
import { seedOf } from '../seeds.js'
import { type CommandLine, commandLine } from './grammar.js'
import { assertContract } from './oracle.js'
import { makeFolder } from './places.js'
import { runCommandLine } from './run.js'

/** Runs that are made to find the words that matter. */
const TRIES = 40

export function cliFuzzer(seed: number, { folder }: Workplace): Fuzzer {
  makeFolder(folder)
  const lineOf = (input: number): CommandLine => commandLine(new Random(seedOf(seed, 'cli', input)))
  const check = async (line: CommandLine): Promise<void> =>
    assertContract(line, await runCommandLine(line, folder), folder)

  return {
    corpus: corpusFiles('cli', /\.json$/),
    playFile: (path) => check(JSON.parse(readFileSync(path, 'utf8')) as CommandLine),
    async play(input) {
      await check(lineOf(input))
      return { ...noCounts(), cliRuns: 1 }
    },
    async save(input, error) {
      const line = lineOf(input)
      const { oracle } = failureOf(error)
      let left = TRIES
      const fails = async (args: readonly string[]): Promise<boolean> => {
        if (left-- <= 0) return false
        try {
          await check({ ...line, args })
          return false
        } catch (other) {
          return failureOf(other).oracle === oracle
        }
      }
      // Each try at an endless one takes half a minute.
      const args = oracle === 'ends' ? line.args : await minimise(line.args, fails)
      const path = join(written(), `cli-${seed}-${input}.json`)
      writeFileSync(path, `${JSON.stringify({ ...line, args }, null, 1)}\n`)
      return path
    },
    finish: async () => {},
  }
}
