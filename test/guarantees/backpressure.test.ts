// R10: a full ring pushes back to its source. What has no room is held by reference
// until it has, resumes at the same frame, and nothing is lost, doubled or reordered.

import { describe, expect, it } from 'vitest'
import { concat } from '../reference-frames.js'
import { FEW, stepped } from '../slow.js'
import {
  assertRig,
  type Call,
  errorOf,
  eventsOf,
  finish,
  gate,
  idsOfShard,
  microtasks,
  recorder,
  rig,
  traffic,
  upTo,
} from '../support.js'

const numbers = (calls: readonly Call[]): number[] =>
  eventsOf(calls).flatMap((event) => ('traffic' in event ? [event.traffic] : []))

/** A router whose observer's calls wait for a gate, all for the same one. */
function stalled(shards = 1) {
  const calls: Call[] = []
  const slow = gate()
  const tested = rig({ shards, observers: [recorder(calls, () => slow.promise)] }, FEW)
  return { ...tested, calls, slow }
}

describe('write', () => {
  it('says true and keeps nothing of the buffer: it may be overwritten at once', async () => {
    const tested = stalled()
    const buffer = new Uint8Array(64)
    for (const number of upTo(4)) {
      const bytes = traffic('a', number)
      buffer.set(bytes)
      // The second part ends in the middle of a frame.
      for (const part of [buffer.subarray(0, 11), buffer.subarray(11, bytes.length)]) {
        expect(tested.router.write(part)).toBe(true)
        part.fill(0xff)
      }
    }
    tested.slow.open()
    await tested.router.settled()
    expect(numbers(tested.calls)).toEqual([0, 1, 2, 3])
    await finish(tested)
  })

  it('says false when a frame has no room, holds the rest by reference, and resumes at that frame', async () => {
    const tested = stalled()
    const chunk = concat(...upTo(12).map((number) => traffic('a', number)))
    expect(tested.router.write(chunk)).toBe(false)
    const taken = tested.router.stats().received
    expect(taken).toBeGreaterThanOrEqual(4)
    assertRig(tested)
    // Others are read meanwhile.
    const other = tested.router.source()
    other.write(Uint8Array.of(0, 0))
    expect(other.write(traffic('a', 1_000).subarray(2))).toBe(false)
    tested.slow.open()
    await tested.router.ready()
    await tested.router.settled()
    expect(numbers(tested.calls).filter((number) => number < 1_000)).toEqual(upTo(12))
    await other.settled()
    expect(numbers(tested.calls).length).toBe(13)
    await finish(tested)
  })

  it('before ready() throws a typed error, takes nothing, and loses nothing', async () => {
    const tested = stalled()
    const source = tested.router.source()
    expect(source.write(concat(...upTo(9).map((number) => traffic('a', number))))).toBe(false)
    for (const _ of upTo(3)) {
      expect(await errorOf(() => source.write(traffic('a', 77)))).toMatchObject({
        code: 'write-before-ready',
      })
    }
    tested.slow.open()
    await source.ready()
    expect(source.write(traffic('a', 9))).toBe(true)
    await source.settled()
    expect(numbers(tested.calls)).toEqual(upTo(10))
    expect((await finish(tested)).discardedBytes).toBe(0)
  })

  it('goes on by itself, without anybody waiting for ready()', async () => {
    const tested = stalled()
    tested.router.write(concat(...upTo(50).map((number) => traffic('a', number))))
    tested.slow.open()
    await microtasks()
    expect(numbers(tested.calls)).toEqual(upTo(50))
    expect(tested.router.write(traffic('a', 50))).toBe(true)
    await finish(tested)
  })

  it('completes a partial frame that met a full ring', async () => {
    const one = traffic('a', 0)
    for (let cut = 1; cut < one.length; cut++) {
      const tested = stalled()
      const bytes = concat(...upTo(8).map((number) => traffic('a', number)))
      const at = 5 * one.length + cut
      expect(tested.router.write(bytes.slice(0, at))).toBe(true)
      expect(tested.router.write(bytes.slice(at))).toBe(false)
      tested.router.source().write(traffic('b', 1_000))
      assertRig(tested)
      tested.slow.open()
      await tested.router.ready()
      await tested.router.settled()
      expect(numbers(tested.calls).filter((number) => number < 1_000)).toEqual(upTo(8))
      await finish(tested)
    }
  })

  it('of frames as long as the limit allows never waits for ever, whatever the position', async () => {
    for (let start = 0; start < 256; start += 8) {
      const calls: Call[] = []
      const tested = rig(
        { shards: 1, observers: [recorder(calls, () => Promise.resolve())] },
        { ...FEW, startPosition: start },
      )
      const id = 'x'.repeat(64 - traffic('', 0).length)
      for (const number of upTo(12)) {
        expect(traffic(id, number).length).toBe(64)
        if (!tested.router.write(traffic(id, number))) await tested.router.ready()
      }
      await tested.router.settled()
      expect(numbers(calls)).toEqual(upTo(12))
      await finish(tested)
    }
  })

  it('takes a chunk of any size at once when observers keep up', async () => {
    const tested = rig({ shards: 2, observers: [recorder([])] }, FEW)
    expect(
      tested.router.write(concat(...upTo(5_000).map((number) => traffic(`s${number % 9}`, number)))),
    ).toBe(true)
    expect((await finish(tested)).delivered).toBe(5_000)
  })

  it('refuses what is no Uint8Array, and nothing changes', async () => {
    const tested = stalled()
    for (const odd of [
      'text',
      5,
      null,
      undefined,
      [1, 2],
      new ArrayBuffer(4),
      new DataView(new ArrayBuffer(4)),
      new Uint16Array(2),
    ]) {
      const error = await errorOf(() => tested.router.write(odd as unknown as Uint8Array))
      expect(error).toMatchObject({ code: 'chunk-invalid' })
    }
    expect(tested.router.write(new Uint8Array(0))).toBe(true)
    expect(tested.router.write(Buffer.from(traffic('a', 1)))).toBe(true)
    tested.slow.open()
    expect((await finish(tested)).received).toBe(1)
  })
})

