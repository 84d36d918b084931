// Whatever comes in, only what is meant to be written is: the bytes between the regions
// of memory, and the configuration, are after a hard run what they were before.
import { describe, expect, it } from 'vitest'
import { writeLossy } from '../compare.js'
import { mutateFrames, Random } from '../mutate.js'
import { frame } from '../reference.js'
import { concat } from '../reference-frames.js'
import { type Call, finish, recorder, rig, TestHost } from '../support.js'
import { edgeFrames, sessionFrames } from '../vectors.js'
import { Canaries } from './gaps.js'

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
      const canaries = new Canaries(bytes, plan)

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

      expect(canaries.dead()).toEqual([])
    },
  )
})
