// Sources: each has its own partial frame, backpressure and end. And events that are made
// in-process, by `send`.

import { concat } from '../../reference-frames.js'
import { cases, equal, isTrue, matches, throwsCode, turn, upTo } from './harness.js'
import { FEW, gate, numbersByStream, rig, shardOfId, traffic, writeAll } from './rig.js'

const trafficEvent = (streamId: string, bytes: number) =>
  ({ event: 'EventTraffic', streamId, timestamp: 0, traffic: bytes, isRead: true }) as const

export const sources = cases('sources', {
  'each keeps its own partial frame': async () => {
    const tested = rig()
    const all = upTo(50).map((index) => ({
      source: tested.router.source(),
      bytes: traffic(`s${index}`, index),
    }))
    for (let at = 0; at < 60; at++) {
      for (const { source, bytes } of all) source.write(bytes.slice(at, at + 1))
    }
    equal((await tested.finish()).delivered, 50)
  },

  'that are delimited reject what a message cuts off, and begin anew': async () => {
    const tested = rig()
    const source = tested.router.source({ delimited: true })
    const good = traffic('a', 1)
    source.write(concat(good, good))
    source.write(good.slice(0, 9))
    source.write(good)
    source.write(new Uint8Array())
    matches(tested.frameErrors[0]!, { reason: 'truncated', offset: 2 * good.length, frame: 3 })
    isTrue(tested.frameErrors[0]?.source === source, 'the error is of another source')
    await source.end()
    matches(await tested.finish(), { delivered: 3, rejectedBy: { truncated: 1 } })
  },

  'that are delimited hold a message of which a ring takes a part': async () => {
    const slow = gate()
    const tested = rig(FEW, () => slow.promise)
    const source = tested.router.source({ delimited: true })
    equal(source.write(concat(...upTo(30).map((number) => traffic('a', number)))), false, 'write')
    slow.open()
    await source.ready()
    await writeAll(source, traffic('a', 30))
    await source.settled()
    equal(numbersByStream(tested.events()), { a: upTo(31) })
    equal((await tested.finish()).rejected, 0)
  },

  'refuse a write before ready(), and lose nothing by it': async () => {
    const slow = gate()
    const tested = rig(FEW, () => slow.promise)
    const source = tested.router.source()
    source.write(concat(...upTo(30).map((number) => traffic('a', number))))
    await throwsCode('write-before-ready', () => source.write(traffic('a', 99)))
    slow.open()
    await source.ready()
    await source.settled()
    equal(numbersByStream(tested.events()), { a: upTo(30) })
    await tested.finish()
  },

  'refuse what is no Uint8Array': async () => {
    const tested = rig()
    for (const chunk of ['text', [1], new ArrayBuffer(8), new Uint16Array(4), undefined, null]) {
      await throwsCode('chunk-invalid', () => tested.router.write(chunk as never))
    }
    await tested.finish()
  },

  'end: closed() resolves, and write throws': async () => {
    const tested = rig()
    const source = tested.router.source()
    equal(tested.router.stats().sources, 2)
    const closed = source.closed()
    await source.end()
    await closed
    await throwsCode('source-ended', () => source.write(traffic('a', 1)))
    equal(tested.router.stats().sources, 1)
    await tested.finish()
  },

  'end takes what is held first': async () => {
    const slow = gate()
    const tested = rig(FEW, () => slow.promise)
    const source = tested.router.source()
    source.write(concat(...upTo(30).map((number) => traffic('a', number))))
    let isEnded = false
    const end = source.end().then(() => {
      isEnded = true
    })
    await turn()
    equal(isEnded, false)
    slow.open()
    await end
    matches(await tested.finish(), { delivered: 30, discardedBytes: 0 })
  },

  'are at most 1,024, and a place is free again after end()': async () => {
    const tested = rig()
    const all = upTo(1_024).map(() => tested.router.source())
    await throwsCode('too-many-sources', () => tested.router.source())
    await all[17]!.end()
    equal(tested.router.source().write(traffic('a', 1)), true)
    await tested.finish()
  },

  'settled() resolves when the promises of all that was written before are done': async () => {
    const slow = gate()
    const tested = rig({ shards: 2 }, () => slow.promise)
    const source = tested.router.source()
    source.write(concat(traffic('a', 1), traffic('b', 2)))
    let isSettled = false
    const settled = source.settled().then(() => {
      isSettled = true
    })
    await turn()
    equal(isSettled, false)
    slow.open()
    await settled
    equal(tested.router.stats().delivered, 2)
    await tested.finish()
  },
})

export const send = cases('send', {
  'routes like write: same shard, same slot, same order': async () => {
    const tested = rig({ shards: 7 })
    for (const id of ['one', 'two', 'three']) {
      tested.router.write(traffic(id, 1))
      equal(tested.router.send(trafficEvent(id, 2)), true)
    }
    for (const { shard, event } of tested.calls) equal(shard, shardOfId(event!.streamId, 7))
    equal(numbersByStream(tested.events()), { one: [1, 2], two: [1, 2], three: [1, 2] })
    await tested.finish()
  },

  'says false where there is no room, takes nothing then, and goes on after ready()': async () => {
    const slow = gate()
    const tested = rig(FEW, () => slow.promise)
    let taken = 0
    while (tested.router.send(trafficEvent('a', taken))) taken++
    equal(tested.router.stats().accepted, taken)
    slow.open()
    await tested.router.ready()
    equal(tested.router.send(trafficEvent('a', taken)), true)
    await tested.router.settled()
    equal(numbersByStream(tested.events()), { a: upTo(taken + 1) })
    await tested.finish()
  },

  'refuses what no frame can hold, and counts nothing': async () => {
    const tested = rig({ ringBytes: 1_024, maxFrameBytes: 128 })
    await throwsCode('encode-invalid', () => tested.router.send(trafficEvent('a', -1)))
    await throwsCode('encode-invalid', () => tested.router.send({ event: 'Event' } as never))
    await throwsCode('encode-space', () => tested.router.send(trafficEvent('x'.repeat(120), 1)))
    matches(await tested.finish(), { received: 0, rejected: 0 })
  },
})
