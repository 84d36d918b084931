// Has a program of a copy look for the fault that is in it, in a process of its own
// with a fixed budget. Noticed is what a named oracle notices: a process that hangs or
// dies has noticed nothing.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fault } from './faults.js'
import type { Noticing } from './report.js'
import { programOf } from './tree.js'

export type Verdict =
  /**
   * `events`: made until then; of the fuzzer, inputs. `elsewhere`: by an oracle that the fault doesn't name, so that it
   * may have noticed something else, such as an edit that no longer makes sense where it is.
   */
  | {
      readonly kind: 'caught' | 'elsewhere'
      readonly oracle: string
      readonly how: string
      readonly events: number
    }
  | { readonly kind: 'unnoticed'; readonly events: number }
  /** No verdict: the watchdog ended it, it died, or it could not be made. */
  | { readonly kind: 'hung' | 'crashed' | 'build'; readonly output: string }

/** Long enough on a machine that does much else: nothing is judged by time but that a process never ends. */
const WATCHDOG_MS = 120_000
const TOLD_CHARACTERS = 2_000

/** A verdict, unless what was caught is another thing than what was planted. */
export function ofItsOwn(verdict: Verdict, { by, oracles }: Pick<Fault, 'by' | 'oracles'>): Verdict {
  if (verdict.kind !== 'caught') return verdict
  const { oracle } = verdict
  const isNamed = oracles.some((name) => (by === 'tests' ? oracle.includes(name) : oracle === name))
  return isNamed ? verdict : { ...verdict, kind: 'elsewhere' }
}

interface Ran {
  readonly status: number | null
  readonly isHung: boolean
  readonly stdout: string
  readonly stderr: string
}

function run(folder: string, file: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let isHung = false
    let stdout = ''
    let stderr = ''
    const watchdog = setTimeout(() => {
      isHung = true
      child.kill('SIGKILL')
    }, WATCHDOG_MS)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (status) => {
      clearTimeout(watchdog)
      resolve({ status, isHung, stdout, stderr })
    })
  })
}

/** Names of the fuzzer's for what is no oracle here. */
const NO_ORACLES: Readonly<Record<string, 'hung' | 'crashed'>> = { ends: 'hung', 'no-crash': 'crashed' }

/** What of a summary counts inputs. */
const COUNTED = ['events', 'mutated', 'schemas', 'cliRuns'] as const

/** What a program that prints `oracle: NAME` and a JSON summary came to. */
function verdictOf({ status, isHung, stdout, stderr }: Ran): Verdict {
  const output = `${stderr}\n${stdout}`.trim().slice(0, TOLD_CHARACTERS)
  if (isHung) return { kind: 'hung', output }
  if (status !== 0 && status !== 1) return { kind: 'crashed', output: `exit ${status}\n${output}` }
  const oracle = /^oracle: (\S+)$/m.exec(stderr)?.[1]
  if ((status === 1) !== (oracle !== undefined)) return { kind: 'crashed', output }
  const counts = JSON.parse(stdout.trim().split('\n').at(-1)!) as Partial<Record<string, number>>
  const events = COUNTED.reduce((sum, name) => sum + (counts[name] ?? 0), 0)
  if (oracle === undefined) return { kind: 'unnoticed', events }
  const other = NO_ORACLES[oracle]
  if (other !== undefined) return { kind: other, output }
  const [, seed, input] = /^SEED=(\d+)(?: input=(\S+))?/m.exec(stderr) ?? []
  return { kind: 'caught', oracle, how: input ?? `seed ${seed}`, events }
}

interface Seeds {
  /** From each of these on, so many. */
  readonly firsts: readonly number[]
  readonly seeds: number
  readonly events: number
}

async function play(folder: string, { firsts, seeds, events }: Seeds, failures: number): Promise<Ran> {
  const program = await programOf(folder, 'test/simulation/simulate.ts')
  const first = firsts.flatMap((seed) => ['--seed', seed])
  const args = [...first, '--seeds', seeds, '--events', events, '--failures', failures, '--json']
  return run(folder, program, args.map(String))
}

