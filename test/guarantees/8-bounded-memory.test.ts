// Guarantee 8: everything is sized at creation. Linear memory never grows, so no view
// on it ever detaches, and nothing is allocated from a length that the wire declares.

import { describe, expect, it } from 'vitest'
import { coreModule } from '../../src/wasm.js'
import { concat } from '../reference-frames.js'
import {
  assertRig,
  type Call,
  ending,
  errorOf,
  eventsOf,
  finish,
  keyless,
  opening,
  type Rig,
  recorder,
  rig,
  traffic,
} from '../support.js'

/** The bytes outside every region: nobody may write there. */
function canaries({ engine }: Rig): { plant(): void; intact(): boolean } {
  const { bytes, plan } = engine.core
  const regions = [
    plan.templateMap,
    plan.templates,
    plan.listens,
    plan.hashKey,
    plan.shardHeaders,
    plan.slotLists,
    plan.buckets,
    plan.longIds,
  ]
  const gaps: [from: number, to: number][] = []
  const next = (end: number): number =>
    Math.min(
      ...[...regions, plan.rings, plan.input]
        .map(({ address }) => address)
        .filter((address) => address >= end),
    )
  // Rings and input have slack that copies may run into; the tables have none of it used.
  for (const { address, bytes: length } of regions) gaps.push([address + length, next(address + length)])
  return {
    plant: () => {
      for (const [from, to] of gaps) bytes.fill(0xa5, from, to)
    },
    intact: () => gaps.every(([from, to]) => bytes.subarray(from, to).every((byte) => byte === 0xa5)),
  }
}

describe('linear memory', () => {
  it('never grows and never detaches, whatever comes', async () => {
    const tested = rig({ shards: 3, observers: [recorder([])], onFrameError: () => {} }, { slots: 4 })
    const { core } = tested.engine
    const { buffer } = core.bytes
    const bytes = buffer.byteLength
    for (let index = 0; index < 3_000; index++) {
      const id = 'x'.repeat(index % 250) + index.toString(36)
      tested.router.write(concat(opening(id), traffic(id, index), keyless(index)))
    }
    await errorOf(() => tested.router.source().write(new Uint8Array(100_000).fill(0xff)))
    expect([core.bytes.buffer === buffer, buffer.byteLength]).toEqual([true, bytes])
    expect(bytes).toBe(core.plan.pages * 65_536)
    await finish(tested)
    expect(core.bytes.buffer).toBe(buffer)
  })

  it('is asked for with its maximum, so that nobody can grow it', () => {
    const module = coreModule() as WebAssembly.Module
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }])
    expect(WebAssembly.Module.exports(module).map(({ name }) => name)).not.toContain('memory.grow')
    const tested = rig({ shards: 1 })
    expect(tested.engine.core.plan.pages).toBeLessThan(700)
    return finish(tested)
  })

  it('R16 of one router is not touched by another one', async () => {
    const one = rig(
      { shards: 2, observers: [recorder([])] },
      { slots: 8, ringBytes: 1_024, maxFrameBytes: 128 },
    )
    one.router.write(concat(opening('a'), traffic('b', 1)))
    const before = one.engine.core.bytes.slice()
    const calls: Call[] = []
    const other = rig({ shards: 2, observers: [recorder(calls)] }, { slots: 8 })
    other.router.write(concat(opening('c'), traffic('a', 2), ending('a')))
    await finish(other)
    expect(Buffer.compare(before, one.engine.core.bytes)).toBe(0)
    expect(eventsOf(calls).length).toBe(2)
    await finish(one)
  })

  it('is written inside its regions only: what lies between them stays as it was', async () => {
    const calls: Call[] = []
    const tested = rig(
      { shards: 3, observers: [recorder(calls, () => Promise.resolve())] },
      { slots: 3, ringBytes: 512, maxFrameBytes: 512, startPosition: 2 ** 32 - 512 },
    )
    const { plant, intact } = canaries(tested)
    plant()
    for (let index = 0; index < 400; index++) {
      const id = 'y'.repeat((index * 7) % 255) || 'y'
      const chunk = concat(opening(id), traffic(id, index), index % 3 === 0 ? ending(id) : keyless(index))
      if (!tested.router.write(chunk)) await tested.router.ready()
      expect(intact()).toBe(true)
      assertRig(tested)
    }
    expect((await finish(tested)).delivered).toBeGreaterThan(1_000)
  })
})

