// npm run trust, trust:nightly, trust:release: everything that makes "no silent loss"
// believable, one after the other, and a table of what was done. Which seeds it plays
// follows from the commit, so each commit sees others, and the same ones again.

import { execFileSync, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { bundle } from './bundled.mjs'
import { optionsOf, runProgram, UsageError, wholeNumber } from './command-line.mjs'
import { findNode, NOT_INSTALLED } from './runtimes/tools.mjs'

const HELP = `Runs the tests that are too heavy for npm test, and prints a table of what they did.

usage: npm run trust -- [options]

  --tier NAME    push (minutes), nightly (hours) or release (days); push
  --only NAME    only this row; may be given again
  --seed S       the first seed, instead of one that follows from the commit
  --jobs J       processes at once, instead of one for each processor
  --require-all  an absent Node version is a failure
  --help         this text

Exit code: 0 every bar was reached; 1 one wasn't; 2 bad usage.
`

const MILLION = 1e6
/** What each tier has to reach. `eventsASeed` is what a seed may make: many end early, by a trap or a shutdown. */
const TIERS = {
  push: { seeds: 2_000, events: 20 * MILLION, eventsASeed: 17_000, frames: 5 * MILLION, faults: 20 },
  nightly: {
    seeds: 20_000,
    events: 1_000 * MILLION,
    eventsASeed: 95_000,
    frames: 100 * MILLION,
    faults: 40,
    soakMinutes: 60,
  },
  release: {
    seeds: 200_000,
    events: 10_000 * MILLION,
    eventsASeed: 95_000,
    frames: 1_000 * MILLION,
    faults: 40,
    soakMinutes: 24 * 60,
  },
}
const root = join(import.meta.dirname, '..')
const NODES = [20, 22, 24]
/** Few seeds meet what one version does otherwise than another. */
const SAME_TRACE_SEEDS = 200
/** MiB an hour. */
const MOST_GROWTH = 1

const count = (number) => Number(number).toLocaleString('en-US')

/** Runs a program of the tests; its standard error is ours. */
function run(file, parameters, { node = process.execPath } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, ['--enable-source-maps', file, ...parameters], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, output }))
  })
}

/** The same, of a program that ends with one line of JSON. */
async function measure(program, parameters) {
  const { code, signal, output } = await run(await bundle(program), [...parameters, '--json'])
  const line = output.trim().split('\n').at(-1) ?? ''
  try {
    return { isDone: code === 0, ...JSON.parse(line) }
  } catch {
    return { isDone: false, said: `ended with ${code ?? signal}: ${line.slice(0, 200)}` }
  }
}

/** A row: what it is called, what it has to reach, and how it is measured. */
function rowsOf(tier, { seed, jobs, requireAll }) {
  const bars = TIERS[tier]
  const shared = ['--jobs', `${jobs}`]
  const rows = [
    {
      name: 'simulation',
      bar: `${count(bars.events)} events, ${count(bars.seeds)} seeds`,
      async run() {
        const plan = [
          '--known',
          '--seed',
          seed,
          '--seeds',
          `${bars.seeds}`,
          '--events',
          `${bars.eventsASeed}`,
        ]
        const done = await measure('test/simulation/simulate.ts', [...plan, ...shared])
        return {
          // Seeds in which nothing ever waits, gives way or traps play another game than the one meant.
          isReached:
            done.isDone &&
            done.seeds >= bars.seeds &&
            done.events >= bars.events &&
            Math.min(done.waits, done.evicted, done.traps) > 0,
          measured:
            done.said ??
            `${count(done.events)} events, ${count(done.seeds)} seeds, ${count(done.traps)} traps, ${count(done.evicted)} evictions; ${done.failures} failures`,
        }
      },
    },
    { name: 'same trace', bar: `Node ${NODES.join(', ')}`, run: () => sameTrace(seed, requireAll) },
    {
      name: 'fuzzing',
      bar: `${count(bars.frames)} mutated frames`,
      async run() {
        const done = await measure('test/fuzz/main.ts', [
          '--frames',
          `${bars.frames}`,
          '--seed',
          // The fuzzer's seeds have 32 bits.
          `${BigInt(seed) & 0xffff_ffffn}`,
          ...shared,
        ])
        return {
          isReached: done.isDone && done.mutated >= bars.frames && Math.min(done.schemas, done.cliRuns) > 0,
          measured:
            done.said ??
            `${count(done.mutated)} mutated frames, ${count(done.schemas)} schemas, ${count(done.cliRuns)} command lines; ${done.failures.length} failures`,
        }
      },
    },
    {
      name: 'planted faults',
      bar: `each caught by an oracle it names, at least ${bars.faults}`,
      async run() {
        const which = tier === 'push' ? 'push' : 'all'
        const done = await measure('test/planted-faults/run.ts', ['--tier', which, ...shared])
        const missed = done.rows?.filter(({ kind }) => kind !== 'caught') ?? []
        const told = missed.map(({ number, kind }) => `; ${number} ${kind}`).join('')
        return {
          isReached: done.isDone && done.faults >= bars.faults,
          measured: done.said ?? `${done.caught} of ${done.faults} caught${told}`,
        }
      },
    },
    {
      name: "the core's branches",
      bar: '100%, or a reason each',
      async run() {
        const done = await measure('test/core-coverage/core.ts', [])
        return {
          isReached: done.isDone && done.ways > 0,
          measured: done.said ?? `${done.taken} of ${done.ways} ways taken, ${done.excepted} excepted`,
        }
      },
    },
  ]
  if (tier === 'push') return rows
  const forced = {
    name: 'forced branches',
    bar: 'each noticed, or a reason',
    async run() {
      const done = await measure('test/core-coverage/core.ts', ['--mutants'])
      return {
        isReached: done.isDone && done.mutants > 0,
        measured: done.said ?? `${done.noticed} of ${done.mutants} noticed, ${done.excepted} excepted`,
      }
    },
  }
  const soak = {
    name: 'soak',
    bar: `${bars.soakMinutes} minutes, < ${MOST_GROWTH} MiB an hour`,
    beside: true,
    async run() {
      const done = await measure('test/simulation/soak.ts', ['--minutes', `${bars.soakMinutes}`])
      return {
        isReached: done.isDone,
        measured:
          done.said ??
          `${count(done.events)} events; kept ${done.keptMib.toFixed(1)} MiB, ${done.keptSlope.toFixed(2)} an hour; resident ${done.residentMib.toFixed(1)}, ${done.residentSlope.toFixed(2)} an hour`,
      }
    },
  }
  return [soak, ...rows, forced]
}