/** As ES2024 has it, which is newer than the types here. */
type Resizable = ArrayBuffer & { resize(bytes: number): void }

function resizable(bytes: number): Resizable {
  const options: object = { maxByteLength: bytes }
  return Reflect.construct(ArrayBuffer, [bytes, options]) as Resizable
}

const ways = [
  ['detached', (buffer: Resizable) => void structuredClone(buffer, { transfer: [buffer] })],
  ['made smaller', (buffer: Resizable) => buffer.resize(200)],
] as const

describe('a held chunk', () => {
  for (const [what, take] of ways) {
    it(`whose buffer is ${what} costs its source alone; what is lost is counted`, async () => {
      const tested = stalled()
      const frames = concat(...upTo(3_000).map((number) => traffic('a', number)))
      const buffer = resizable(frames.length)
      const chunk = new Uint8Array(buffer)
      chunk.set(frames)
      const [source, other] = [tested.router.source(), tested.router.source()]
      expect(source.write(chunk)).toBe(false)
      const waits = [source.ready(), source.settled()].map((wait) => errorOf(() => wait))
      take(buffer)
      tested.slow.open()
      for (const wait of waits) expect(await wait).toMatchObject({ code: 'chunk-invalid' })
      expect(await errorOf(() => source.write(frames))).toMatchObject({ code: 'chunk-invalid' })
      await source.closed()
      expect(other.write(traffic('b', 0))).toBe(true)
      await other.settled()
      const { delivered, rejected, discardedBytes } = await finish(tested)
      expect(rejected).toBe(0)
      expect((delivered - 1) * traffic('a', 0).length + discardedBytes).toBe(frames.length)
    })

    it(`whose buffer an observer has ${what} fails its write; so do those written behind it`, async () => {
      const frames = concat(...upTo(3_000).map((number) => traffic('a', number)))
      const buffers = upTo(2).map(() => resizable(frames.length))
      const chunks: Uint8Array[] = buffers.map((buffer) => new Uint8Array(buffer))
      for (const chunk of chunks) chunk.set(frames)
      for (const which of upTo(2)) {
        let calls = 0
        const observer = {
          eventTraffic: () => {
            if (++calls !== 1) return
            tested.router.write(chunks[1]!)
            take(buffers[which]!)
          },
        }
        const tested = rig({ shards: 1, observers: [() => observer] }, FEW)
        const error = await errorOf(() => tested.router.write(chunks[0]!))
        expect(error).toMatchObject({ code: 'chunk-invalid' })
        const { delivered, discardedBytes } = await finish(tested)
        expect(calls).toBe(delivered)
        expect(delivered * traffic('a', 0).length + discardedBytes).toBe(2 * frames.length)
        chunks[0] = frames.slice()
      }
    })
  }

  it('may be overwritten by an observer once it has been read: the start of a frame at its end is kept', async () => {
    const last = traffic('a', 12)
    const chunk = concat(...upTo(12).map((number) => traffic('a', number)), last.subarray(0, 30))
    const calls: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(calls, () => void chunk.fill(0))] }, FEW)
    expect(tested.router.write(chunk)).toBe(true)
    expect(tested.router.write(last.subarray(30))).toBe(true)
    await tested.router.settled()
    expect(numbers(calls)).toEqual(upTo(13))
    await finish(tested)
  })
})

