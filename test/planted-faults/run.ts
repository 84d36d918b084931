// npm run planted-faults: plants each fault in a copy of the project, and has what
// watches over the product look for it there. Every one has to be noticed, by name.

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from '../command-line.mjs'
import { HELP, readArguments } from './arguments.js'
import { BuildFailure, CoreRefused } from './edits.js'
import { FAULTS, type Fault } from './faults.js'
import { countSeeds, fuzz, ofItsOwn, runTests, simulate, type Verdict } from './judge.js'
import { type Row, summaryOf, tableOf } from './report.js'
import { coreOf, distOf, plant } from './tree.js'

/** This program is bundled into build/programs/. */
const root = join(import.meta.dirname, '..', '..')
/** What each simulated fault gets, and so does the product without one. */
const GENERIC = { seeds: 200, events: 2_000 }

async function judge(fault: Fault, folder: string, seeds: number): Promise<Row> {
  const verdict = ofItsOwn(await verdictOn(fault, folder), fault)
  const isCounted = seeds > 0 && fault.by === 'simulation' && verdict.kind === 'caught'
  return { fault, verdict, ...(isCounted && { noticing: await countSeeds(folder, seeds, GENERIC.events) }) }
}

async function verdictOn(fault: Fault, folder: string): Promise<Verdict> {
  try {
    await plant(root, folder, fault.edits)
    if (fault.by === 'tests') return await runTests(root, folder, fault.tests!, fault.oracles)
    if (fault.by === 'cli') distOf(root, folder)
    const { by, seed, input } = fault
    if (by !== 'simulation') {
      const verdict = input === undefined ? undefined : await fuzz(folder, by, input)
      return verdict === undefined || verdict.kind === 'unnoticed' ? await fuzz(folder, by) : verdict
    }
    if (seed !== undefined) {
      const verdict = await simulate(folder, { ...GENERIC, firsts: [seed], seeds: 1 })
      if (verdict.kind !== 'unnoticed') return verdict
    }
    return await simulate(folder, { ...GENERIC, firsts: [1] })
  } catch (error) {
    if (error instanceof CoreRefused)
      return { kind: 'caught', oracle: 'build', how: error.message, events: 0 }
    if (!(error instanceof BuildFailure)) throw error
    return { kind: 'build', output: error.message }
  }
}

/** Nothing is planted, so nothing may be found; and a core made here is the one that ships. */
async function control(folder: string, faults: readonly Fault[]): Promise<Verdict> {
  await plant(root, folder, [])
  const [shipped, made] = [readFileSync(join(root, 'build/core.wasm')), await coreOf(folder)]
  if (Buffer.compare(shipped.subarray(0, made.length), made) !== 0)
    return { kind: 'build', output: 'the core made here is another than build/core.wasm' }
  const verdict = await simulate(folder, {
    ...GENERIC,
    firsts: faults.flatMap(({ seed }) => seed ?? []),
    seeds: 1,
  })
  if (verdict.kind !== 'unnoticed') return verdict
  for (const { tests, oracles } of faults) {
    if (tests === undefined) continue
    const verdict = await runTests(root, folder, tests, oracles)
    if (verdict.kind !== 'unnoticed') return verdict
  }
  if (faults.some(({ by }) => by === 'cli')) distOf(root, folder)
  for (const kind of ['frames', 'schemas', 'cli'] as const) {
    if (!faults.some(({ by }) => by === kind)) continue
    const verdict = await fuzz(folder, kind)
    if (verdict.kind !== 'unnoticed') return verdict
  }
  return simulate(folder, { ...GENERIC, firsts: [1] })
}

async function main(): Promise<number> {
  const { faults, jobs, seeds, json, list, keep, help } = readArguments(process.argv.slice(2))
  if (help || list) {
    const lines = FAULTS.map(({ number, name, tier, why }) => `${number} ${name} (${tier})\n   ${why}\n`)
    process.stdout.write(help ? HELP : lines.join(''))
    return 0
  }
  const started = performance.now()
  const rows: Row[] = []
  const folderOf = (name: string | number): string => join(root, 'build', 'planted', String(name))
  const left = [...faults]
  const work = async (): Promise<void> => {
    for (let fault = left.shift(); fault !== undefined; fault = left.shift()) {
      const folder = folderOf(fault.number)
      const row = await judge(fault, folder, seeds)
      rows.push(row)
      if (!json) process.stdout.write(tableOf([row]))
      if (row.verdict.kind === 'caught' && !keep) rmSync(folder, { recursive: true, force: true })
    }
  }
  const workers = Array.from({ length: jobs }, work)
  await Promise.all(workers)
  const nothing = await control(folderOf('nothing'), faults)
  const isQuiet = nothing.kind === 'unnoticed'
  if (isQuiet && !keep) rmSync(folderOf('nothing'), { recursive: true, force: true })
  rows.sort((one, other) => one.fault.number - other.fault.number)
  const caught = rows.filter(({ verdict }) => verdict.kind === 'caught').length
  const seconds = (performance.now() - started) / 1_000
  if (json) console.log(JSON.stringify(summaryOf(rows, nothing, seconds)))
  else {
    if (!isQuiet) console.log(`\nnothing planted, but: ${JSON.stringify(nothing)}`)
    console.log(`${caught} of ${rows.length} planted faults caught`)
  }
  return caught === rows.length && isQuiet ? 0 : 1
}

await runProgram('planted-faults', main)
