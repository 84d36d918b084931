// npm run fuzz: damages frames, schemas and command lines for as long as it is told to,
// and fails with what replays the fault.

import { relative } from 'node:path'
import { runProgram } from '../command-line.mjs'
import { HELP, readArguments } from './arguments.js'
import { ORACLES, type Report } from './failure.js'
import type { Counts } from './fuzzer.js'
import { commit, ROOT } from './places.js'
import { runJobs, WORKER } from './processes.js'
import { type Message, type Order, Worker } from './worker.js'

function describe(report: Report): string {
  const { oracle, what, facts, kind, seed, input, saved, stack } = report
  const isFile = typeof input === 'string'
  const path = isFile ? relative(ROOT, input) : ''
  const replay = isFile ? `--replay ${path}` : `--only ${kind} --seed ${seed} --input ${input}`
  return [
    `oracle: ${oracle}`,
    `broken: ${ORACLES[oracle]}`,
    `found: ${what}`,
    ...Object.entries(facts).map(([name, value]) => `  ${name}: ${value}`),
    `SEED=${seed} input=${kind}/${isFile ? path : input}`,
    `commit: ${commit()}`,
    `replay: npm run fuzz -- ${replay}`,
    ...(saved === undefined
      ? []
      : [`input: ${relative(ROOT, saved)} (npm run fuzz -- --replay ${relative(ROOT, saved)})`]),
    ...(stack === undefined ? [] : [stack]),
    '',
  ].join('\n')
}

function summary(
  { frames, mutated, schemas, cliRuns }: Counts,
  seconds: number,
  seed: number,
  failures: number,
): string {
  const count = (value: number): string => value.toLocaleString('en-US')
  const rate = count(Math.round(mutated / seconds))
  return (
    `${count(mutated)} damaged frames of ${count(frames)} (${rate}/s), ${count(schemas)} schemas, ` +
    `${count(cliRuns)} command lines in ${seconds.toFixed(1)} s, seed ${seed}: ` +
    (failures === 0 ? 'nothing was found' : `${failures} found`)
  )
}

async function run(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv)
  if (given.help) {
    process.stdout.write(HELP)
    return 0
  }
  const isSingle = given.input !== undefined || given.replay !== undefined
  const seed = given.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!
  const began = performance.now()
  const { counts, reports } = await runJobs(isSingle ? { ...given, jobs: 1 } : given, seed)
  const seconds = (performance.now() - began) / 1_000
  for (const report of reports) (given.json ? process.stderr : process.stdout).write(describe(report))
  const failures = reports.map(({ oracle, what, kind, input }) => ({ oracle, what, kind, input }))
  const line = given.json
    ? JSON.stringify({ ...counts, seconds: Number(seconds.toFixed(2)), seed, failures })
    : summary(counts, seconds, seed, failures.length)
  process.stdout.write(`${line}\n`)
  return failures.length === 0 ? 0 : 1
}

if (process.argv[2] === WORKER) {
  process.once('message', (order: Order) => {
    const tell = (message: Message): void => {
      // What ends the run is sent before the channel closes; only that keeps the process.
      process.send!(message, () => {
        if (message.type === 'done') process.disconnect()
      })
    }
    // Another process has found something, or this one is done.
    process.once('disconnect', () => process.exit(0))
    new Worker(order, tell).run().catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  })
} else {
  await runProgram('fuzz', () => run(process.argv.slice(2)))
}
