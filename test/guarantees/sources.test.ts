// R10 with many sources, and as a WHATWG stream: each has its own partial frame and
// its own backpressure, and none of them starves.

import { describe, expect, it } from 'vitest'
import type { FrameError } from '../../src/frame-error.js'
import type { Source } from '../../src/source.js'
import { concat } from '../reference-frames.js'
import { FEW, stepped } from '../slow.js'
import {
  assertRig,
  type Call,
  errorOf,
  eventsOf,
  finish,
  type Gate,
  gate,
  microtasks,
  opening,
  recorder,
  rig,
  traffic,
  upTo,
} from '../support.js'

/** `stepped`, and how many events each stream has had so far. */
function counted() {
  const tested = stepped()
  const counts = (): Record<string, number> => {
    const count: Record<string, number> = {}
    for (const { streamId } of eventsOf(tested.calls)) count[streamId] = (count[streamId] ?? 0) + 1
    return count
  }
  return { ...tested, counts }
}

describe('many sources that wait', () => {
  it('take turns, first come first served', async () => {
    const tested = counted()
    const names = upTo(8).map((index) => `s${index}`)
    for (const name of names) {
      tested.router.source().write(concat(...upTo(40).map((number) => traffic(name, number))))
    }
    let most = 0
    while (await tested.step()) {
      const counts = names.map((name) => tested.counts()[name] ?? 0)
      // Once every source had a turn, none is far ahead of another that still has something.
      if (Math.min(...counts) > 0 && Math.max(...counts) < 40) {
        most = Math.max(most, Math.max(...counts) - Math.min(...counts))
      }
    }
    // Two turns of a whole ring each.
    expect(most).toBeLessThanOrEqual(10)
    expect(Object.values(tested.counts())).toEqual(names.map(() => 40))
    await finish(tested)
  })

  it('are not starved by one that writes a frame whenever there is room for it', async () => {
    const tested = counted()
    const [patient, pushy] = [tested.router.source(), tested.router.source()]
    expect(patient.write(concat(...upTo(12).map((number) => traffic('patient-source-', number))))).toBe(false)
    let held = false
    let pushed = 0
    while ((tested.counts()['patient-source-'] ?? 0) < 12 && pushed < 200) {
      await tested.step()
      if (held) continue
      held = !pushy.write(traffic('pushy-source---', pushed++))
      if (!held) continue
      void pushy.ready().then(() => {
        held = false
      })
    }
    expect(tested.counts()['patient-source-']).toBe(12)
    expect(pushed).toBeLessThan(200)
    while (await tested.step());
    await finish(tested)
  })

  it('are not overtaken by an event of a stream that goes on, for which there is room', async () => {
    const slow = gate()
    const got: string[] = []
    const observers = [
      () => ({
        eventTraffic: ({ streamId }: { streamId: string }) => {
          got.push(streamId)
          return slow.promise
        },
      }),
    ]
    const tested = rig({ shards: 1, observers }, { ...FEW, maxFrameBytes: 200 })
    const [patient, pushy] = [tested.router.source(), tested.router.source()]
    // The second one is the hot path's, and so would the third one be: there are 160 bytes, it takes 48.
    for (const number of [1, 2]) expect(pushy.write(traffic('a', number))).toBe(true)
    const long = 'b'.repeat(100)
    expect(patient.write(traffic(long, 1))).toBe(false)
    expect(pushy.write(traffic('a', 3))).toBe(false)
    expect(tested.router.stats()).toMatchObject({ accepted: 2, inFlight: 2 })
    slow.open()
    await Promise.all([patient.settled(), pushy.settled()])
    expect(got.length).toBe(4)
    await finish(tested)
  })

  it('are not starved for a long frame by one that writes short ones', async () => {
    const gates: Gate[] = []
    let longs = 0
    const observers = [
      () => ({
        eventTraffic: ({ streamId }: { streamId: string }) => {
          if (streamId.length > 1) longs++
          gates.push(gate())
          return gates.at(-1)!.promise
        },
      }),
    ]
    const tested = rig({ shards: 1, observers }, { ...FEW, maxFrameBytes: 200 })
    const [patient, pushy] = [tested.router.source(), tested.router.source()]
    for (const number of [1, 2, 3]) expect(pushy.write(traffic('a', number))).toBe(true)
    expect(patient.write(traffic('b'.repeat(100), 1))).toBe(false)
    let pushed = 0
    let held = false
    while (longs === 0 && pushed < 200) {
      if (!held) {
        held = !pushy.write(traffic('a', pushed++))
        if (held)
          void pushy.ready().then(() => {
            held = false
          })
      }
      gates.shift()?.open()
      await microtasks()
      assertRig(tested)
    }
    expect(longs).toBe(1)
    const settled = Promise.all([patient.settled(), pushy.settled()])
    for (let open = gates.shift(); open !== undefined; open = gates.shift()) {
      open.open()
      await microtasks()
    }
    await settled
    await finish(tested)
  })

  it('each keep their own partial frame', async () => {
    const tested = rig({ shards: 1, observers: [recorder([])] })
    const sources = upTo(50).map(() => tested.router.source())
    const bytes = upTo(50).map((index) => traffic(`s${index}`, index))
    for (let at = 0; at < 60; at++) {
      for (const [index, source] of sources.entries()) source.write(bytes[index]!.subarray(at, at + 1))
    }
    expect((await finish(tested)).delivered).toBe(50)
  })

  it('are at most 1,024 beside the router itself, and a place is free again after end()', async () => {
    const tested = rig({ shards: 1 })
    const sources = upTo(1_024).map(() => tested.router.source())
    expect(tested.router.stats().sources).toBe(1_025)
    expect(await errorOf(() => tested.router.source())).toMatchObject({ code: 'too-many-sources' })
    await sources[17]!.end()
    expect(tested.router.source().write(traffic('a', 1))).toBe(true)
    expect((await finish(tested)).sources).toBe(0)
  })

  it('are refused another schema', async () => {
    const tested = rig({ shards: 1 })
    const { schema } = tested.engine
    tested.router.source({ schema })
    const other = { ...schema }
    expect(await errorOf(() => tested.router.source({ schema: other }))).toMatchObject({
      code: 'option-invalid',
    })
    await finish(tested)
  })
})

