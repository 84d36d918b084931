// Forced conditions: for each condition of the core and each way, a core in which it
// always goes that way. Some check of the battery has to notice.

import * as layout from '../../src/layout.js'
import type { Site } from '../instrument.mjs'
import { insteadOfCore, withTrust } from '../trust.js'
import { battery, type Check } from './battery.js'
import { begun, shippedCore } from './files.js'
import { Hits, waysOf } from './hits.js'

/** Hits that one call may take: for a table's doubling, and for each byte, whatever is looked for. */
const HITS_A_CALL = 300_000
const HITS_A_BYTE = 300

export interface Mutant {
  readonly site: Site
  readonly way: number
  /** Who noticed; undefined: nobody. */
  readonly oracle: string | undefined
}

/** What stopped the core; an oracle of its own. */
let stopped: string | undefined
let forced: Site | undefined
let forcedWay = 0
let hitsLeft = 0
let callsLeft = Number.POSITIVE_INFINITY
let calls = 0
let hits: Hits

function stop(oracle: string): never {
  stopped ??= oracle
  throw new Error(oracle)
}

function hit(id: number, value: number): number {
  if (--hitsLeft < 0) stop('runaway')
  hits.hit(id, value)
  return id === forced?.id ? forcedWay : value
}

function enter(name: string, from: number, to: number): void {
  hitsLeft = HITS_A_CALL + HITS_A_BYTE * (name === 'ingest' ? to - from : to)
  calls++
  // Who tries until something is so that never will be.
  if (--callsLeft < 0) stop('runaway')
}

/** Looks at the rings before anything is read from them: who reads a broken one may never end. */
function leave(memory: ArrayBuffer): void {
  const words = new Uint32Array(memory)
  const word = (address: number): number => words[address >>> 2]!
  const shards = word(layout.CONTROL_SHARDS)
  for (let shard = 0; shard < shards; shard++) {
    const header = word(layout.CONTROL_SHARDS_ADDRESS) + shard * layout.SHARD_BYTES
    const ringBytes = word(header + layout.SHARD_RING_BYTES)
    const tail = word(header + layout.SHARD_TAIL)
    let position = word(header + layout.SHARD_SETTLED)
    let left = (tail - position) >>> 0
    let isBroken = left > ringBytes
    while (left > 0 && !isBroken) {
      const index = position & (ringBytes - 1)
      const length = word(word(header + layout.SHARD_RING_ADDRESS) + index) & layout.RECORD_LENGTH_MASK
      isBroken = length < 8 || length % 8 !== 0 || length > left || index + length > ringBytes
      left -= length
      position = (position + length) >>> 0
    }
    if (!isBroken) continue
    for (const settled of [layout.SHARD_TAKEN, layout.SHARD_SETTLED]) words[(header + settled) >>> 2] = tail
    stop('broken ring')
  }
}

/** Turns of the event loop that a check takes, each of which may be its last. */
async function turnsOf({ run }: Check, most: number): Promise<number> {
  let isOver = false
  let turns = 0
  const running = (async () => {
    try {
      await run()
    } finally {
      isOver = true
    }
  })()
  // Looked at below; until then it is nobody's.
  running.catch(() => {})
  while (!isOver) {
    if (++turns > most) stop('stalled')
    await new Promise((resolve) => setImmediate(resolve))
  }
  await running
  return turns
}

interface Baseline {
  readonly check: Check
  readonly hits: Hits
  readonly turns: number
  readonly calls: number
}

async function baselineOf(check: Check, sites: readonly Site[]): Promise<Baseline> {
  hits = new Hits(sites)
  calls = 0
  const turns = await turnsOf(check, Number.POSITIVE_INFINITY)
  return { check, hits, turns, calls }
}

function isTrap(failure: unknown): boolean {
  return failure instanceof Error && 'code' in failure && failure.code === 'core-poisoned'
}

/** Runs checks until one notices; those in which the condition goes no other way anyway can't. */
async function noticedBy(
  site: Site,
  way: number,
  baselines: readonly Baseline[],
): Promise<string | undefined> {
  for (const { check, hits: own, turns, calls: needed } of baselines) {
    if (waysOf(site).every((other) => other === way || own.count(site, other) === 0)) continue
    forced = site
    forcedWay = way
    stopped = undefined
    callsLeft = 4 * needed + 100
    let failure: unknown
    try {
      await turnsOf(check, 4 * turns + 100)
    } catch (error) {
      failure = error
    }
    forced = undefined
    callsLeft = Number.POSITIVE_INFINITY
    if (stopped !== undefined) return stopped
    if (failure !== undefined) return isTrap(failure) ? 'trap' : check.oracle
  }
  return undefined
}

/** Ways in which a condition can be wrong; an assert that always holds isn't. */
const wrongWays = (site: Site): number[] => (site.kind === 'assert' ? [0] : waysOf(site))

/** Every mutant of the core's conditions. */
export async function mutants(): Promise<Mutant[]> {
  const { bytes, sites } = begun()
  const undo = [insteadOfCore(shippedCore(), bytes), withTrust({ hit, enter, leave })]
  const onRejection = (): void => {
    stopped ??= 'unhandled rejection'
  }
  process.on('unhandledRejection', onRejection)
  try {
    const baselines: Baseline[] = []
    for (const check of battery) baselines.push(await baselineOf(check, sites))
    const found: Mutant[] = []
    for (const site of sites) {
      for (const way of wrongWays(site)) {
        found.push({ site, way, oracle: await noticedBy(site, way, baselines) })
      }
    }
    return found
  } finally {
    process.off('unhandledRejection', onRejection)
    for (const each of undo) each()
  }
}
