// A session of the real mtg, 17,241 frames: the instances that mtg chose, every event as
// an independent decoder reads it, whole, cut, from one source and from many.

import { type Modelled, model, type Step } from '../../model.js'
import { referenceDecode } from '../../reference.js'
import { cases, equal, type Given, isTrue, matches } from './harness.js'
import { pieces, type Rig, rig } from './rig.js'

/** Events of the session by kind, as its recorder counted them (test/vectors/README.md). */
const RECORDED = {
  EventStart: 704,
  EventConnectedToDC: 544,
  EventTraffic: 15_018,
  EventFinish: 694,
  EventDomainFronting: 142,
  EventConcurrencyLimited: 37,
  EventIPBlocklisted: 48,
  EventReplayAttack: 33,
  EventIPListSize: 21,
}
const ALL = 17_241
/** Shards of the mtg that was recorded. */
const RECORDED_SHARDS = 2

function countBy(names: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** Each shard's keyed events and releases, in order, against the model's. */
function checkShards({ calls }: Rig, { steps }: Modelled, shards: number): void {
  for (let shard = 0; shard < shards; shard++) {
    const isMine = (step: Step): boolean => step.shard === shard && step.kind !== 'dropped'
    const wanted = steps.filter(isMine).map((step) => (step.kind === 'released' ? step.reason : step.event))
    const got = calls.flatMap((call): unknown[] => {
      if (call.shard !== shard || call.method === 'shutdown') return []
      if (call.event === undefined) return [call.reason]
      const { slot, ...fields } = call.event
      return slot === 0 ? [] : [fields]
    })
    equal(got, wanted, `shard ${shard}`)
  }
}

async function replay({ recording }: Given, shards: number, length: number): Promise<void> {
  const modelled = model(referenceDecode(recording.frames), { shards })
  const tested = rig({ shards })
  for (const piece of pieces(recording.frames, length)) {
    equal(tested.router.write(piece), true, 'write')
    piece.fill(0xff)
  }
  checkShards(tested, modelled, shards)
  const { delivered, dropped, droppedBy, rejected } = modelled.ledger
  const stats = await tested.finish()
  matches(stats, { received: ALL, accepted: ALL, delivered, dropped, droppedBy, rejected, evicted: 0 })
  equal(stats.streams, modelled.live.size, 'live streams')
}

export const recording = cases("mtg's recorded session", {
  'has the events by kind that were recorded': async ({ recording: { frames } }) => {
    const tested = rig({ shards: 4, orphans: 'deliver' })
    tested.router.write(frames)
    equal(countBy(tested.events().map(({ event }) => event)), RECORDED)
    equal(
      countBy(
        referenceDecode(frames).items.map((item) => (item.kind === 'event' ? item.event.event : 'bad')),
      ),
      RECORDED,
      'the reference',
    )
    matches(await tested.finish(), { delivered: ALL, rejected: 0 })
  },

  'reaches the instances that mtg chose': async ({ recording: { frames, shards } }) => {
    const chosen = new Map<string, number>()
    referenceDecode(frames).items.forEach((item, index) => {
      if (item.kind === 'event' && item.streamId !== '') chosen.set(item.streamId, shards[index]!)
    })
    const tested = rig({ shards: RECORDED_SHARDS, orphans: 'deliver' })
    tested.router.write(frames)
    for (const { event, shard } of tested.calls) {
      if (event !== undefined && event.streamId !== '') {
        equal(shard, chosen.get(event.streamId), event.streamId)
      }
    }
    equal(chosen.size, RECORDED.EventStart, 'streams')
    await tested.finish()
  },

  'is delivered whole, in each stream’s order, through 4 shards': (given) =>
    replay(given, 4, given.recording.frames.length),
  'is the same cut into pieces of 1,400 bytes': (given) => replay(given, 4, 1_400),
  'is the same cut into pieces of 97 bytes, through 7 shards': (given) => replay(given, 7, 97),
  'is the same cut into single bytes, through one shard': (given) => replay(given, 1, 1),

  'comes whole through small rings and async observers': async ({ recording: { frames } }) => {
    const modelled = model(referenceDecode(frames), { shards: 4 })
    const tested = rig({ shards: 4, ringBytes: 4_096, maxFrameBytes: 512 }, ({ method }) =>
      method === 'event' ? Promise.resolve() : undefined,
    )
    let isHeld = false
    for (const piece of pieces(frames, 16_384)) {
      if (tested.router.write(piece)) continue
      isHeld = true
      await tested.router.ready()
    }
    await tested.router.settled()
    isTrue(isHeld, 'no ring was ever full')
    checkShards(tested, modelled, 4)
    matches(await tested.finish(), { delivered: modelled.ledger.delivered })
  },
})