/** The same seeds in each Node version: the same course, event by event. */
async function sameTrace(seed, requireAll) {
  const program = await bundle('test/simulation/simulate.ts')
  const traces = new Map()
  const absent = []
  const play = async (name, node) => {
    const { code, output } = await run(
      program,
      ['--seed', seed, '--seeds', `${SAME_TRACE_SEEDS}`, '--events', '3000', '--verbose'],
      { node },
    )
    const lines = output.split('\n').filter((line) => line.startsWith('seed '))
    traces.set(
      name,
      code === 0 && lines.length === SAME_TRACE_SEEDS ? lines.join('\n') : `failed with ${code}`,
    )
  }
  for (const major of NODES) {
    const node = findNode(major)
    if (node === undefined) absent.push(major)
    else await play(`${major}`, node)
  }
  // One alone is the same as itself: it has to be so twice.
  for (const again of ['', ' again']) if (traces.size < 2) await play(`${process.versions.node}${again}`)
  const isSame = new Set(traces.values()).size === 1 && ![...traces.values()][0].startsWith('failed')
  const told = absent.length === 0 ? '' : `; Node ${absent.join(', ')} ${NOT_INSTALLED}`
  return {
    isReached: isSame && (absent.length === 0 || !requireAll),
    measured: `${SAME_TRACE_SEEDS} seeds, ${isSame ? 'the same' : 'DIFFERENT'} traces in Node ${[...traces.keys()].join(', ')}${told}`,
  }
}

function headCommit() {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()
  } catch {
    return '0000000000000001'
  }
}

function readOptions() {
  const options = {
    tier: { type: 'string', default: 'push' },
    only: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string' },
    jobs: { type: 'string', default: `${availableParallelism()}` },
    'require-all': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  }
  const values = optionsOf(options)
  const { tier, only, jobs, help } = values
  if (!(tier in TIERS)) throw new UsageError(`--tier ${tier}: there are ${Object.keys(TIERS).join(', ')}`)
  const commit = headCommit()
  // Half of the range, so that the seeds behind the first don't run over its end.
  const seed = values.seed ?? `${BigInt(`0x${commit.slice(0, 16)}`) >> 1n}`
  if (!/^\d{1,19}$/.test(seed)) throw new UsageError(`--seed ${seed}: give an integer from 0 to 2^63 - 1`)
  return {
    tier,
    only,
    seed,
    jobs: wholeNumber('jobs', jobs, 1, 64),
    requireAll: values['require-all'],
    commit,
    help,
  }
}

async function main() {
  const options = readOptions()
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  const all = rowsOf(options.tier, options)
  const unknown = options.only.find((name) => !all.some((row) => row.name === name))
  if (unknown !== undefined) {
    throw new UsageError(`--only ${unknown}: there are ${all.map(({ name }) => name).join(', ')}`)
  }
  const rows = all.filter(({ name }) => options.only.length === 0 || options.only.includes(name))
  const timed = async (row) => {
    const start = performance.now()
    const result = await row.run()
    const seconds = (performance.now() - start) / 1_000
    console.error(
      `${row.name}: ${result.measured} (${seconds.toFixed(0)} s)${result.isReached ? '' : ' FALLS SHORT'}`,
    )
    return { ...row, ...result, seconds }
  }
  // What takes its time and little else runs beside the others.
  const beside = rows.filter((row) => row.beside).map(timed)
  const results = []
  for (const row of rows) if (!row.beside) results.push(await timed(row))
  results.push(...(await Promise.all(beside)))
  const lines = results.map(
    ({ name, bar, measured, seconds, isReached }) =>
      `| ${name} | ${bar} | ${measured}${isReached ? '' : ' **falls short**'} | ${count(Math.round(seconds))} s |`,
  )
  const about = `${options.tier}, commit ${options.commit.slice(0, 12)}, Node ${process.versions.node}, ${options.jobs} processes, first seed ${options.seed}`
  console.log(`\n${about}\n\n| what | bar | measured | time |\n|---|---|---|---|\n${lines.join('\n')}`)
  const reached = results.filter(({ isReached }) => isReached).length
  console.log(`\n${reached} passed, ${results.length - reached} failed`)
  return reached === results.length ? 0 : 1
}

await runProgram('trust', main)
