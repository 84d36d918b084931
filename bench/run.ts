// `npm run bench`: what this router costs an event beside its rivals.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandOf, type Entry, findContestants } from './contestants.js'
import { compare, type Row, type Runner } from './harness.js'
import { Loads } from './load.js'
import { effortOf, HELP, readTask, START_UP, type Task, UsageError } from './options.js'
import { readResult, writeResults } from './plot/results.js'
import { BenchError, stopAll } from './process.js'
import { ownVersions, type Result, thisMachine } from './result.js'
import { type Plan, plansOf, SETS } from './sets.js'
import { measureStartUp, type StartUp, startUpTable } from './start-up.js'
import { table } from './table.js'

/** The project's folder, from where the compiled bench is. */
const ROOT = new URL('../../../', import.meta.url)
const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

/** Contestants that can run here, and why others can't. */
class Field {
  readonly absent = new Map<string, string>()
  private readonly entries: readonly Entry[]
  private readonly commands = new Map<string, readonly string[]>()

  constructor(entries: readonly Entry[]) {
    this.entries = entries
  }

  get names(): string[] {
    return this.entries.map(({ name }) => name)
  }

  /** What a plan's competitors need to run; without those that can't, which are told once. */
  async runners({ competitors }: Plan): Promise<Runner[]> {
    const runners: Runner[] = []
    for (const competitor of competitors) {
      const { contestant: name, streams } = competitor
      const entry = this.entries.find((one) => one.name === name)
      if (entry === undefined || this.absent.has(name)) continue
      const { most } = entry.contestant
      if (most !== undefined && streams > most.streams) {
        say(`\n(${name} stays out at ${streams} live streams: ${most.why})`)
        continue
      }
      let command = this.commands.get(name)
      if (command === undefined) {
        const built = await commandOf(entry)
        if ('absent' in built) {
          this.leaveOut(name, built.absent)
          continue
        }
        command = built
        this.commands.set(name, command)
      }
      runners.push({ competitor, about: entry.contestant, command })
    }
    return runners
  }

  /** Contestants of a set that have no file. */
  noteMissing(names: readonly string[]): void {
    const missing = names.filter((name) => !this.names.includes(name) && !this.absent.has(name))
    for (const name of new Set(missing)) this.leaveOut(name, `there is no file contestants/${name}.ts`)
  }

  private leaveOut(name: string, why: string): void {
    this.absent.set(name, why)
    say(`\n(${name} is not there: ${why})`)
  }
}

function list(entries: readonly Entry[]): void {
  say('contestants')
  for (const { name, contestant } of entries) say(`  ${name.padEnd(18)}${contestant.description}`)
  say('\nsets of comparisons')
  for (const { name, question } of SETS) say(`  ${name.padEnd(18)}${question}`)
  say(`  ${START_UP.padEnd(18)}How long does it take from the import to the first event?`)
}

function plot({ file, out }: Extract<Task, { kind: 'plot' }>): void {
  const folder = new URL('bench/', ROOT)
  const remarks = readFileSync(new URL('remarks.md', folder), 'utf8')
  for (const written of writeResults(readResult(file), remarks, out ?? fileURLToPath(folder))) say(written)
}

async function bench(task: Extract<Task, { kind: 'bench' }>, entries: readonly Entry[], folder: string) {
  const { quick, events, contestants, sets } = task
  const machine = thisMachine()
  const date = new Date().toISOString()
  const versions = ownVersions(new URL('package.json', ROOT))
  say(
    `${machine.processor}, ${machine.cores} cores, ${machine.platform} ${machine.arch}, Node ${versions.node}`,
  )
  const wanted = (name: string): boolean => sets.length === 0 || sets.includes(name)
  let startUp: StartUp | undefined
  if (wanted(START_UP) && (contestants.length === 0 || sets.includes(START_UP))) {
    startUp = await measureStartUp(quick ? 5 : 15)
    say(`\n${startUpTable(startUp)}`)
  }
  const field = new Field(entries)
  const asked = field.names.filter((name) => contestants.length === 0 || contestants.includes(name))
  const loads = new Loads(folder)
  const rows: Row[] = []
  for (const set of SETS.filter(({ name }) => wanted(name))) {
    if (contestants.length === 0) field.noteMissing(set.blocks.flatMap((block) => block.contestants ?? []))
    for (const plan of plansOf(set, asked, quick)) {
      const runners = await field.runners(plan)
      const effort = effortOf(events, quick, Math.max(...plan.competitors.map(({ streams }) => streams)))
      if (runners.length === 0) continue
      const result = await compare(set.name, runners, effort, (load) => loads.of(load))
      Object.assign(versions, result.versions)
      rows.push(...result.rows)
      const where = set.apart ? ` ${result.rows[0]!.streams.toLocaleString('en')} live streams.` : ''
      say(`\n${set.name}: ${set.question}${where} Answers equal; ns an event, ${effort.rounds} rounds`)
      say(table(result.rows, set.axis, set.apart === true))
    }
  }
  const absent = [...field.absent].map(([contestant, why]) => ({ contestant, why }))
  const result: Result = { date, machine, versions, absent, startUp, rows }
  if (task.json !== undefined) writeFileSync(task.json, `${JSON.stringify(result, undefined, 2)}\n`)
}

async function main(): Promise<void> {
  const entries = await findContestants()
  const task = readTask(
    process.argv.slice(2),
    entries.map(({ name }) => name),
  )
  if (task.kind === 'help') process.stdout.write(HELP)
  else if (task.kind === 'list') list(entries)
  else if (task.kind === 'plot') plot(task)
  else {
    const folder = mkdtempSync(join(tmpdir(), 'shardwire-bench-'))
    // However it ends: an answer that is wrong, an error, a signal.
    process.on('exit', () => {
      stopAll()
      rmSync(folder, { recursive: true, force: true })
    })
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      process.on(signal, () => process.exit(code))
    }
    await bench(task, entries, folder)
  }
}

main().catch((error: unknown) => {
  const expected = error instanceof UsageError || error instanceof BenchError
  process.stderr.write(`bench: ${expected ? error.message : error instanceof Error ? error.stack : error}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
})