describe('a length that the wire declares', () => {
  it('allocates nothing: a source that drips one costs the bytes that came', async () => {
    const tested = rig({ shards: 1, observers: [recorder([])] })
    const head = Uint8Array.of(0, 1, 0, 0, 0xeb, 0x50)
    const sources = Array.from({ length: 500 }, () => tested.router.source())
    const kept: number[] = []
    const real = globalThis.Uint8Array
    // Every allocation from now on is seen.
    globalThis.Uint8Array = new Proxy(real, {
      construct: (target, args: [number]) => {
        if (typeof args[0] === 'number') kept.push(args[0])
        return Reflect.construct(target, args) as object
      },
    })
    try {
      for (const source of sources) for (const byte of head) source.write(real.of(byte))
    } finally {
      globalThis.Uint8Array = real
    }
    expect(Math.max(...kept)).toBeLessThanOrEqual(256)
    expect(kept.length).toBeLessThanOrEqual(500)
    expect((await finish(tested)).rejectedBy).toEqual({ truncated: 500 })
  })

  it('of the longest frame takes no more than twice that frame', async () => {
    const calls: Call[] = []
    const tested = rig({ shards: 1, observers: [recorder(calls)] })
    const long = concat([0, 1, 0, 0, 0xeb, 0x50], traffic('long', 7).subarray(6), new Uint8Array(65_536))
    const bytes = long.subarray(0, 65_536)
    for (let at = 0; at < bytes.length; at += 1_000) tested.router.write(bytes.subarray(at, at + 1_000))
    expect(eventsOf(calls)).toMatchObject([{ streamId: 'long', traffic: 7 }])
    expect((await finish(tested)).rejected).toBe(0)
  })
})

describe('sizes', () => {
  it('that the platform has no memory for are refused with a code, before any observer is made', async () => {
    const { Memory } = WebAssembly
    const cause = new RangeError('could not allocate memory')
    let made = 0
    // As it is when thousands of routers live: each takes gigabytes of address space from the engine.
    WebAssembly.Memory = class {
      constructor() {
        throw cause
      }
    } as unknown as typeof Memory
    const factory = () => {
      made++
      return {}
    }
    const error = await errorOf(() => rig({ observers: [factory] }))
    WebAssembly.Memory = Memory
    expect(error).toMatchObject({ name: 'OptionError', code: 'memory-limit', cause })
    expect((error as Error).message).toMatch(/gives no \d+ MiB \(could not allocate memory\); lower streams/)
    expect(made).toBe(0)
  })

  it('that need more than 4 GiB are refused before anything is allocated, with what to lower', async () => {
    const error = await errorOf(() =>
      rig({ shards: 256, streams: 4_194_304, ringBytes: 268_435_456, observers: [] }),
    )
    expect(error).toMatchObject({ name: 'OptionError', code: 'memory-limit' })
    expect((error as Error).message).toMatch(/lower streams, shards or ringBytes/)
  })

  it('by default hold 64 MiB of rings at most, however many shards there are', async () => {
    for (const shards of [1, 4, 64, 65, 256]) {
      const tested = rig({ shards })
      const { plan } = tested.engine.core
      expect(plan.ringBytes * shards).toBeLessThanOrEqual(64 * 2 ** 20)
      expect(plan.maxFrameBytes).toBeLessThanOrEqual(plan.ringBytes / 8)
      expect(plan.slots * shards).toBeGreaterThanOrEqual(65_536 * 1.25)
      await finish(tested)
    }
  })
})
