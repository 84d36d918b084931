// Every record of a ring stands there whole until it is settled, wherever the ring's end
// and 2^32 fall.
import { describe, expect, it } from 'vitest'
import { MAX_SHARDS, SHARD_LIMIT, SHARD_RESERVED, SHARD_TAIL } from '../../src/layout.js'
import { mtg } from '../../src/mtg/index.js'
import { concat } from '../reference-frames.js'
import { ending, gate, opening, rig, traffic } from '../support.js'
import { exercise, Ring } from './ring.js'

describe('a ring', () => {
  const starts = { 'position 0': 0, '2^31': 2 ** 31 - 4_096, '2^32': 2 ** 32 - 4_096 }

  it.each(
    [256, 512, 1_024, 4_096].flatMap((bytes) =>
      Object.entries(starts).map(([where, start]) => ({ bytes, where, start })),
    ),
  )('of $bytes bytes keeps each record whole until it is settled, from $where on', ({ bytes, start }) => {
    const ring = exercise(bytes, start, 6_000)
    expect(ring.full).toBeGreaterThan(50)
    expect(ring.padded).toBeGreaterThan(50)
  })

  it('keeps its limit at the tail, however many releases come between two events', () => {
    const ring = new Ring(1_024, 0)
    const { core } = ring
    const write = (sent: Uint8Array, ...records: ('ended' | Uint8Array)[]): void => {
      expect(ring.write(sent, records)).toBe(true)
      ring.check()
      while (ring.usedBytes > 0) ring.settle()
    }
    // Beginnings and ends are heard by nobody: what is written of them is releases.
    for (const id of [1, 4]) {
      const template = mtg.templates.findIndex((one) => one.id === id)
      core.bytes[core.plan.listens.address + (template + 1) * MAX_SHARDS] = 0
    }
    write(opening('goes on'))
    write(traffic('goes on', 1), traffic('goes on', 1).subarray(6))
    for (let laps = 0; laps < 4; laps++) {
      // Less than half round since the last record.
      ring.skip(2 ** 30)
      write(concat(opening('ends'), ending('ends')), 'ended')
    }
    for (const number of [2, 3, 4]) write(traffic('goes on', number), traffic('goes on', number).subarray(6))
  })

  it('begins anew with its limit where it was, while it is kept for a source', async () => {
    const slow = gate()
    const { router, engine } = rig({ shards: 1, observers: [() => ({ eventTraffic: () => slow.promise })] })
    const { core } = engine
    const { words, plan } = core
    const word = (offset: number): number => (core.shardAddress(0) + offset) >>> 2
    router.write(traffic('a', 1))
    const tail = words[word(SHARD_TAIL)]!
    expect(tail % plan.ringBytes).toBeGreaterThan(0)
    words[word(SHARD_RESERVED)] = plan.ringBytes
    words[word(SHARD_LIMIT)] = tail
    slow.open()
    await router.settled()
    expect(words[word(SHARD_TAIL)]).toBe(plan.ringBytes)
    expect(words[word(SHARD_LIMIT)]).toBe(tail)
  })
})
