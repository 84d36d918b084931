// npm run soak: one router for an hour, in real time and on the real platform: streams
// that never end and give way, sources that come and go, malformed frames, promises,
// aborted waits. What it keeps must not grow.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRouter } from '../../src/index.node.js'
import { type Event, mtg } from '../../src/mtg/index.js'
import { optionsOf, runProgram, UsageError } from '../command-line.mjs'
import { Dice } from './dice.js'
import {
  DAMAGES,
  ENDS,
  FrameBuffer,
  GOES_ON,
  KEYLESS,
  LOSSES,
  METHODS,
  OPENS,
  TEMPLATE_IDS,
} from './frames.js'

const HELP = `Runs one router for a long time and measures what memory it keeps.

usage: npm run soak -- [options]

  --minutes M    how long (60)
  --rate R       events a second (150000)
  --seed S       the seed of what is written (1)
  --limit L      MiB an hour that memory may grow by (1)
  --json         the result as one JSON object
  --verbose      a line a sample, on standard error
  --help         this text

Exit code: 0 the ledger is right and memory didn't grow; 1 not so; 2 bad usage.
`

const MIB = 2 ** 20
const EVENTS_A_CHUNK = 500
const SOURCES = 8
/** More than the table of a router with default options holds. */
const LIVE_STREAMS = 80_000
const SAMPLES = 180
/** Of the samples, those before memory has taken its shape. */
const WARM_UP_SHARE = 0.2

/**
 * Flags and environment of the process that is measured. As Node comes, its resident memory goes up and down by 20 MiB
 * with what else the machine does: new space grows when the collector's threads fall behind, and the C library gives
 * each of those threads memory of its own. So the collector has no threads, its new space no room to grow in, and the
 * library one arena. What the router takes is the same, and would show the better.
 */
const FLAGS = ['--expose-gc', '--single-threaded-gc', '--max-semi-space-size=1']
const ENVIRONMENT = { MALLOC_ARENA_MAX: '1' }

/** Runs the program again as `FLAGS` say. @returns its exit code */
async function runMeasured(): Promise<number> {
  const child = spawn(process.execPath, [...FLAGS, ...process.argv.slice(1)], {
    env: { ...process.env, ...ENVIRONMENT },
    stdio: 'inherit',
  })
  // Whoever ends this process means the one that works.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const [code] = await once(child, 'exit')
  return code ?? 1
}

/** MiB, but for the hours. */
interface Sample {
  readonly hours: number
  /** JavaScript's own after a collection, buffers included. */
  readonly kept: number
  /** The whole process, but for pages that its heap has taken and nothing is in: those come and go. */
  readonly resident: number
}

class Soak {
  readonly heard = { events: 0, bytes: 0, async: 0, released: 0 }
  readonly samples: Sample[] = []
  written = 0
  malformed = 0
  readonly #dice: Dice
  readonly #buffer = new FrameBuffer()
  readonly #encoder = new TextEncoder()
  #number = 0
  #streams = 0
  readonly router = createRouter(mtg, {
    observers: [() => this.#observer()],
    onFrameError: () => {},
    onObserverError: () => {},
  })
  readonly #sources = Array.from({ length: SOURCES }, () => this.router.source())

  constructor(seed: bigint) {
    this.#dice = new Dice(seed)
  }

  /** Counts, keeps state by slot, and now and then takes its time. */
  #observer() {
    const bytes: number[] = []
    const { heard } = this
    const event = (one: Event): unknown => {
      heard.events++
      if (one.event === 'EventTraffic') bytes[one.slot] = (bytes[one.slot] ?? 0) + one.traffic
      if (heard.events % 5_003 !== 0) return undefined
      heard.async++
      return new Promise((resolve) => setImmediate(resolve))
    }
    return {
      ...Object.fromEntries(TEMPLATE_IDS.map((template) => [METHODS[template]!, event])),
      streamReleased: (slot: number) => {
        heard.released++
        bytes[slot] = 0
      },
    }
  }

  #make(mayLose: boolean): boolean {
    const dice = this.#dice
    if (dice.chance(0.001)) {
      const isLoss = mayLose && dice.chance(0.01)
      const damage = dice.pick<(typeof DAMAGES)[number] | (typeof LOSSES)[number]>(isLoss ? LOSSES : DAMAGES)
      this.#buffer.malformed(damage, dice.below(65_536), 65_536)
      this.malformed++
      return isLoss
    }
    const number = this.#number++
    this.written++
    const isKeyless = dice.chance(0.02)
    // Each has some fifty events, few of them an end: the others give way one day.
    const stream = Math.max(0, this.#streams - dice.below(LIVE_STREAMS))
    if (!isKeyless && dice.chance(0.02)) this.#streams++
    const odds = dice.below(100)
    const ordinary = odds < 2 ? OPENS : odds < 3 ? ENDS : dice.pick(GOES_ON)
    const id = isKeyless
      ? ''
      : `session-${stream.toString(36)}${stream % 7 === 0 ? '-with-a-much-longer-name' : ''}`
    this.#buffer.event(isKeyless ? dice.pick(KEYLESS) : ordinary, number, this.#encoder.encode(id))
    return false
  }

