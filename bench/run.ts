// `npm run bench`: what this router costs an event beside its rivals, at three sizes.

import { readFileSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { BenchError, type Competitor, compare, type Row } from './harness.js'
import { measureStartUp, startUpTable } from './start-up.js'

const CONTESTANTS = ['shardwire', 'twin', 'json-map']
const LIVE_STREAMS = [200, 10_000, 100_000]
const SEED = 1
/** What `--only` takes beside the contestants. */
const START_UP = 'start-up'
const FLOODING = 'flooding'
/** The router alone, on IDs of three kinds; the ratios are to the first. */
const FLOODS: readonly Competitor[] = [
  { name: 'random, one shard', contestant: 'shardwire', ids: 'one-shard' },
  { name: 'colliding', contestant: 'shardwire', ids: 'colliding' },
  { name: 'random, spread', contestant: 'shardwire', ids: 'spread' },
]
const FLOOD_STREAMS = 10_000

const HELP = `Times shardwire beside its rivals, on the same bytes, in one run.

usage: npm run bench -- [options]

  --quick        fewer events and rounds: a first impression in a fraction of the time
  --only NAME    only this contestant (${CONTESTANTS.join(', ')}), ${START_UP}
                 or ${FLOODING}; may be given again
  --events N     events a run instead of 1048576 (262144 with --quick)
  --json FILE    write the result as JSON, too
  --help         this text

Exit code: 0 done; 1 a contestant counted wrong or failed; 2 bad usage.
`

class UsageError extends Error {}

interface Options {
  readonly contestants: readonly string[]
  /** Fresh processes to start; 0: start-up isn't measured. */
  readonly starts: number
  /** Whether IDs that collide are measured. */
  readonly flooding: boolean
  readonly events: number
  readonly warmUps: number
  readonly rounds: number
  readonly json: string | undefined
  readonly help: boolean
}

function readOptions(args: readonly string[]): Options {
  const { values } = parsed(args)
  const only = values.only ?? []
  const names = [...CONTESTANTS, START_UP, FLOODING]
  const unknown = only.find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new UsageError(`--only ${unknown}: no such contestant; there are ${names.join(', ')}`)
  }
  const isAsked = (name: string): boolean => only.length === 0 || only.includes(name)
  const events = values.events === undefined ? (values.quick ? 262_144 : 1_048_576) : Number(values.events)
  if (!Number.isSafeInteger(events) || events < 1 || events > 2 ** 24) {
    throw new UsageError(`--events ${values.events}: give an integer from 1 to ${2 ** 24}`)
  }
  return {
    contestants: CONTESTANTS.filter(isAsked),
    starts: isAsked(START_UP) ? (values.quick ? 5 : 15) : 0,
    flooding: isAsked(FLOODING),
    events,
    warmUps: values.quick ? 3 : 4,
    rounds: values.quick ? 5 : 9,
    json: values.json,
    help: values.help ?? false,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string', multiple: true },
        events: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function machine() {
  const processors = cpus()
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    platform: platform(),
    arch: arch(),
  }
}

/** The package's own version is in package.json, two folders above the compiled bench. */
function versions() {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  )
  return { shardwire: manifest.version, node: process.versions.node, v8: process.versions.v8 }
}

function table(rows: readonly Row[]): string {
  const base = rows[0]!
  const lines = rows.map((row) => [
    row.contestant,
    row.medianNs.toFixed(1),
    row.minNs.toFixed(1),
    row.maxNs.toFixed(1),
    row === base ? '1' : (row.medianNs / base.medianNs).toFixed(2),
  ])
  const head = ['', 'median', 'min', 'max', `x ${base.contestant}`]
  const nameWidth = Math.max(12, ...rows.map(({ contestant }) => contestant.length + 2))
  return [head, ...lines]
    .map((cells) =>
      cells
        .map((cell, i) => (i === 0 ? cell.padEnd(nameWidth) : cell.padStart(i === 4 ? nameWidth + 2 : 12)))
        .join(''),
    )
    .join('\n')
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(HELP)
    return
  }
  const { contestants, starts, flooding, events, warmUps, rounds } = options
  const host = machine()
  const rows: Row[] = []
  process.stdout.write(
    `${host.processor}, ${host.cores} cores, ${host.platform} ${host.arch}, Node ${process.versions.node}\n`,
  )
  const startUp = starts > 0 ? await measureStartUp(starts) : undefined
  if (startUp !== undefined) process.stdout.write(`\n${startUpTable(startUp)}\n`)
  if (contestants.length > 0 || flooding) {
    process.stdout.write(
      `\n${events} events timed a run, ${rounds} interleaved rounds after ${warmUps} to warm up; ns an event\n`,
    )
  }
  const competitors = contestants.map((name): Competitor => ({ name, contestant: name }))
  for (const streams of contestants.length > 0 ? LIVE_STREAMS : []) {
    const result = await compare({ competitors, events, streams, seed: SEED, warmUps, rounds })
    rows.push(...result.rows)
    const traffic = (100 * result.trafficShare).toFixed(0)
    process.stdout.write(`\n${streams} live streams (${traffic} % traffic), all answers equal\n`)
    process.stdout.write(`${table(result.rows)}\n`)
  }
  if (flooding) {
    const streams = FLOOD_STREAMS
    const result = await compare({ competitors: FLOODS, events, streams, seed: SEED, warmUps, rounds })
    rows.push(...result.rows)
    process.stdout.write(`\n${streams} live streams by their IDs, all answers equal\n${table(result.rows)}\n`)
  }
  if (options.json !== undefined) {
    const result = { machine: host, versions: versions(), startUp, rows }
    writeFileSync(options.json, `${JSON.stringify(result, undefined, 2)}\n`)
  }
}

main().catch((error: unknown) => {
  const expected = error instanceof UsageError || error instanceof BenchError
  process.stderr.write(`bench: ${expected ? error.message : error instanceof Error ? error.stack : error}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
})