/** Plays seeds until an oracle fails. */
export async function simulate(folder: string, seeds: Seeds): Promise<Verdict> {
  return verdictOf(await play(folder, seeds, 1))
}

/**
 * Damaged frames for which each kind of the fuzzer gets its share, and the corpus before that: 200 schemas, 20 command
 * lines. Of frames the rarest are those of another schema than mtg's, one in 32.
 */
const FUZZED_FRAMES = { frames: 2_000_000, schemas: 500_000, cli: 1_000_000 } as const

/**
 * Has the fuzzer look, at one kind of input.
 * @param input only this one of them
 */
export async function fuzz(
  folder: string,
  kind: keyof typeof FUZZED_FRAMES,
  input?: number,
): Promise<Verdict> {
  const program = await programOf(folder, 'test/fuzz/main.ts')
  const which = input === undefined ? ['--frames', FUZZED_FRAMES[kind]] : ['--input', input]
  const args = ['--only', kind, '--seed', 1, ...which, '--json']
  return verdictOf(await run(folder, program, args.map(String)))
}

/** Seeds that are played in one process when they are counted: so many are lost at most where one hangs. */
const SLICE = 20

/** How many of the seeds from 1 on notice what is planted, each by itself. */
export async function countSeeds(folder: string, seeds: number, events: number): Promise<Noticing> {
  let noticed = 0
  let unknown = 0
  let soonest: Noticing['soonest']
  for (let first = 1; first <= seeds; first += SLICE) {
    const count = Math.min(SLICE, seeds - first + 1)
    const ran = await play(folder, { firsts: [first], seeds: count, events }, SLICE)
    const isOver = !ran.isHung && (ran.status === 0 || ran.status === 1)
    const told = [...ran.stderr.matchAll(/^SEED=(\d+) .* events=(\d+)$/gm)]
    noticed += told.length
    for (const [, seed, spent] of told) {
      if (soonest === undefined || Number(spent) < soonest.events)
        soonest = { seed: Number(seed), events: Number(spent) }
    }
    // Those before the one that hung had their turn, but nobody says how many they were.
    if (!isOver) unknown += count - told.length
  }
  return { seeds, noticed, unknown, soonest }
}

/**
 * Runs tests of a file: one that fails is an oracle that has noticed, one that times out is not.
 * @param titles those that are run, all that have one of these in their names
 */
export async function runTests(
  root: string,
  folder: string,
  file: string,
  titles: readonly string[],
): Promise<Verdict> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const written = join(folder, 'build', 'tests.json')
  const pattern = titles.map((title) => title.replace(/[^\w ]/g, '.')).join('|')
  const args = [
    'run',
    file,
    '-t',
    pattern,
    '--bail',
    '1',
    '--root',
    folder,
    '--reporter',
    'json',
    '--outputFile',
    written,
  ]
  const ran = await run(folder, vitest, args)
  const output = `${ran.stderr}\n${ran.stdout}`.trim().slice(0, TOLD_CHARACTERS)
  if (ran.isHung) return { kind: 'hung', output }
  interface Report {
    readonly numPassedTests: number
    readonly testResults: readonly {
      readonly assertionResults: readonly {
        readonly title: string
        readonly status: string
        readonly failureMessages: readonly string[]
      }[]
    }[]
  }
  let report: Report
  try {
    report = JSON.parse(readFileSync(written, 'utf8')) as Report
  } catch {
    return { kind: 'crashed', output }
  }
  const failed = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(
      ({ status, failureMessages }) =>
        status === 'failed' && !failureMessages.some((text) => text.includes('timed out')),
    )
  if (failed !== undefined) return { kind: 'caught', oracle: failed.title, how: file, events: 0 }
  return ran.status === 0 && report.numPassedTests > 0
    ? { kind: 'unnoticed', events: 0 }
    : { kind: 'crashed', output }
}