  /** Writes a chunk of events to one of the sources. */
  async write(): Promise<void> {
    const dice = this.#dice
    const which = dice.below(SOURCES)
    const source = this.#sources[which]!
    this.#buffer.filled = 0
    let isLost = false
    for (let left = EVENTS_A_CHUNK; left > 0 && !isLost; left--) isLost = this.#make(true)
    try {
      if (!source.write(this.#buffer.bytes.subarray(0, this.#buffer.filled))) {
        const controller = new AbortController()
        source.ready({ signal: controller.signal }).catch(() => {})
        controller.abort()
        await source.ready()
      }
      if (dice.chance(0.01)) await source.settled()
      if (!dice.chance(0.001)) return
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'framing-lost') throw error
    }
    await source.end()
    this.#sources[which] = this.router.source()
  }

  sample(hours: number): Sample {
    // Twice: what the first one finds to finalize, the second one frees.
    for (let left = 2; left > 0; left--) globalThis.gc!()
    const { heapUsed, heapTotal, external, rss } = process.memoryUsage()
    const sample = {
      hours,
      kept: (heapUsed + external) / MIB,
      resident: (rss - heapTotal + heapUsed) / MIB,
    }
    this.samples.push(sample)
    return sample
  }
}

/** MiB an hour, by least squares. */
function slope(samples: readonly Sample[], of: 'kept' | 'resident'): number {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(samples.map(({ hours }) => hours)), mean(samples.map((sample) => sample[of]))]
  const covariance = mean(samples.map((sample) => (sample.hours - x) * (sample[of] - y)))
  return covariance / mean(samples.map(({ hours }) => (hours - x) ** 2))
}

async function main(): Promise<number> {
  const values = optionsOf({
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '150000' },
    seed: { type: 'string', default: '1' },
    limit: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const [minutes, rate, limit] = [Number(values.minutes), Number(values.rate), Number(values.limit)]
  if (!(minutes > 0 && minutes <= 10_080 && rate > 0 && limit > 0 && /^\d{1,19}$/.test(values.seed)))
    throw new UsageError('--minutes, --rate and --limit are numbers above 0, --seed an integer')
  if (globalThis.gc === undefined) return runMeasured()
  const soak = new Soak(BigInt(values.seed))
  const start = performance.now()
  const duration = minutes * 60_000
  let nextSample = 0
  for (;;) {
    const elapsed = performance.now() - start
    if (elapsed >= nextSample) {
      const sample = soak.sample(elapsed / 3_600_000)
      if (values.verbose) console.error(JSON.stringify(sample))
      nextSample += duration / SAMPLES
    }
    if (elapsed >= duration) break
    // Behind the rate: write; ahead of it: rest.
    if (soak.written < (elapsed / 1_000) * rate) await soak.write()
    else await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const { accepted, rejected, delivered, ignored, dropped, evicted, inFlight } = await soak.router.shutdown()
  const steady = soak.samples.slice(Math.ceil(SAMPLES * WARM_UP_SHARE))
  const [kept, resident] = [slope(steady, 'kept'), slope(steady, 'resident')]
  const isRight = accepted === soak.written && rejected === soak.malformed && delivered === soak.heard.events
  const result = {
    minutes,
    events: accepted,
    rejected,
    delivered,
    ignored,
    dropped,
    evicted,
    inFlight,
    isRight,
    keptMib: steady.at(-1)!.kept,
    residentMib: steady.at(-1)!.resident,
    keptSlope: kept,
    residentSlope: resident,
  }
  if (values.json) console.log(JSON.stringify(result))
  else {
    console.log(
      `${minutes} minutes, ${accepted} events, ${rejected} rejected, ${evicted} evicted, ledger ${isRight ? 'right' : 'WRONG'}`,
    )
    console.log(
      `kept ${result.keptMib.toFixed(1)} MiB, ${kept.toFixed(2)} MiB an hour; resident ${result.residentMib.toFixed(1)} MiB, ${resident.toFixed(2)} MiB an hour`,
    )
  }
  return isRight && kept < limit && resident < limit ? 0 : 1
}

await runProgram('soak', main)
