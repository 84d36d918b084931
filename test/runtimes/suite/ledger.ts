// Guarantee 4: received = accepted + rejected, and accepted = delivered + failed + ignored
// + dropped + inFlight, whenever user code runs. The rig checks that at every call of
// every case; here the single terms are checked against what was written.

import { createNoopRouter, createRouter } from 'shardwire'
import { mtg } from 'shardwire/mtg'
import { model } from '../../model.js'
import { referenceDecode } from '../../reference.js'
import { concat, frame } from '../../reference-frames.js'
import { cases, equal, isTrue, matches, turn, upTo } from './harness.js'
import { checkLedger, ending, FEW, gate, keyless, opening, pieces, rig, traffic } from './rig.js'

/** A load of every kind of frame, good and bad, the same for the same seed. */
function mixture(seed: number, frames: number): Uint8Array {
  let state = seed
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 8) % limit
  }
  const makers: readonly ((id: string) => Uint8Array)[] = [
    opening,
    opening,
    ending,
    (id) => traffic(id, below(2 ** 24)),
    (id) => traffic(id, below(2 ** 24)),
    (id) => frame({ template: 2, streamId: id, remoteIP: '2001:db8::1', dc: -2 }),
    (id) => frame({ template: 5, streamId: id }),
    () => frame({ template: 6 }),
    () => frame({ template: 7, remoteIP: '192.0.2.9', isBlockList: true }),
    () => keyless(-below(1_000)),
    (id) => frame({ template: 8, streamId: id }),
    (id) => frame({ template: 3, streamId: id, isRead: 2 }),
    (id) => frame({ template: 99, streamId: id }),
    () => frame({ template: 4, streamId: Uint8Array.of(0xc3) }),
  ]
  const chunk = upTo(frames).map(() => makers[below(makers.length)]!(`stream ${below(12)}`))
  return concat(...chunk)
}

/** What the model says of the same bytes. */
function expected(bytes: Uint8Array, shards: number): Record<string, unknown> {
  const { received, accepted, rejected, rejectedBy, dropped, droppedBy, delivered } = model(
    referenceDecode(bytes),
    { shards },
  ).ledger
  return { received, accepted, rejected, rejectedBy, dropped, droppedBy, delivered }
}

export const ledger = cases('4 no silent loss', {
  'any mixture of frames is counted as an independent model counts it': async () => {
    for (const seed of upTo(8)) {
      const bytes = mixture(seed + 1, 400)
      const tested = rig({ shards: 3 })
      for (const piece of pieces(bytes, 1 + seed * 13)) tested.router.write(piece)
      matches(await tested.finish(), expected(bytes, 3))
    }
  },

  'backpressure, cuts and promises change nothing of that': async () => {
    for (const seed of upTo(4)) {
      const bytes = mixture(seed + 1, 300)
      const tested = rig({ shards: 3, ringBytes: 1_024, maxFrameBytes: 128 }, ({ method }) =>
        method === 'shutdown' ? undefined : Promise.resolve(),
      )
      for (const piece of pieces(bytes, 700)) if (!tested.router.write(piece)) await tested.router.ready()
      matches(await tested.finish(), expected(bytes, 3))
    }
  },

  'what throws is failed, what nobody listens to is ignored, what waits is in flight': async () => {
    const slow = gate()
    let fails = true
    const router = createRouter(mtg, {
      shards: 1,
      observers: [
        () => ({
          eventTraffic: () => {
            checkLedger(router.stats())
            if (!fails) return slow.promise
            fails = false
            throw new Error('no')
          },
        }),
      ],
      onObserverError: () => {},
    })
    router.write(concat(opening('a'), traffic('a', 1), traffic('a', 2), traffic('a', 3), ending('b')))
    const now = router.stats()
    checkLedger(now)
    matches(now, { received: 5, accepted: 5, failed: 1, delivered: 0, ignored: 1, dropped: 1, inFlight: 2 })
    slow.open()
    await router.settled()
    matches(await router.shutdown(), { delivered: 2, failed: 1, ignored: 1, dropped: 1, inFlight: 0 })
  },

  'an event counts once, however many observers see it, and failed if any of them threw': async () => {
    let calls = 0
    const counts = () => ({ eventTraffic: () => void calls++ })
    const throws = () => ({
      eventTraffic: () => {
        throw new Error('no')
      },
    })
    const router = createRouter(mtg, {
      shards: 2,
      observers: [counts, throws, counts],
      onObserverError: () => {},
    })
    router.write(concat(...upTo(5).map((number) => traffic('a', number))))
    matches(await router.shutdown(), { accepted: 5, failed: 5, delivered: 0 })
    equal(calls, 10)
  },

  'nothing is lost for load: what a full ring refuses is held, and comes': async () => {
    const slow = gate()
    const tested = rig(FEW, () => slow.promise)
    const sources = upTo(20).map(() => tested.router.source())
    const chunk = concat(...upTo(10).map((number) => traffic('a', number)))
    for (const source of sources) source.write(chunk)
    await turn()
    const { accepted, inFlight } = tested.router.stats()
    isTrue(accepted < 200 && accepted === inFlight, `${accepted} accepted, ${inFlight} in flight`)
    slow.open()
    await Promise.all(sources.map((source) => source.settled()))
    matches(await tested.finish(), { delivered: 200, dropped: 0, discardedBytes: 0 })
  },

  'without observers all is counted, and ignored': async () => {
    const router = createRouter(mtg)
    router.write(concat(opening('a'), traffic('a', 1), ending('a'), ending('a'), keyless(1)))
    matches(await router.shutdown(), { accepted: 5, ignored: 4, dropped: 1, streams: 0 })
  },

  'the no-op router counts what is sent as ignored, and what is written as discarded': async () => {
    const router = createNoopRouter<typeof mtg>()
    router.send({ event: 'EventFinish', streamId: 'a', timestamp: 0 })
    router.write(new Uint8Array(7))
    matches(await router.shutdown(), { received: 1, accepted: 1, ignored: 1, discardedBytes: 7, sources: 0 })
  },
})
