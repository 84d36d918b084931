// Guarantee 6: a malformed frame costs that frame alone, lost framing costs its
// source alone, and each is told with its reason and place.

import { describe, expect, it } from 'vitest'
import { FrameError } from '../../src/frame-error.js'
import { BAD, badFrame, LOST } from '../malformed-frames.js'
import { concat, frame } from '../reference-frames.js'
import {
  assertRig,
  type Call,
  ending,
  errorOf,
  eventsOf,
  finish,
  gate,
  type MtgOptions,
  opening,
  recorder,
  rig,
  traffic,
} from '../support.js'

const SMALL = { ringBytes: 256, maxFrameBytes: 64, slots: 64 }

/** A router, what its observer saw, and which frame errors were told. */
function listening(options: MtgOptions = {}, sizes = {}) {
  const calls: Call[] = []
  const errors: FrameError[] = []
  const tested = rig(
    { shards: 1, observers: [recorder(calls)], onFrameError: (error) => errors.push(error), ...options },
    sizes,
  )
  const ids = (): string[] => eventsOf(calls).map(({ streamId }) => streamId)
  return { ...tested, calls, errors, ids }
}

describe('a malformed frame', () => {
  for (const [reason, spec] of BAD) {
    it(`costs itself alone and says where it is: ${reason}, template ${spec.template}`, async () => {
      const tested = listening()
      const bad = badFrame(spec)
      const [before, after] = [traffic('before', 1), traffic('after', 2)]
      tested.router.write(concat(before, bad, after, bad))
      expect(tested.ids()).toEqual(['before', 'after'])
      expect(tested.errors.map(({ code, offset, frame }) => [code, offset, frame])).toEqual([
        ['frame-rejected', before.length, 2],
        ['frame-rejected', before.length + bad.length + after.length, 4],
      ])
      for (const error of tested.errors) {
        expect(error).toBeInstanceOf(FrameError)
        expect(error.reason).toBe(reason)
        expect(error.message).toMatch(new RegExp(`^frame ${error.frame} at byte ${error.offset}: `))
      }
      const stats = await finish(tested)
      expect(stats.rejectedBy).toEqual({ [reason]: 2 })
      expect([stats.received, stats.accepted, stats.discardedBytes]).toEqual([4, 2, 0])
    })
  }

  it('is told with its source, at its offset in that source', async () => {
    const tested = listening()
    const [one, other] = [tested.router.source(), tested.router.source()]
    const bad = frame({ template: 3, streamId: 's', isRead: 2 })
    one.write(traffic('a', 0))
    other.write(bad.subarray(0, 5))
    one.write(bad)
    other.write(concat(bad.subarray(5), bad))
    expect(tested.errors.map(({ source, offset }) => [source === one, source === other, offset])).toEqual([
      [true, false, traffic('a', 0).length],
      [false, true, 0],
      [false, true, bad.length],
    ])
    await finish(tested)
  })

  it('is told after the events before it were delivered, and before the ones behind it', async () => {
    const story: string[] = []
    const tested = listening({
      observers: [() => ({ eventTraffic: ({ streamId }) => void story.push(streamId) })],
      onFrameError: ({ reason }) => void story.push(reason),
    })
    const bad = frame({ template: 3, streamId: 's', isRead: 2 })
    tested.router.write(concat(traffic('a', 0), bad, traffic('b', 0), bad, traffic('c', 0)))
    expect(story).toEqual(['a', 'boolean-invalid', 'b', 'boolean-invalid', 'c'])
    await finish(tested)
  })

  it('takes no slot, opens and ends nothing', async () => {
    const tested = listening()
    const bad = frame({ template: 1, streamId: 's', schemaId: 7 })
    const badEnd = frame({ template: 4, streamId: 'good', block: new Uint8Array(3) })
    tested.router.write(concat(bad, ending('s'), opening('good'), badEnd, ending('good')))
    expect(tested.ids()).toEqual(['good', 'good'])
    const stats = await finish(tested)
    expect([stats.streams, stats.droppedBy.orphan, stats.rejected]).toEqual([0, 1, 2])
  })

  it('is told ten times a second at most, and counted every time', async () => {
    const tested = listening()
    const bad = frame({ template: 3, streamId: 's', isRead: 2 })
    tested.router.write(concat(...new Array<Uint8Array>(1_000).fill(bad)))
    expect(tested.errors.length).toBe(10)
    tested.host.advance(1_000)
    tested.router.source().write(concat(bad, bad))
    expect(tested.errors.length).toBe(12)
    expect((await finish(tested)).rejectedBy).toEqual({ 'boolean-invalid': 1_002 })
  })

  it('of an unknown template is counted, but not told: its producer is only newer', async () => {
    const tested = listening()
    tested.router.write(concat(frame({ template: 10 }), frame({ template: 0 }), traffic('a', 0)))
    expect([tested.errors, tested.ids()]).toEqual([[], ['a']])
    expect((await finish(tested)).rejectedBy).toEqual({ 'unknown-template': 2 })
  })

  it('needs no handler', async () => {
    const tested = rig({ shards: 1 })
    tested.router.write(frame({ template: 3, streamId: 's', isRead: 2 }))
    expect(tested.host.warnings).toEqual([])
    expect((await finish(tested)).rejected).toBe(1)
  })

  it('costs nothing else while its shard is full', async () => {
    const slow = gate()
    const calls: Call[] = []
    const errors: string[] = []
    const tested = rig(
      {
        shards: 1,
        observers: [recorder(calls, () => slow.promise)],
        onFrameError: ({ reason, offset }) => errors.push(`${reason} ${offset}`),
      },
      SMALL,
    )
    const [good, bad] = [traffic('a', 1), frame({ template: 3, streamId: 'a', isRead: 2 })]
    expect(tested.router.write(concat(...new Array<Uint8Array>(8).fill(concat(good, bad))))).toBe(false)
    assertRig(tested)
    slow.open()
    await tested.router.settled()
    const pair = good.length + bad.length
    expect(errors).toEqual(Array.from({ length: 8 }, (_, n) => `boolean-invalid ${n * pair + good.length}`))
    expect((await finish(tested)).delivered).toBe(8)
  })
})

