// How long a process takes from the import to its first event, and which share of
// that is the core's. Each sample is a fresh process: a start happens but once.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { encodeFrame } from 'shardwire'
import { mtg } from 'shardwire/mtg'

/** Milliseconds, the medians of all samples; `total` is all but the import. */
export interface StartUp {
  readonly samples: number
  /** Loading the package's modules, which is Node's work. */
  readonly importMs: number
  /** The core: its text to bytes, and those compiled. */
  readonly coreMs: number
  readonly createMs: number
  /** From the first write to the call of the observer. */
  readonly firstEventMs: number
  readonly totalMs: number
  readonly totalMinMs: number
  readonly totalMaxMs: number
}

const run = promisify(execFile)
const CHILD = fileURLToPath(new URL('start-up-child.js', import.meta.url))

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

export async function measureStartUp(samples: number): Promise<StartUp> {
  const buffer = new Uint8Array(256)
  const event = { event: 'EventTraffic', streamId: 'a', timestamp: 0, traffic: 1, isRead: true } as const
  const frame = Buffer.from(buffer.subarray(0, encodeFrame(mtg, event, buffer))).toString('base64')
  const parts: number[][] = []
  for (let sample = 0; sample < samples; sample++) {
    const { stdout } = await run(process.execPath, [CHILD, frame])
    const times: number[] = JSON.parse(stdout)
    if (!times.every(Number.isFinite)) throw new Error('the event did not arrive')
    parts.push(times)
  }
  const totals = parts.map(([, core, create, first]) => core! + create! + first!)
  const part = (index: number): number => middle(parts.map((times) => times[index]!))
  return {
    samples,
    importMs: part(0),
    coreMs: part(1),
    createMs: part(2),
    firstEventMs: part(3),
    totalMs: middle(totals),
    totalMinMs: Math.min(...totals),
    totalMaxMs: Math.max(...totals),
  }
}

/** The same in words and columns. */
export function startUpTable(startUp: StartUp): string {
  const { samples, importMs, coreMs, createMs, firstEventMs, totalMs, totalMinMs, totalMaxMs } = startUp
  const line = (what: string, ms: number): string => `${what.padEnd(36)}${ms.toFixed(2).padStart(8)} ms`
  return [
    `start-up, medians of ${samples} fresh processes`,
    line('import of shardwire and its mtg', importMs),
    line('core: text to compiled module', coreMs),
    line('createRouter, default sizes', createMs),
    line('first write to first event', firstEventMs),
    `${line('import done to first event', totalMs)} (${totalMinMs.toFixed(2)} to ${totalMaxMs.toFixed(2)}; the core's share ${((100 * coreMs) / totalMs).toFixed(0)} %)`,
  ].join('\n')
}