describe('a delimited source', () => {
  const whole = concat(opening('a'), traffic('a', 1))

  it('rejects a frame that is cut off at a message’s end, at each place, and starts afresh', async () => {
    const frame = traffic('a', 2)
    for (const cut of upTo(frame.length - 1).map((index) => index + 1)) {
      const errors: FrameError[] = []
      const calls: Call[] = []
      const onFrameError = (error: FrameError) => errors.push(error)
      const tested = rig({ shards: 1, observers: [recorder(calls)], onFrameError })
      const source = tested.router.source({ delimited: true })
      expect(source.write(concat(whole, frame.subarray(0, cut)))).toBe(true)
      expect(tested.router.stats()).toMatchObject({ delivered: 2, rejectedBy: { truncated: 1 } })
      expect(errors).toMatchObject([
        { code: 'frame-rejected', reason: 'truncated', offset: whole.length, frame: 3, source },
      ])
      source.write(frame)
      // Where the next one lies is still told from the source's first byte.
      source.write(frame.subarray(0, cut))
      expect(errors[1]).toMatchObject({ offset: whole.length + cut + frame.length, frame: 5 })
      await source.end()
      expect(eventsOf(calls)).toHaveLength(3)
      expect(await finish(tested)).toMatchObject({ received: 5, rejected: 2, discardedBytes: 0 })
    }
  })

  it('takes messages of no frame, of one and of many, larger than the core’s input', async () => {
    const tested = rig({ shards: 1, observers: [recorder([])] })
    const source = tested.router.source({ delimited: true })
    const many = concat(...upTo(10_000).map((number) => traffic('a', number)))
    for (const message of [new Uint8Array(0), whole, many, whole]) {
      if (!source.write(message)) await source.ready()
    }
    expect(await finish(tested)).toMatchObject({ delivered: 10_004, rejected: 0 })
  })

  it('cuts the message where it ends, however long it was held', async () => {
    const tested = counted()
    const source = tested.router.source({ delimited: true })
    const messages = upTo(3).map(() =>
      concat(...upTo(12).map((number) => traffic('a', number)), traffic('b', 0).subarray(0, 20)),
    )
    for (const message of messages) {
      expect(source.write(message)).toBe(false)
      const ready = source.ready()
      while (await tested.step());
      await ready
    }
    expect(tested.counts()).toEqual({ a: 36 })
    expect(await finish(tested)).toMatchObject({ rejectedBy: { truncated: 3 } })
  })

  it('written from inside an observer, keeps each message apart', async () => {
    let source: Source | undefined
    const cut = traffic('b', 0).subarray(0, 20)
    const tested = rig({
      shards: 1,
      observers: [
        () => ({
          eventStart: () => {
            for (const message of [cut, traffic('b', 1), cut, cut]) source!.write(message)
          },
        }),
      ],
    })
    source = tested.router.source({ delimited: true })
    source.write(concat(opening('a'), traffic('a', 1).subarray(0, 8)))
    expect(await finish(tested)).toMatchObject({ received: 6, ignored: 1, rejectedBy: { truncated: 4 } })
  })

  it('loses its framing as any other', async () => {
    const tested = rig({ shards: 1 })
    const source = tested.router.source({ delimited: true })
    expect(await errorOf(() => source.write(new Uint8Array(8)))).toMatchObject({ code: 'framing-lost' })
    await finish(tested)
  })

  it('is asked for by true or false', async () => {
    const tested = rig({ shards: 1 })
    for (const delimited of [1, 'yes', null]) {
      expect(await errorOf(() => tested.router.source({ delimited } as object))).toMatchObject({
        code: 'option-invalid',
      })
    }
    await finish(tested)
  })
})

