// Guarantee 9: each shard has a fixed number of slots. A newcomer that finds none free
// takes that of a stream that was idle; the observer is told before the slot is used again.

import { concat } from '../../reference-frames.js'
import { cases, equal, isTrue, upTo } from './harness.js'
import { type Call, ending, gate, opening, type Rig, rig, shardOfId, traffic } from './rig.js'

/** What `streams: 1, shards: 1` gives: a quarter more than asked for, rounded up, and 64 (docs of `streams`). */
const FEWEST_SLOTS = 66

/** Goes through a run as an observer with state would: a slot is one stream's until it is released. */
function checkSlots(calls: readonly Call[]): void {
  const owners = new Map<string, string>()
  for (const { shard, method, event, slot, reason } of calls) {
    if (method === 'released') {
      isTrue(owners.delete(`${shard}/${slot}`), `slot ${slot} was released (${reason}), and is nobody's`)
    } else if (event !== undefined && event.streamId !== '') {
      const key = `${shard}/${event.slot}`
      const owner = owners.get(key)
      isTrue(event.slot >= 1, `${event.streamId} has slot ${event.slot}`)
      equal(owner ?? event.streamId, event.streamId, `the owner of slot ${event.slot}`)
      if (owner === undefined) owners.set(key, event.streamId)
    }
  }
}

const releases = ({ calls }: Rig, reason: string): number =>
  calls.filter((call) => call.reason === reason).length

export const streams = cases('9 bounded state', {
  'streams that never end give way, told before their slot is used again': async () => {
    for (const isAsync of [false, true]) {
      const tested = rig({ shards: 2, streams: 1 }, () => (isAsync ? Promise.resolve() : undefined))
      const ids = upTo(10 * FEWEST_SLOTS).map((index) => `${index}${'-'.repeat(index % 200)}`)
      for (const round of upTo(2)) {
        for (const id of ids) {
          if (!tested.router.write(concat(opening(id), traffic(id, round)))) await tested.router.ready()
        }
      }
      await tested.router.settled()
      checkSlots(tested.calls)
      const stats = await tested.finish()
      equal(stats.delivered, ids.length * 4)
      isTrue(stats.streams <= 2 * FEWEST_SLOTS && stats.evicted > 0, `${stats.streams} streams live`)
      equal(stats.evicted + stats.restarted, ids.length * 2 - stats.streams, 'streams that are over')
      equal([releases(tested, 'evicted'), releases(tested, 'restarted')], [stats.evicted, stats.restarted])
    }
  },

  'slots are small integers: at most as many as a shard has': async () => {
    const tested = rig({ streams: 1 })
    for (const index of upTo(500)) tested.router.write(traffic(`s${(index * 7) % 229}`, index))
    const slots = tested.events().map(({ slot }) => slot)
    equal([Math.min(...slots), Math.max(...slots)], [1, FEWEST_SLOTS])
    checkSlots(tested.calls)
    await tested.finish()
  },

  'the newcomer comes after the eviction, and that after all events of the evicted': async () => {
    const slow = gate()
    const tested = rig({ streams: 1 }, () => slow.promise)
    const ids = upTo(FEWEST_SLOTS + 1).map((index) => `s${index}`)
    tested.router.write(concat(...ids.map((id) => opening(id))))
    slow.open()
    await tested.router.settled()
    const told = tested.calls.findIndex(({ reason }) => reason === 'evicted')
    const slot = tested.calls[told]?.slot
    const [before, after] = [tested.calls.slice(0, told), tested.calls.slice(told)]
    equal(before.filter(({ event }) => event?.slot === slot).length, 1, 'events of the evicted')
    equal(after.find(({ event }) => event?.slot === slot)?.event?.streamId, ids.at(-1), 'the newcomer')
    equal((await tested.finish()).evicted, 1)
  },

  'a stream in use is kept while others come and go': async () => {
    const tested = rig({ streams: 1 })
    tested.router.write(opening('kept'))
    for (const index of upTo(1_000)) tested.router.write(concat(traffic('kept', index), opening(`s${index}`)))
    tested.router.write(ending('kept'))
    const slots = new Set(
      tested.events().flatMap(({ streamId, slot }) => (streamId === 'kept' ? [slot] : [])),
    )
    equal(slots.size, 1, 'slots of the one in use')
    equal((await tested.finish()).dropped, 0)
  },

  'the late end of an evicted stream is an orphan': async () => {
    const tested = rig({ streams: 1 })
    tested.router.write(opening('early'))
    for (const index of upTo(2 * FEWEST_SLOTS)) tested.router.write(opening(`s${index}`))
    tested.router.write(ending('early'))
    equal(tested.events().filter(({ event }) => event === 'EventFinish').length, 0)
    equal((await tested.finish()).droppedBy, { orphan: 1 })
  },

  'an ended stream leaves nothing, and its slot is used again at once': async () => {
    const tested = rig({ shards: 3 })
    for (const index of upTo(1_000)) tested.router.write(concat(opening(`s${index}`), ending(`s${index}`)))
    checkSlots(tested.calls)
    for (const { shard, event } of tested.calls) {
      if (event !== undefined) equal([shard, event.slot], [shardOfId(event.streamId, 3), 1])
    }
    const stats = await tested.finish()
    equal([stats.streams, stats.evicted, releases(tested, 'ended')], [0, 0, 1_000])
  },
})
