// shardwire replay: the report says what is in the recording.

import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Report } from '../../src/cli/replay-report.js'
import { referenceXxHash32 } from '../reference-xxhash32.js'
import { type RecordedEvent, sessionEvents } from '../vectors.js'
import { EDGE, run, SCHEMA, VECTORS } from './run.js'

const SESSION = join(VECTORS, 'mtg-session.sbe.br')
const SHARDS = 4

/** The longest from a start to its finish, by the recording's exact times. */
function longestSession(events: RecordedEvent[]): { streamId: string; milliseconds: number } {
  const starts = new Map<string, bigint>()
  let longest = { streamId: '', milliseconds: -1 }
  for (const { event, streamId, timestampNs } of events) {
    if (event === 'EventStart') starts.set(streamId, BigInt(timestampNs))
    const start = starts.get(streamId)
    if (event !== 'EventFinish' || start === undefined) continue
    const milliseconds = Number(BigInt(timestampNs) - start) / 1e6
    if (milliseconds > longest.milliseconds) longest = { streamId, milliseconds }
  }
  return longest
}

async function report(args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await run(['replay', '--json', ...args])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.endsWith('}\n')).toBe(true)
  return JSON.parse(stdout) as Report
}

describe('replay', () => {
  const events = sessionEvents()

  test('reports kinds, shards, bytes, the longest session and the ledger of the session', async () => {
    const { events: counted, traffic, longestSession: longest, ledger, ...rest } = await report([SESSION])
    const wanted = new Map<string, number[]>()
    let [toClientBytes, fromClientBytes] = [0, 0]
    for (const { event, streamId, traffic: bytes, isRead } of events) {
      const shards = wanted.get(event) ?? [0, 0, 0, 0]
      wanted.set(event, shards)
      if (streamId !== '') shards[referenceXxHash32(Buffer.from(streamId)) % SHARDS]!++
      if (event !== 'EventTraffic') continue
      if (isRead) toClientBytes += Number(bytes)
      else fromClientBytes += Number(bytes)
    }
    for (const [event, shards] of Object.entries(counted.byKindAndShard)) {
      const all = events.filter((recorded) => recorded.event === event)
      expect(counted.byKind[event]).toBe(all.length)
      // Events without a stream ID go to any shard.
      if (all[0]!.streamId !== '') expect(shards).toEqual(wanted.get(event))
      expect(shards.reduce((sum, count) => sum + count)).toBe(all.length)
    }
    expect(counted.total).toBe(events.length)
    expect(counted.byShard.reduce((sum, count) => sum + count)).toBe(events.length)
    expect(traffic).toEqual({ fromClientBytes, toClientBytes })
    const { streamId, milliseconds } = longestSession(events)
    expect(longest).toMatchObject({ streamId, shard: referenceXxHash32(Buffer.from(streamId)) % SHARDS })
    expect(Math.abs(longest!.milliseconds - milliseconds)).toBeLessThan(0.001)
    expect(ledger).toMatchObject({ received: 17_241, accepted: 17_241, delivered: 17_241, streams: 10 })
    expect(ledger.inFlight).toBe(0)
    expect(rest).toMatchObject({ schema: 'mtg', shards: SHARDS, bytes: 931_824, interrupted: false })
    expect(rest.eventsPerSecond).toBeGreaterThan(0)
  })

  test('prints the same as aligned tables', async () => {
    const { code, stdout, stderr } = await run(['replay', SESSION])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^events +all {2}shard 0 {2}shard 1 {2}shard 2 {2}shard 3$/m)
    expect(stdout).toMatch(/^EventTraffic +15,018( +[\d,]+){4}$/m)
    expect(stdout).toMatch(/^all +17,241( +[\d,]+){4}$/m)
    expect(stdout).toMatch(/^to clients +21,134,175 {2}bytes \(21\.1 MB\)$/m)
    expect(stdout).toMatch(/^from clients +2,166,613 {2}bytes \(2\.2 MB\)$/m)
    expect(stdout).toMatch(/^longest session\n[\d.]+ s, [\w-]{22}, shard [0-3]$/m)
    expect(stdout).toMatch(/^received +17,241 /m)
    expect(stdout).toMatch(/^rate\n[\d,]+ events\/s, [\d.]+ [kMG]?B\/s, in /m)
    const [heading, ...rows] = stdout.split('\n').slice(2, 13)
    for (const row of rows) expect(row.length).toBe(heading!.length)
  })

  test('takes any number of shards that a router takes', async () => {
    for (const shards of [1, 9, 256]) {
      const { events: counted, ledger } = await report([SESSION, '--shards', String(shards)])
      expect(counted.byShard).toHaveLength(shards)
      expect(counted.total).toBe(17_241)
      expect(ledger.shards).toHaveLength(shards)
    }
    expect((await run(['replay', SESSION, '--shards', '9'])).stdout).toMatch(/shard 7 {2}others$/m)
  })

  test('counts orphans, restarts and evictions in the ledger', async () => {
    const edge = await report([EDGE])
    expect(edge.ledger).toMatchObject({
      received: 255,
      delivered: 252,
      droppedBy: { orphan: 3 },
      restarted: 2,
    })
    const crowded = await report([SESSION, '--shards', '1', '--streams', '1'])
    expect(crowded.ledger.received).toBe(17_241)
  })

  test('reports an empty recording', async () => {
    expect(await report(['-'])).toMatchObject({ bytes: 0, events: { total: 0 }, longestSession: null })
    expect((await run(['replay', '-'])).stdout).toContain('none has finished')
  })

  test('counts events of any schema', async () => {
    const {
      events: counted,
      traffic,
      longestSession: longest,
      ledger,
    } = await report([SESSION, '--schema', SCHEMA])
    expect(counted.byKind).toEqual((await report([SESSION])).events.byKind)
    expect({ traffic, longest }).toEqual({ traffic: null, longest: null })
    expect(ledger.delivered).toBe(17_241)
    // mtg's traffic and sessions are no matter of other schemas.
    for (const [shards, words] of [
      ['1', '1 shard'],
      ['200', '200 shards'],
    ] as const) {
      const { stdout } = await run(['replay', EDGE, '--schema', SCHEMA, '--shards', shards])
      expect(stdout).toContain(`schema mtg, ${words}\n`)
      expect(stdout).toMatch(/^EventStart +\d+/m)
      expect(stdout).not.toMatch(/^(traffic|longest session)$/m)
    }
  })
})
