// The loads of the comparisons, as files: a lead-in that is not timed, then what is. Each is made once,
// and all contestants read the same files, so that they get the same bytes.

import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { generateLoad } from '../src/load.js'
import { readEvents } from './events.js'
import { assertIds, type IdKind, renameStreams } from './ids.js'
import { Expectation, type Tally } from './tally.js'

/** The same plan gives the same bytes, on any machine. */
export interface LoadPlan {
  /**
   * Events before the clock starts. All streams have to start in them, and nearly all connect; and enough come and go
   * that each page of every table was written once. Otherwise the first touch of fresh memory would be timed: that is
   * the operating system's price, paid once a process, and in a sandbox it can exceed the router's.
   */
  readonly leadIn: number
  /** Events that are timed. */
  readonly events: number
  readonly streams: number
  readonly ids: IdKind
}

/** A timed part, and what everybody has to answer after it. */
export interface TimedPart {
  readonly file: string
  readonly events: number
  readonly expected: Tally
}

export interface Load {
  readonly leadIn: string
  readonly whole: TimedPart
  /** The first quarter of the timed part, for those who are slow. */
  readonly quarter: TimedPart
  /** Share of traffic among the events that are timed. */
  readonly trafficShare: number
}

const SEED = 1
const QUARTER = 4
/** After so many chunks, signals are heard: a large load takes many seconds. */
const BREATH_CHUNKS = 64

/** Files that frames are appended to. */
class Parts {
  private readonly open = new Map<string, number>()

  append(file: string, bytes: Uint8Array): void {
    let descriptor = this.open.get(file)
    if (descriptor === undefined) {
      descriptor = openSync(file, 'w')
      this.open.set(file, descriptor)
    }
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
  }

  close(): void {
    for (const descriptor of this.open.values()) closeSync(descriptor)
  }
}

/** Writes a load's files into a folder, and finds the expected answers with the plain reader. */
async function makeLoad(plan: LoadPlan, folder: string, name: string): Promise<Load> {
  const { events, streams, ids } = plan
  const fileOf = (part: string): string => join(folder, `${name}-${part}.sbe`)
  const files = { leadIn: fileOf('lead-in'), whole: fileOf('timed'), quarter: fileOf('quarter') }
  const quarterEvents = Math.ceil(events / QUARTER)
  const ends = { leadIn: plan.leadIn, quarter: plan.leadIn + quarterEvents, whole: plan.leadIn + events }
  const expectation = new Expectation()
  const parts = new Parts()
  // Each is there, even if it is to be empty.
  for (const file of Object.values(files)) parts.append(file, new Uint8Array(0))
  let quarter: Tally | undefined
  const seenIds = new Set<string>()
  let seen = 0
  let traffic = 0
  let chunks = 0
  const generated = generateLoad({ events: ends.whole, streams, seed: SEED })
  for (const chunk of renameStreams(generated, ids)) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
    // Where in the chunk each part ends.
    let leadInEnd = 0
    let quarterEnd = 0
    let at = 0
    for (const event of readEvents([chunk])) {
      at += view.getUint32(at)
      expectation.add(event)
      if (ids !== 'mtg' && event.streamId !== '') seenIds.add(event.streamId)
      seen++
      if (seen <= ends.leadIn) leadInEnd = at
      else if (event.event === 'EventTraffic') traffic++
      if (seen <= ends.quarter) quarterEnd = at
      if (seen === ends.quarter) quarter = expectation.tally
    }
    parts.append(files.leadIn, chunk.subarray(0, leadInEnd))
    parts.append(files.quarter, chunk.subarray(leadInEnd, quarterEnd))
    parts.append(files.whole, chunk.subarray(leadInEnd))
    if (++chunks % BREATH_CHUNKS === 0) await setImmediate()
  }
  parts.close()
  if (ids !== 'mtg') assertIds([...seenIds], ids)
  const expected = expectation.tally
  return {
    leadIn: files.leadIn,
    whole: { file: files.whole, events, expected },
    quarter: { file: files.quarter, events: quarterEvents, expected: quarter ?? expected },
    trafficShare: traffic / events,
  }
}

/** The loads made so far, in a folder that is somebody else's to remove. */
export class Loads {
  private readonly folder: string
  private readonly made = new Map<string, Promise<Load>>()

  constructor(folder: string) {
    this.folder = folder
  }

  of(plan: LoadPlan): Promise<Load> {
    const { streams, ids, events, leadIn } = plan
    const name = `${streams}-${ids}-${events}-${leadIn}`
    let load = this.made.get(name)
    if (load === undefined) {
      load = makeLoad(plan, this.folder, name)
      this.made.set(name, load)
    }
    return load
  }
}
