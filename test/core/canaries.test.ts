// Whatever comes in, only what is meant to be written is: the bytes between the regions
// of memory, and the configuration, are after a hard run what they were before.
import { describe, expect, it } from 'vitest'
import * as layout from '../../src/layout.js'
import type { Plan } from '../../src/plan.js'
import { writeLossy } from '../compare.js'
import { mutateFrames, Random } from '../mutate.js'
import { frame } from '../reference.js'
import { concat } from '../reference-frames.js'
import { type Call, finish, recorder, rig, TestHost } from '../support.js'
import { edgeFrames, sessionFrames } from '../vectors.js'

const CANARY = 0xa5
/** A copy of 16 bytes at a time may run so far past a record. */
const COPY_BYTES = 16

interface Gap {
  readonly from: number
  readonly to: number
  readonly name: string
}

/** Between what is used and what is used next: nobody's. */
function gapsOf(plan: Plan): Gap[] {
  const used: [string, number, number][] = [
    ['control', layout.CONTROL, layout.CONTROL + layout.CONTROL_BYTES],
  ]
  for (const name of [
    'templateMap',
    'templates',
    'listens',
    'hashKey',
    'shardHeaders',
    'slotLists',
  ] as const) {
    used.push([name, plan[name].address, plan[name].address + plan[name].bytes])
  }
  for (const name of ['buckets', 'longIds'] as const) {
    used.push([name, plan[name].address, plan[name].address + plan[name].bytes])
  }
  for (let shard = 0; shard < plan.shards; shard++) {
    const ring = plan.rings.address + shard * plan.ringStride
    used.push([`ring ${shard}`, ring, ring + plan.ringBytes + COPY_BYTES])
  }
  used.push(['input', plan.input.address, plan.input.address + plan.input.bytes])
  const gaps = used.map(([name, , end], index) => {
    const to = used[index + 1]?.[1] ?? plan.pages * 65_536
    return { name: `behind ${name}`, from: end, to }
  })
  return [{ name: 'before control', from: 0, to: layout.CONTROL }, ...gaps]
}

describe('canaries round every region', () => {
  it.each([
    { what: 'one small ring, a full table', shards: 1, slots: 4, ringBytes: 4_096, start: 0 },
    {
      what: 'many rings, positions about to wrap',
      shards: 7,
      slots: 12,
      ringBytes: 8_192,
      start: 2 ** 32 - 64,
    },
  ])(
    'live through recordings, mutated frames and the longest IDs: $what',
    async ({ shards, slots, ringBytes, start }) => {
      const calls: Call[] = []
      const sizes = { slots, ringBytes, maxFrameBytes: ringBytes / 8, startPosition: start }
      const tested = rig({ shards, observers: [recorder(calls)] }, sizes, new TestHost(5))
      const { core } = tested.engine
      const { bytes, plan } = core
      const gaps = gapsOf(plan)
      for (const { from, to } of gaps) bytes.fill(CANARY, from, to)
      const fixed = [plan.templateMap, plan.templates, plan.listens]
      const before = fixed.map(({ address, bytes: size }) => bytes.slice(address, address + size))

      const random = new Random(8)
      const longest = Array.from({ length: 100 }, (_, index) =>
        frame({ template: 1 + (index % 4), streamId: `${index % 30}`.padEnd(254 - (index % 20), '-') }),
      )
      const edge = edgeFrames()
      const inputs = [sessionFrames(), edge, concat(...longest)]
      for (let seed = 1; seed <= 500; seed++)
        inputs.push(mutateFrames(random.pick([edge, concat(...longest)]), seed))
      for (const input of inputs) {
        const source = tested.router.source()
        let from = 0
        try {
          while (from < input.length) {
            const to = from + 1 + random.below(100_000)
            const chunk = input.slice(from, to)
            writeLossy(() => source.write(chunk))
            from = to
          }
          await source.end()
        } catch (error) {
          // Its framing is lost: that is what the next input's source is for.
          expect(error).toMatchObject({ code: 'framing-lost' })
        }
        calls.length = 0
      }
      expect((await finish(tested)).evicted).toBeGreaterThan(50)

      const dead = gaps.filter(({ from, to }) => bytes.subarray(from, to).some((byte) => byte !== CANARY))
      expect(dead).toEqual([])
      const after = fixed.map(({ address, bytes: size }) => bytes.slice(address, address + size))
      expect(after).toEqual(before)
    },
  )
})
