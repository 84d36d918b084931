// With many streams the core fetches buckets some frames ahead and notes where each
// search begins. What it noted must never be believed once it isn't so any more.

import { describe, expect, it } from 'vitest'
import { LOOK_AHEAD_STREAMS } from '../../src/layout.js'
import { concat, frame } from '../reference-frames.js'
import { type Call, eventsOf, finish, recorder, rig } from '../support.js'

const STREAMS = LOOK_AHEAD_STREAMS * 8
const idOf = (stream: number): string => `stream-${String(stream).padStart(8, '0')}`
const start = (stream: number): Uint8Array => frame({ template: 1, streamId: idOf(stream) })
const traffic = (stream: number, bytes: number): Uint8Array =>
  frame({ template: 3, streamId: idOf(stream), traffic: bytes })

describe('looking ahead', () => {
  it('finds every stream while the table doubles under it, in the middle of one chunk', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 1, streams: STREAMS * 2, observers: [recorder(calls)] })
    const frames: Uint8Array[] = []
    for (let stream = 0; stream < STREAMS; stream++) {
      frames.push(start(stream))
      // Streams of long ago, so that what is noted is of the table as it was before.
      for (const back of [1, 7, 1_000]) if (stream >= back) frames.push(traffic(stream - back, back))
    }
    expect(tested.router.write(concat(...frames))).toBe(true)
    const stats = await finish(tested)
    expect(stats).toMatchObject({ received: frames.length, delivered: frames.length, streams: STREAMS })
    const slots = new Map<string, number>()
    for (const event of eventsOf(calls)) {
      expect(slots.get(event.streamId) ?? event.slot).toBe(event.slot)
      slots.set(event.streamId, event.slot)
    }
    expect(new Set(slots.values()).size).toBe(STREAMS)
  })

  it('is not misled by bad frames, IDs of other lengths, ends and frames without an ID', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 3, streams: STREAMS * 2, observers: [recorder(calls)] })
    for (let stream = 0; stream < LOOK_AHEAD_STREAMS; stream++) tested.router.write(start(stream))
    const long = 'x'.repeat(200)
    const frames: Uint8Array[] = []
    for (let stream = 0; stream < LOOK_AHEAD_STREAMS; stream++) {
      frames.push(traffic(stream, 1))
      if (stream % 3 === 0) frames.push(frame({ template: 3, streamId: idOf(stream), isRead: 2 }))
      // Shorter than the key's length could stand in: no message at all.
      if (stream % 4 === 0) frames.push(frame({ template: 6 }).slice(0, 13).fill(13, 3, 4))
      if (stream % 5 === 0) frames.push(frame({ template: 6 }), frame({ template: 99 }))
      if (stream % 7 === 0) frames.push(frame({ template: 3, streamId: `${long}${stream}` }))
      if (stream % 11 === 0) frames.push(frame({ template: 4, streamId: idOf(stream) }), start(stream))
      if (stream % 13 === 0) frames.push(frame({ template: 3, streamId: idOf(stream), version: 7 }))
      frames.push(traffic(stream, 2))
    }
    expect(tested.router.write(concat(...frames))).toBe(true)
    const stats = await finish(tested)
    const longs = Math.ceil(LOOK_AHEAD_STREAMS / 7)
    expect(stats.rejectedBy).toEqual({
      'message-too-short': LOOK_AHEAD_STREAMS / 4,
      'boolean-invalid': Math.ceil(LOOK_AHEAD_STREAMS / 3),
      'unknown-template': Math.ceil(LOOK_AHEAD_STREAMS / 5),
    })
    expect(stats).toMatchObject({ failed: 0, dropped: 0, evicted: 0, restarted: 0 })
    expect(stats.streams).toBe(LOOK_AHEAD_STREAMS + longs)
    expect(stats.delivered).toBe(LOOK_AHEAD_STREAMS + frames.length - stats.rejected)
  })
})