describe('ready', () => {
  it('resolves at once when nothing is held', async () => {
    const tested = stalled()
    await tested.router.ready()
    tested.slow.open()
    await finish(tested)
  })

  it('stays pending while anything is held', async () => {
    const tested = stepped()
    tested.router.write(concat(...upTo(11).map((number) => traffic('a', number))))
    let isReady = false
    const ready = tested.router.ready().then(() => {
      isReady = true
    })
    while (tested.router.stats().received < 11) {
      expect(isReady).toBe(false)
      await tested.step()
    }
    await ready
    while (await tested.step());
    expect(numbers(tested.calls)).toEqual(upTo(11))
    await finish(tested)
  })

  it('that is aborted rejects with the reason and keeps the rest', async () => {
    const tested = stalled()
    tested.router.write(concat(...upTo(9).map((number) => traffic('a', number))))
    const reason = new Error('enough')
    const controller = new AbortController()
    const aborted = errorOf(() => tested.router.ready({ signal: controller.signal }))
    const patient = tested.router.ready({ signal: new AbortController().signal })
    controller.abort(reason)
    expect(await aborted).toBe(reason)
    expect(await errorOf(() => tested.router.ready({ signal: controller.signal }))).toBe(reason)
    tested.slow.open()
    await patient
    await tested.router.settled()
    expect(numbers(tested.calls)).toEqual(upTo(9))
    await finish(tested)
  })
})

describe('settled', () => {
  it('resolves when the last event written before has settled, not when it was delivered', async () => {
    const tested = stepped()
    tested.router.write(concat(traffic('a', 0), traffic('a', 1)))
    let isSettled = false
    const settled = tested.router.settled().then(() => {
      isSettled = true
    })
    await tested.step()
    expect([tested.calls.length, isSettled]).toEqual([2, false])
    tested.router.write(traffic('a', 2))
    await tested.step()
    await settled
    expect(tested.router.stats().inFlight).toBe(1)
    await tested.step()
    await finish(tested)
  })

  it('waits for what is held, too', async () => {
    const tested = stepped()
    const source = tested.router.source()
    source.write(concat(...upTo(9).map((number) => traffic('a', number))))
    let done: number | undefined
    const settled = source.settled().then(() => {
      done = numbers(tested.calls).length
    })
    while (await tested.step());
    await settled
    expect(done).toBe(9)
    await finish(tested)
  })

  it('of one source does not wait for the events of another shard that it never wrote to', async () => {
    const calls: Call[] = []
    const never = gate()
    const tested = rig({
      shards: 2,
      observers: [recorder(calls, ({ shard }) => (shard === 0 ? never.promise : undefined))],
    })
    const [one, other] = [tested.router.source(), tested.router.source()]
    one.write(traffic(idsOfShard(0, 2, 1)[0]!, 0))
    other.write(traffic(idsOfShard(1, 2, 1)[0]!, 0))
    await other.settled()
    const reason = new Error('enough')
    const controller = new AbortController()
    const aborted = errorOf(() => one.settled({ signal: controller.signal }))
    controller.abort(reason)
    expect(await aborted).toBe(reason)
    never.open()
    await one.settled()
    await finish(tested)
  })

  it('resolves at once for events that were ignored or dropped', async () => {
    const tested = rig({ shards: 1 })
    tested.router.write(concat(traffic('a', 0), traffic('b', 0)))
    await tested.router.settled()
    await finish(tested)
  })
})

