// shardwire inspect: prints what was recorded, and nothing that a terminal obeys.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { referenceXxHash32 } from '../reference-xxhash32.js'
import {
  edgeEvents,
  edgeFrames,
  edgeShards,
  type RecordedEvent,
  sessionEvents,
  sessionFrames,
  sessionShards,
} from '../vectors.js'
import { EDGE, events, folder, run, SCHEMA, VECTORS } from './run.js'

const HALF_MICROSECOND_MS = 0.0005
const SESSION = join(VECTORS, 'mtg-session.sbe.br')

/** Compares event by event, the order of fields included. */
function expectRecorded(
  printed: Record<string, unknown>[],
  recorded: RecordedEvent[],
  shards?: number[],
): void {
  expect(printed.length).toBe(recorded.length)
  printed.forEach((event, index) => {
    const { timestampNs: _, ...wanted } = recorded[index]!
    expect(Math.abs(Number(event.timestamp) - wanted.timestamp)).toBeLessThan(HALF_MICROSECOND_MS)
    const shard = shards !== undefined && wanted.streamId !== '' ? { shard: shards[index] } : {}
    const expected = { ...wanted, timestamp: event.timestamp, ...shard }
    if (JSON.stringify(event) !== JSON.stringify(expected)) expect(event).toEqual(expected)
  })
}

describe('inspect', () => {
  test('prints the odd recording as mtg had it', async () => {
    const { code, stdout, stderr } = await run(['inspect', '--shards', '2', EDGE])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expectRecorded(events(stdout), edgeEvents(), edgeShards())
  })

  test('prints the session as mtg had it, and the shards that mtg chose', async () => {
    const { code, stdout, stderr } = await run(['inspect', SESSION, '--shards=2'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expectRecorded(events(stdout), sessionEvents(), sessionShards())
  })

  test('prints the shard last, of any number of shards, and never a slot', async () => {
    for (const shards of [1, 7, 1_000, 4_294_967_295]) {
      const { stdout } = await run(['inspect', '--shards', String(shards), EDGE])
      for (const event of events(stdout)) {
        expect(event).not.toHaveProperty('slot')
        const { streamId } = event
        if (streamId === '') expect(event).not.toHaveProperty('shard')
        else {
          expect(event.shard).toBe(referenceXxHash32(Buffer.from(String(streamId))) % shards)
          expect(Object.keys(event).at(-1)).toBe('shard')
        }
      }
    }
  })

  test('reads standard input, several files, and packed ones', async () => {
    const frames = sessionFrames()
    const there = folder()
    writeFileSync(join(there, 'a.sbe.gz'), gzipSync(edgeFrames()))
    writeFileSync(join(there, 'b.sbe.br'), brotliCompressSync(edgeFrames()))
    const { code, stdout } = await run(['inspect', 'a.sbe.gz', '-', 'b.sbe.br'], {
      input: frames,
      cwd: there,
    })
    expect(code).toBe(0)
    expectRecorded(events(stdout), [...edgeEvents(), ...sessionEvents(), ...edgeEvents()])
  })

  test('reads an empty recording', async () => {
    expect(await run(['inspect', '-'])).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
  })

  test('prints the same by the schema that it is given', async () => {
    const built = await run(['inspect', '--shards', '3', EDGE])
    const given = await run(['inspect', '--shards', '3', '--schema', SCHEMA, EDGE])
    expect(given).toEqual(built)
  })

  test('escapes whatever a terminal would obey', async () => {
    const letters = ['\u0000', '\u001b', '\u007f', '\u0080', '\u009b', '\u2028', '\u2029', '\u061c', '\u200e']
    letters.push('\u200f', '\u202a', '\u202e', '\u2066', '\u2069', '\ufeff', '"', '\\')
    const streamId = `<${letters.join('')}ж😀>`
    const id = Buffer.from(streamId)
    const frame = Buffer.alloc(23 + id.length)
    frame.writeUInt32BE(frame.length)
    frame.writeUInt16BE(0xeb50, 4)
    for (const [index, word] of [8, 4, 1, 0].entries()) frame.writeUInt16LE(word, 6 + 2 * index)
    frame.writeUInt8(id.length, 22)
    frame.set(id, 23)
    const { stdout } = await run(['inspect', '-'], { input: frame })
    expect(stdout).toBe(
      '{"event":"EventFinish","streamId":"<\\u0000\\u001b\\u007f\\u0080\\u009b\\u2028\\u2029\\u061c\\u200e' +
        '\\u200f\\u202a\\u202e\\u2066\\u2069\\ufeff\\"\\\\ж😀>","timestamp":0}\n',
    )
    expect(events(stdout)[0]!.streamId).toBe(streamId)
  })
})
