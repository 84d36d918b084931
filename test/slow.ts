// Routers of a few records a ring, whose observers are slow: what tests of backpressure
// and of shutdown begin with.

import { concat } from './reference-frames.js'
import { assertRig, type Call, type Gate, gate, microtasks, recorder, rig, traffic, upTo } from './support.js'

/** A ring of four or five of these tests' records. */
export const FEW = { ringBytes: 256, maxFrameBytes: 64, slots: 64 }

/** How often each shard's observers were shut down. */
export function shutdowns(calls: readonly Call[], shards: number): number[] {
  return upTo(shards).map(
    (shard) => calls.filter((call) => call.method === 'shutdown' && call.shard === shard).length,
  )
}

/** A router whose observers' events wait for a gate; its chunk overfills the ring. */
export function full(shards = 1) {
  const calls: Call[] = []
  const slow = gate()
  const tested = rig(
    { shards, observers: [recorder(calls, ({ method }) => (method === 'event' ? slow.promise : undefined))] },
    FEW,
  )
  tested.router.write(concat(...upTo(20).map((number) => traffic('a', number))))
  return { ...tested, calls, slow }
}

/** A router whose observer's calls each wait for `step`. */
export function stepped() {
  const calls: Call[] = []
  const gates: Gate[] = []
  const tested = rig(
    {
      shards: 1,
      observers: [
        recorder(calls, ({ method }) => {
          if (method !== 'event') return
          gates.push(gate())
          return gates.at(-1)!.promise
        }),
      ],
    },
    FEW,
  )
  const step = async (): Promise<boolean> => {
    const next = gates.shift()
    next?.open()
    await microtasks()
    assertRig(tested)
    return next !== undefined
  }
  return { ...tested, calls, step }
}