describe('a newer producer', () => {
  it('may add to the block, behind the stream ID, and to the version', async () => {
    const tested = listening()
    const spec = { template: 3, traffic: 7, isRead: true }
    tested.router.write(
      concat(
        frame({ ...spec, streamId: 'block', extraBlockBytes: new Uint8Array(9).fill(255), version: 3 }),
        frame({ ...spec, streamId: 'data', extraVarData: new Uint8Array(12).fill(255) }),
        frame({ ...spec, streamId: 'version', version: 65_535 }),
      ),
    )
    expect(tested.ids()).toEqual(['block', 'data', 'version'])
    for (const event of eventsOf(tested.calls)) expect(event).toMatchObject({ traffic: 7, isRead: true })
    expect((await finish(tested)).rejected).toBe(0)
  })
})

describe('lost framing', () => {
  for (const [name, reason, head] of LOST) {
    it(`closes its source and only it: ${name}`, async () => {
      const tested = listening()
      const [lost, other] = [tested.router.source(), tested.router.source()]
      const good = traffic('good', 1)
      const rest = concat(head, good, good)
      const error = await errorOf(() => lost.write(concat(good, rest)))
      expect(error).toBeInstanceOf(FrameError)
      expect(error).toMatchObject({
        code: 'framing-lost',
        reason,
        offset: good.length,
        frame: 2,
        source: lost,
      })
      expect(tested.errors).toEqual([error])
      expect(tested.ids()).toEqual(['good'])
      expect(tested.router.stats().discardedBytes).toBe(rest.length)
      expect(await errorOf(() => lost.write(good))).toBe(error)
      expect(await errorOf(() => lost.ready())).toBe(error)
      // Cleaning up after it is no error: servers do so when a connection closes.
      await lost.end()
      expect(other.write(good)).toBe(true)
      expect(tested.router.write(good)).toBe(true)
      const stats = await finish(tested)
      expect(stats.rejectedBy).toEqual({ [reason]: 1 })
      expect([stats.received, stats.accepted]).toEqual([4, 3])
      expect(stats.discardedBytes).toBe(rest.length + good.length)
    })
  }

  it('is found at the fourth byte, wherever the bytes are cut, at the same offset', async () => {
    const good = traffic('good', 1)
    const bytes = concat(good, [0, 0, 0, 5])
    for (let cut = 0; cut <= bytes.length; cut++) {
      const tested = listening()
      const source = tested.router.source()
      const error = await errorOf(() => {
        source.write(bytes.subarray(0, cut))
        source.write(bytes.subarray(cut))
      })
      expect(error).toMatchObject({ code: 'framing-lost', offset: good.length })
      expect(tested.ids()).toEqual(['good'])
      expect((await finish(tested)).discardedBytes).toBe(4)
    }
  })

  it('still delivers what came before it, from behind a full ring too, and settled() waits for that', async () => {
    const slow = gate()
    const calls: Call[] = []
    const errors: FrameError[] = []
    const tested = rig(
      {
        shards: 1,
        observers: [recorder(calls, () => slow.promise)],
        onFrameError: (error) => errors.push(error),
      },
      SMALL,
    )
    const source = tested.router.source()
    const goods = Array.from({ length: 20 }, (_, number) => traffic('a', number))
    expect(source.write(concat(...goods, new Uint8Array(10)))).toBe(false)
    const ready = errorOf(() => source.ready())
    const settled = source.settled()
    slow.open()
    expect(await ready).toMatchObject({ code: 'framing-lost', frame: 21 })
    expect(errors.length).toBe(1)
    // Whether it was asked before the fault was reached or after it.
    await settled
    await source.settled()
    expect(eventsOf(calls).length).toBe(20)
    expect((await finish(tested)).discardedBytes).toBe(10)
  })

  it('leaves a handler that writes to that source with the same error, and to another with success', async () => {
    const told: unknown[] = []
    const tested = listening({
      onFrameError: async (error) => {
        told.push(await errorOf(() => error.source!.write(traffic('a', 0))))
        tested.router.write(traffic('b', 0))
      },
    })
    const source = tested.router.source()
    const error = await errorOf(() => source.write(new Uint8Array(6)))
    await tested.router.settled()
    expect(told).toEqual([error])
    expect(tested.ids()).toEqual(['b'])
    await finish(tested)
  })

  it('never goes looking for the next frame', async () => {
    const tested = listening()
    const source = tested.router.source()
    await errorOf(() => source.write(concat([1], traffic('a', 0), traffic('a', 1))))
    expect(tested.calls).toEqual([])
    await finish(tested)
  })

  it('frees the place of its source', async () => {
    const tested = listening()
    const source = tested.router.source()
    expect(tested.router.stats().sources).toBe(2)
    await errorOf(() => source.write(new Uint8Array(6)))
    expect(tested.router.stats().sources).toBe(1)
    await finish(tested)
  })
})

describe('a source that ends inside a frame', () => {
  const whole = traffic('a', 1)

  for (const cut of [1, 3, 4, 5, 6, 13, 14, whole.length - 1]) {
    it(`after ${cut} bytes of it: one rejected frame, told`, async () => {
      const tested = listening()
      const source = tested.router.source()
      source.write(concat(whole, whole.subarray(0, cut)))
      await source.end()
      expect(tested.errors).toMatchObject([
        { code: 'frame-rejected', reason: 'truncated', offset: whole.length, frame: 2, source },
      ])
      const stats = await finish(tested)
      expect([stats.received, stats.rejectedBy]).toEqual([2, { truncated: 1 }])
      expect(stats.discardedBytes).toBe(0)
    })
  }

  it('on the edge of a frame rejects nothing', async () => {
    const tested = listening()
    const source = tested.router.source()
    source.write(whole)
    await source.end()
    expect((await finish(tested)).rejected).toBe(0)
  })
})