describe('closed', () => {
  const isPending = async (promise: Promise<void>): Promise<boolean> => {
    let pending = true
    void promise.then(() => {
      pending = false
    })
    await microtasks()
    return pending
  }

  it('resolves at end(), at lost framing and at shutdown, and asks for none of them', async () => {
    const tested = rig({ shards: 1 })
    const [ended, lost, left] = upTo(3).map(() => tested.router.source())
    const all = [ended!, lost!, left!].map((source) => source.closed())
    expect(await Promise.all(all.map(isPending))).toEqual([true, true, true])
    await ended!.end()
    await errorOf(() => lost!.write(new Uint8Array(8)))
    expect(await Promise.all(all.map(isPending))).toEqual([false, false, true])
    await finish(tested)
    await Promise.all(all)
    await left!.closed()
  })

  it('waits for a held rest', async () => {
    const tested = counted()
    const source = tested.router.source()
    source.write(concat(...upTo(12).map((number) => traffic('a', number))))
    const closed = source.closed()
    void source.end()
    expect(await isPending(closed)).toBe(true)
    while (await tested.step());
    await closed
    await finish(tested)
  })

  it('can be given up', async () => {
    const tested = rig({ shards: 1 })
    const source = tested.router.source()
    const reason = new Error('enough')
    expect(await errorOf(() => source.closed({ signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(source.write(traffic('a', 1))).toBe(true)
    await finish(tested)
  })
})

describe('writable', () => {
  it('is the same stream each time', async () => {
    const tested = rig({ shards: 1 })
    expect(tested.router.writable).toBe(tested.router.writable)
    await finish(tested)
  })

  it('has the backpressure of the router: ready is pending while its ring is full', async () => {
    const tested = counted()
    const writer = tested.router.source().writable.getWriter()
    const written = upTo(12).map((number) => writer.write(traffic('a', number)))
    await microtasks()
    let isReady = false
    const ready = writer.ready.then(() => {
      isReady = true
    })
    await microtasks()
    expect([isReady, writer.desiredSize! <= 0]).toEqual([false, true])
    while (await tested.step());
    await ready
    await Promise.all(written)
    expect(tested.counts()).toEqual({ a: 12 })
    await finish(tested)
  })

  it('takes a piped stream, cut anywhere, and close waits for the held rest', async () => {
    const tested = counted()
    const bytes = concat(...upTo(25).map((number) => traffic('a', number)))
    const chunks = upTo(Math.ceil(bytes.length / 7)).map((index) => bytes.slice(index * 7, index * 7 + 7))
    let isDone = false
    const done = new Blob(chunks)
      .stream()
      .pipeTo(tested.router.source().writable)
      .then(() => {
        isDone = true
      })
    while (!isDone) {
      await tested.step()
      if (isDone) expect(tested.router.stats().received).toBe(25)
    }
    await done
    while (await tested.step());
    expect(tested.counts()).toEqual({ a: 25 })
    expect((await finish(tested)).rejected).toBe(0)
  })

  it('that is aborted during a write ends that wait at once; what was taken is routed', async () => {
    const tested = counted()
    const writer = tested.router.source().writable.getWriter()
    const closed = errorOf(() => writer.closed)
    const write = errorOf(() =>
      writer.write(concat(...upTo(9).map((number) => traffic('a', number)), [0, 0])),
    )
    await microtasks()
    const reason = new Error('enough')
    await writer.abort(reason)
    expect(await closed).toBe(reason)
    expect(await write).toBe(reason)
    while (await tested.step());
    expect(tested.counts()).toEqual({ a: 9 })
    expect((await finish(tested)).rejectedBy).toEqual({ truncated: 1 })
  })

  it('fails with the error of lost framing, and stays failed', async () => {
    const tested = rig({ shards: 1 })
    const writer = tested.router.source().writable.getWriter()
    const closed = errorOf(() => writer.closed)
    const error = await errorOf(() => writer.write(new Uint8Array(8)))
    expect(error).toMatchObject({ code: 'framing-lost' })
    expect(await closed).toBe(error)
    expect(await errorOf(() => writer.write(traffic('a', 1)))).toBe(error)
    await finish(tested)
  })

  it('closes its source with a chunk that is none, and counts the cut frame', async () => {
    const tested = rig({ shards: 1 })
    const source = tested.router.source()
    const before = tested.router.stats().sources
    const writer = source.writable.getWriter()
    writer.closed.catch(() => {})
    await writer.write(traffic('a', 1).subarray(0, 20))
    const error = await errorOf(() => writer.write('text' as unknown as Uint8Array))
    expect(error).toMatchObject({ code: 'chunk-invalid' })
    await source.closed()
    expect(tested.router.stats()).toMatchObject({ sources: before - 1, rejectedBy: { truncated: 1 } })
    await finish(tested)
  })

  it('fails when the router was shut down', async () => {
    const tested = rig({ shards: 1 })
    const writer = tested.router.source().writable.getWriter()
    await finish(tested)
    const closed = errorOf(() => writer.closed)
    expect(await errorOf(() => writer.write(traffic('a', 1)))).toMatchObject({ code: 'router-closed' })
    expect(await closed).toMatchObject({ code: 'router-closed' })
  })

  for (const [way, code] of [
    ['router.shutdown()', 'router-closed'],
    ['source.end()', 'source-ended'],
  ] as const) {
    it(`fails at ${way} although nothing is being written, and so does what is piped into it`, async () => {
      const tested = rig({ shards: 1 })
      const source = tested.router.source()
      const idle = new ReadableStream<Uint8Array>({ start: (one) => one.enqueue(traffic('a', 1)) })
      const piped = errorOf(() => idle.pipeTo(source.writable as WritableStream<Uint8Array>))
      await microtasks()
      if (code === 'source-ended') await source.end()
      else await tested.router.shutdown()
      expect(await piped).toMatchObject({ code })
      expect(await finish(tested)).toMatchObject({ received: 1, rejected: 0 })
    })
  }

  it('that is closed fails nobody: not its writer, nor the other way round', async () => {
    const tested = rig({ shards: 1 })
    const source = tested.router.source()
    const writer = source.writable.getWriter()
    await writer.write(traffic('a', 1))
    await writer.close()
    await writer.closed
    await writer.ready
    await source.closed()
    await finish(tested)
    await writer.closed
  })
})
