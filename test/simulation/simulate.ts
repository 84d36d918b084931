// npm run simulate: worlds decided by seeds, one after the other, each held to what the
// router promises. A failure says how to replay it.

import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { optionsOf, runProgram, UsageError, wholeNumber } from '../command-line.mjs'
import { makeTrap } from './trap.js'
import { Broken, type Outcome, type Trap, World } from './world.js'

const HELP = `Simulates routers, their producers and observers, and what goes wrong: one seed decides all of it.

usage: npm run simulate -- [options]

  --seed S       the first seed, 0 to 2^64 - 1 (1); may be given several times
  --seeds K      how many, one after the other, from each of those on (1)
  --events N     events and malformed frames of each (10000)
  --failures K   stop after so many (10)
  --jobs J       processes to share the seeds (1)
  --known        the seeds of test/simulation/seeds.txt first: those that failed once
  --json         the summary as one JSON object
  --verbose      a line for each seed, with the hash of its trace
  --help         this text

Exit code: 0 every promise held; 1 one was broken, which is told with the command that replays it; 2 bad usage.
`

interface Totals {
  seeds: number
  events: number
  delivered: number
  steps: number
  waits: number
  evicted: number
  traps: number
  failures: number
}

interface Plan {
  readonly firsts: readonly bigint[]
  readonly seeds: number
  readonly events: number
  readonly failures: number
  readonly jobs: number
  readonly known: boolean
  readonly json: boolean
  readonly verbose: boolean
  readonly help: boolean
}

const COUNTERS = ['seeds', 'events', 'delivered', 'steps', 'waits', 'evicted', 'traps', 'failures'] as const

function readPlan(args: readonly string[]): Plan {
  const options = {
    seed: { type: 'string', multiple: true, default: ['1'] as string[] },
    seeds: { type: 'string', default: '1' },
    events: { type: 'string', default: '10000' },
    failures: { type: 'string', default: '10' },
    jobs: { type: 'string', default: '1' },
    known: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const
  const values = optionsOf(options, args)
  for (const seed of values.seed)
    if (!/^\d{1,20}$/.test(seed) || BigInt(seed) >= 2n ** 64n)
      throw new UsageError(`--seed ${seed}: give an integer from 0 to 2^64 - 1`)
  return {
    ...values,
    firsts: values.seed.map(BigInt),
    seeds: wholeNumber('seeds', values.seeds, 0, 1e9),
    events: wholeNumber('events', values.events, 1, 1e8),
    failures: wholeNumber('failures', values.failures, 1, 1e9),
    jobs: wholeNumber('jobs', values.jobs, 1, 64),
  }
}

/** Seeds that failed once, with the events they need. */
function knownSeeds(): [seed: bigint, events: number][] {
  const root = join(process.argv[1]!, '..', '..', '..')
  return readFileSync(join(root, 'test/simulation/seeds.txt'), 'utf8')
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => {
      const [seed, events] = line.split(/\s+/)
      return [BigInt(seed!), Number(events)]
    })
}

function commit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
  try {
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '-changed')
  } catch {
    return 'unknown'
  }
}

function tellFailure(error: unknown, world: World, seed: bigint, events: number): void {
  const isBroken = error instanceof Broken
  const oracle = isBroken ? error.oracle : 'unexpected-error'
  const what = isBroken ? error.message : String((error as Error)?.stack ?? error)
  const { tempers: _, ...settings } = world.settings
  console.error(`
oracle: ${oracle}
${what}
SEED=${seed} COMMIT=${commit()} step=${isBroken ? error.step : world.step} events=${events - world.budget}
${JSON.stringify(settings)}
npm run simulate -- --seed ${seed} --events ${events}`)
}

let trap: Trap | undefined

/** Made when the first seed needs it, since loading the compiler takes longer than many a seed. */
const theTrap = (): Trap => (trap ??= makeTrap())

/** Plays seeds in this process. */
async function play(plan: Plan): Promise<Totals> {
  const totals: Totals = {
    seeds: 0,
    events: 0,
    delivered: 0,
    steps: 0,
    waits: 0,
    evicted: 0,
    traps: 0,
    failures: 0,
  }
  const one = async (seed: bigint, events: number): Promise<void> => {
    const world = new World(seed, events, theTrap)
    totals.seeds++
    let outcome: Outcome
    try {
      outcome = await world.play()
    } catch (error) {
      totals.failures++
      totals.events += events - world.budget
      tellFailure(error, world, seed, events)
      return
    }
    for (const name of ['events', 'delivered', 'steps', 'waits', 'evicted'] as const)
      totals[name] += outcome[name]
    if (outcome.isTrapped) totals.traps++
    if (plan.verbose)
      console.log(`seed ${seed}: ${outcome.traceHash}, ${outcome.events} events, ${outcome.steps} steps`)
  }
  if (plan.known) for (const [seed, events] of knownSeeds()) await one(seed, events)
  for (const first of plan.firsts) {
    for (let index = 0; index < plan.seeds && totals.failures < plan.failures; index++)
      await one(BigInt.asUintN(64, first + BigInt(index)), plan.events)
  }
  return totals
}

/** Has other processes play a share of the seeds each. */
async function share(plan: Plan): Promise<Totals> {
  const { jobs, seeds, firsts, events, failures } = plan
  const shares = Array.from({ length: jobs }, (_, job) => {
    const from = Math.floor((seeds * job) / jobs)
    const count = Math.floor((seeds * (job + 1)) / jobs) - from
    const args = [
      ...firsts.flatMap((first) => ['--seed', `${BigInt.asUintN(64, first + BigInt(from))}`]),
      '--seeds',
      `${count}`,
      '--events',
      `${events}`,
      '--failures',
      `${failures}`,
      '--json',
    ]
    if (plan.known && job === 0) args.push('--known')
    return new Promise<Totals>((resolve, reject) => {
      const child = spawn(process.execPath, ['--enable-source-maps', process.argv[1]!, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let output = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
      child.on('close', (code, signal) => {
        if (code === 0 || code === 1) resolve(JSON.parse(output) as Totals)
        else reject(new Error(`a process ended with ${code ?? signal}`))
      })
    })
  })
  const all = await Promise.all(shares)
  const sum = (name: keyof Totals): number => all.reduce((total, one) => total + one[name], 0)
  return Object.fromEntries(COUNTERS.map((name) => [name, sum(name)])) as unknown as Totals
}

async function main(): Promise<number> {
  const plan = readPlan(process.argv.slice(2))
  if (plan.help) {
    process.stdout.write(HELP)
    return 0
  }
  const start = performance.now()
  const totals = await (plan.jobs > 1 ? share(plan) : play(plan))
  const seconds = (performance.now() - start) / 1_000
  if (plan.json) console.log(JSON.stringify({ ...totals, seconds }))
  else {
    const { seeds, events, delivered, waits, evicted, traps, failures } = totals
    console.log(
      `${seeds} seeds, ${events} events (${delivered} delivered), ${waits} waits, ${evicted} evictions, ${traps} traps: ${failures} failures; ${seconds.toFixed(1)} s`,
    )
  }
  return totals.failures > 0 ? 1 : 0
}

await runProgram('simulate', main)
