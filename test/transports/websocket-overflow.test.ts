// pipeWebSocket while observers hang and the socket can't be paused: what waits is bounded,
// and what doesn't fit is accounted for.

import { describe, expect, it } from 'vitest'
import { concat, frame } from '../reference-frames.js'
import { errorOf, finish, gate, rig, upTo } from '../support.js'
import { quiet, until } from './suite.js'
import { assertClosed, COST, flooded, TEN } from './websockets.js'

describe('while observers hang, messages of a socket that can not be paused', () => {
  it('wait up to the limit; then it is closed, and all that came before is delivered', async () => {
    const { tested, done, closing, send, listeners, dispose } = await flooded({ maxBufferedBytes: 7 * COST })
    for (const _ of upTo(9)) await send(TEN)
    await assertClosed(closing, 4009, 'sender-overflow')
    let isDone = false
    void errorOf(() => done).then(() => {
      isDone = true
    })
    await quiet(() => Number(isDone))
    expect(isDone).toBe(false)
    tested.slow.open()
    expect(await errorOf(() => done)).toMatchObject({
      code: 'sender-overflow',
      message: expect.stringMatching(/message of \d+ bytes found 7 messages of \d+ bytes.* above \d+/),
    })
    await until(() => listeners() === 0)
    // The one that the source held, and seven.
    expect(await finish(tested)).toMatchObject({ delivered: 80, rejected: 0 })
    await dispose()
  })

  it('are given up when the caller aborts, also after an overflow', async () => {
    for (const most of [7 * COST, 1_048_576]) {
      const controller = new AbortController()
      const flood = await flooded({ maxBufferedBytes: most, signal: controller.signal })
      for (const _ of upTo(9)) await flood.send(TEN)
      if (most === 7 * COST) await flood.closing
      else await until(() => flood.tested.router.stats().received > 0)
      const reason = new Error('enough')
      controller.abort(reason)
      expect(await errorOf(() => flood.done)).toBe(reason)
      await assertClosed(
        flood.closing,
        ...((most === 7 * COST ? [4009, 'sender-overflow'] : [4000, 'aborted']) as [number, string]),
      )
      await until(() => flood.listeners() === 0)
      flood.tested.slow.open()
      expect((await finish(flood.tested)).delivered).toBe(10)
      await flood.dispose()
    }
  })

  it('are dropped whole beyond it, if that is what the caller wants, and counted', async () => {
    const heard: unknown[] = []
    const { client, tested, done, send, dispose } = await flooded({
      maxBufferedBytes: 7 * COST,
      overflow: 'drop',
      onDrop: (dropped) => heard.push(dropped),
    })
    for (const _ of upTo(11)) await send(TEN)
    await until(() => heard.length === 3)
    expect(heard).toEqual(upTo(3).map((index) => ({ messages: index + 1, bytes: (index + 1) * TEN.length })))
    tested.slow.open()
    await until(() => tested.router.stats().delivered === 80)
    await send(TEN)
    client.close()
    expect(await done).toEqual({
      bytes: 9 * TEN.length,
      messages: 9,
      droppedMessages: 3,
      droppedBytes: 3 * TEN.length,
    })
    expect(await finish(tested)).toMatchObject({ delivered: 90, rejected: 0 })
    await dispose()
  })

  it('are bounded by their number, too: each counts 512 bytes more', async () => {
    const { client, socket, tested, done, send, dispose } = await flooded({
      maxBufferedBytes: 1_000 * 512,
      overflow: 'drop',
    })
    await send(TEN)
    await until(() => tested.calls.length > 0)
    await Promise.all(upTo(20_000).map(() => send(new Uint8Array(0))))
    client.close()
    await until(() => socket.readyState === socket.CLOSED)
    tested.slow.open()
    const { messages, droppedMessages } = await done
    expect([messages, droppedMessages]).toEqual([1_001, 19_000])
    await finish(tested)
    await dispose()
  })

  it('may be none at all', async () => {
    const { client, socket, tested, done, send, dispose } = await flooded({
      maxBufferedBytes: 0,
      overflow: 'drop',
    })
    for (const _ of upTo(3)) await send(TEN)
    client.close()
    await until(() => socket.readyState === socket.CLOSED)
    tested.slow.open()
    expect(await done).toMatchObject({ messages: 1, droppedMessages: 2 })
    expect((await finish(tested)).delivered).toBe(10)
    await dispose()
  })

  it('take no more memory than that, of 200 MiB; delivered and dropped are all that was sent', async () => {
    const slow = gate()
    let calls = 0
    const observers = [() => ({ eventTraffic: () => (calls++ === 0 ? slow.promise : undefined) })]
    const tested = Object.assign(rig({ shards: 1, observers }), { calls: [], slow })
    const long = frame({ template: 3, streamId: 'a', traffic: 1, extraVarData: new Uint8Array(32_700) })
    const message = concat(...upTo(8).map(() => long))
    const before = process.memoryUsage()
    const flood = await flooded({ overflow: 'drop' }, tested)
    for (const _ of upTo(800)) await flood.send(message)
    flood.client.close()
    await until(() => flood.socket.readyState === flood.socket.CLOSED)
    expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(64 * 1_048_576)
    slow.open()
    const report = await flood.done
    expect(report.messages + report.droppedMessages).toBe(800)
    expect(report.bytes + report.droppedBytes).toBe(800 * message.length)
    // Those that fill the ring, the one that is held, and 1 MiB.
    expect(report.bytes).toBeLessThan(4 * 1_048_576)
    expect(await finish(tested)).toMatchObject({ delivered: 8 * report.messages, rejected: 0 })
    await flood.dispose()
  })
})