describe('end', () => {
  it('waits for the held rest, then closes that source alone', async () => {
    const tested = stepped()
    const source = tested.router.source()
    source.write(concat(...upTo(9).map((number) => traffic('a', number))))
    let isEnded = false
    const ended = source.end().then(() => {
      isEnded = true
    })
    await microtasks()
    expect(isEnded).toBe(false)
    expect(await errorOf(() => source.write(traffic('a', 9)))).toMatchObject({ code: 'source-ended' })
    while (await tested.step());
    await ended
    expect(numbers(tested.calls)).toEqual(upTo(9))
    await source.end()
    expect(await errorOf(() => source.write(traffic('a', 9)))).toMatchObject({ code: 'source-ended' })
    expect(tested.router.write(traffic('a', 9))).toBe(true)
    await tested.step()
    expect((await finish(tested)).delivered).toBe(10)
  })

  it('may be given up waiting for; the source ends all the same', async () => {
    const tested = stalled()
    const source = tested.router.source()
    source.write(concat(...upTo(9).map((number) => traffic('a', number))))
    const reason = new Error('enough')
    const controller = new AbortController()
    const aborted = errorOf(() => source.end({ signal: controller.signal }))
    controller.abort(reason)
    expect(await aborted).toBe(reason)
    tested.slow.open()
    await source.end()
    await source.settled()
    expect(numbers(tested.calls)).toEqual(upTo(9))
    expect(tested.router.stats().sources).toBe(1)
    await finish(tested)
  })
})

describe('send', () => {
  const event = (number: number) =>
    ({ event: 'EventTraffic', streamId: 'a', timestamp: 0, traffic: number, isRead: false }) as const

  it('says false when there is no room, takes nothing, and may try again after ready()', async () => {
    const tested = stepped()
    let sent = 0
    while (tested.router.send(event(sent))) sent++
    expect(tested.router.send(event(sent))).toBe(false)
    expect(tested.router.stats().received).toBe(sent)
    let isReady = false
    const ready = tested.router.ready().then(() => {
      isReady = true
    })
    await microtasks()
    expect(isReady).toBe(false)
    while (!isReady) await tested.step()
    await ready
    expect(tested.router.send(event(sent))).toBe(true)
    while (await tested.step());
    expect(numbers(tested.calls)).toEqual(upTo(sent + 1))
    await finish(tested)
  })

  it('and write take turns without losing or doubling anything', async () => {
    const tested = stepped()
    let next = 0
    for (const round of upTo(30)) {
      if (round % 2 === 0 ? tested.router.send(event(next)) : tested.router.write(traffic('a', next))) {
        next++
        continue
      }
      if (round % 2 === 1) next++
      const ready = tested.router.ready().then(() => 'ready')
      while ((await Promise.race([ready, Promise.resolve('not yet')])) !== 'ready') await tested.step()
    }
    while (await tested.step());
    expect(numbers(tested.calls)).toEqual(upTo(next))
    await finish(tested)
  })

  it('is not disturbed by an event whose getter sends another', async () => {
    const seen: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(seen)] })
    const nested = {
      event: 'EventTraffic' as const,
      timestamp: 1,
      traffic: 1,
      isRead: true,
      get streamId() {
        tested.router.send({ event: 'EventReplayAttack', streamId: 'inner', timestamp: 2 })
        return 'outer'
      },
    }
    tested.router.send(nested)
    expect(new Set(eventsOf(seen).map(({ event: name, streamId }) => `${name} ${streamId}`))).toEqual(
      new Set(['EventReplayAttack inner', 'EventTraffic outer']),
    )
    expect(tested.router.stats().rejected).toBe(0)
    await finish(tested)
  })
})
