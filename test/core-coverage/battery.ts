// Checks of the core that are cheap and sharp, for running them once a mutant: each
// plays something fixed through the product, and throws when its oracle disagrees.
// What they share with tests is in the modules that both import. Here are the list, and
// checks of rings and of where frames go.
import fc from 'fast-check'
import { expect } from 'vitest'
import { exerciseRows } from '../core/any-rows.js'
import { exercise } from '../core/ring.js'
import { checkLoad, scenarios } from '../judge.js'
import { Random } from '../mutate.js'
import { frame } from '../reference.js'
import { play } from '../scenario.js'
import { FEW } from '../slow.js'
import { assertRig, finish, gate, idsOfShard, keyless, rig, upTo } from '../support.js'

import { anySchema, freshRouters, hash, mutatedFrames, text } from './battery-frames.js'
import {
  doubling,
  exactRoom,
  framing,
  hotPath,
  longIds,
  lookAhead,
  notes,
  tables,
} from './battery-streams.js'

export interface Check {
  /** What disagrees when it throws. */
  readonly oracle: string
  run(): void | Promise<void>
}

const LOADS = fc.sample(scenarios, { seed: 11, numRuns: 30 })

async function loads(): Promise<void> {
  for (const scenario of LOADS) checkLoad(scenario, await play(scenario))
}

function rings(): void {
  for (const bytes of [256, 1_024])
    for (const start of [0, 2 ** 31 - 512, 2 ** 32 - 512]) exercise(bytes, start, 300)
}

function rows(): void {
  for (const seed of upTo(400)) exerciseRows(new Random(seed + 1))
}

/** An end that nobody listens to, of a stream that never was, leaves no trace. */
async function unheardOrphans(): Promise<void> {
  const told: unknown[] = []
  const tested = rig({
    shards: 1,
    orphans: 'deliver',
    observers: [() => ({ streamReleased: (slot) => void told.push(slot) })],
  })
  tested.router.write(frame({ template: 4, streamId: 'never' }))
  expect(await finish(tested)).toMatchObject({ ignored: 1, streams: 0, dropped: 0 })
  expect(told).toEqual([])
}

/** Frames without a key go round, past shards that are full, and wait when all are. */
async function spreading(): Promise<void> {
  const slow = gate()
  const got: number[][] = [[], [], []]
  const tested = rig(
    {
      shards: 3,
      observers: [
        (shard) =>
          shard === 1
            ? {}
            : {
                eventIPListSize: ({ size }) => {
                  got[shard]!.push(size)
                  return slow.promise
                },
              },
      ],
    },
    FEW,
  )
  // Shard 1 doesn't listen: what is its turn is ignored, and always has room.
  for (const size of upTo(9)) expect(tested.router.write(keyless(size))).toBe(true)
  assertRig(tested)
  expect(tested.router.stats()).toMatchObject({ ignored: 3, inFlight: 6 })
  slow.open()
  await tested.router.settled()
  expect(got).toEqual([[0, 3, 6], [], [2, 5, 8]])
  await finish(tested)
}

async function spreadingWhenFull(): Promise<void> {
  const slow = gate()
  const got: number[][] = [[], []]
  const observers = [
    (shard: number) => ({
      eventIPListSize: ({ size }: { size: number }) => {
        got[shard]!.push(size)
        return slow.promise
      },
    }),
  ]
  const tested = rig({ shards: 2, observers }, FEW)
  let written = 0
  while (tested.router.write(keyless(written++)) && written < 100);
  assertRig(tested)
  const { inFlight } = tested.router.stats()
  slow.open()
  await tested.router.settled()
  expect(got.flat().sort((a, b) => a - b)).toEqual(upTo(written))
  // Five records of 48 bytes in each ring, and 16 bytes to spare; one frame waits.
  expect([inFlight, written]).toEqual([10, 11])
  await finish(tested)
}

/** A shard that doesn't listen to frames without a key takes its turn even when it is full. */
async function spreadingPastDeaf(): Promise<void> {
  const slow = gate()
  const [busy] = idsOfShard(1, 2, 1)
  const observers = [
    (shard: number) => (shard === 1 ? { eventTraffic: () => slow.promise } : { eventIPListSize: () => {} }),
  ]
  const tested = rig({ shards: 2, observers }, FEW)
  while (tested.router.write(frame({ template: 3, streamId: busy! })));
  const source = tested.router.source()
  for (const size of upTo(6)) expect(source.write(keyless(size))).toBe(true)
  expect(tested.router.stats()).toMatchObject({ ignored: 3, delivered: 3 })
  slow.open()
  await tested.router.settled()
  await finish(tested)
}

export const battery: readonly Check[] = [
  { oracle: 'hash', run: hash },
  { oracle: 'rings', run: rings },
  { oracle: 'rows', run: rows },
  { oracle: 'doubling', run: doubling },
  { oracle: 'tables', run: tables },
  { oracle: 'mutated frames', run: mutatedFrames },
  { oracle: 'fresh routers', run: freshRouters },
  { oracle: 'any schema', run: anySchema },
  { oracle: 'text', run: text },
  { oracle: 'spreading', run: spreading },
  { oracle: 'spreading when full', run: spreadingWhenFull },
  { oracle: 'spreading past deaf', run: spreadingPastDeaf },
  { oracle: 'hot path', run: hotPath },
  { oracle: 'notes', run: notes },
  { oracle: 'framing', run: framing },
  { oracle: 'exact room', run: exactRoom },
  { oracle: 'long IDs', run: longIds },
  { oracle: 'unheard orphans', run: unheardOrphans },
  { oracle: 'look-ahead', run: lookAhead },
  { oracle: 'loads', run: loads },
]
