// Guarantee 2: a stream's events arrive in the order in which their frames were written,
// and there is no end without a beginning.

import { referenceDecode } from '../../reference.js'
import { concat } from '../../reference-frames.js'
import { cases, equal, turn, upTo } from './harness.js'
import {
  ending,
  FEW,
  type Gate,
  gate,
  keyless,
  numbersByStream,
  opening,
  rig,
  story,
  traffic,
  writeAll,
} from './rig.js'

export const order = cases('2 order', {
  'events arrive as written while promises settle in odd orders': async () => {
    const gates: Gate[] = []
    const tested = rig({ ...FEW, shards: 4 }, ({ method }) => {
      if (method !== 'event') return
      gates.push(gate())
      return gates.at(-1)!.promise
    })
    const streams = ['a', 'b', 'c', 'd', 'e', 'f']
    const bytes = concat(...upTo(20).flatMap((number) => streams.map((id) => traffic(id, number))))
    equal(tested.router.write(bytes), false, 'write')
    let seed = 7
    while (gates.length > 0) {
      seed = (seed * 69_069 + 1) % 2 ** 31
      const [one] = gates.splice(seed % gates.length, 1)
      if (seed % 3 === 0) one!.fail(new Error('no'))
      else one!.open()
      await turn()
    }
    equal(numbersByStream(tested.events()), Object.fromEntries(streams.map((id) => [id, upTo(20)])))
    const stats = await tested.finish()
    equal(stats.delivered + stats.failed, 120)
  },

  'events of several sources arrive as each wrote them, while rings are full': async () => {
    const tested = rig({ ...FEW, shards: 2 }, ({ method }) =>
      method === 'event' ? Promise.resolve() : undefined,
    )
    await Promise.all(
      upTo(5).map(async (index) => {
        const source = tested.router.source()
        for (const number of upTo(30)) {
          await writeAll(source, concat(...['x', 'y', 'z'].map((id) => traffic(id + index, number))))
        }
        await source.settled()
      }),
    )
    const ids = upTo(5).flatMap((index) => ['x', 'y', 'z'].map((id) => id + index))
    equal(numbersByStream(tested.events()), Object.fromEntries(ids.map((id) => [id, upTo(30)])))
    await tested.finish()
  },

  'frames of all lengths arrive whole and in order through a ring that is always full': async () => {
    const bytes = concat(
      ...upTo(2_000).map((number) => {
        const id = 's'.repeat(1 + ((number * 7) % 31))
        return number % 5 === 0 ? keyless(number) : traffic(id, number)
      }),
    )
    const wanted = referenceDecode(bytes).items.flatMap((item) => (item.kind === 'event' ? [item.event] : []))
    const tested = rig(FEW, ({ method }) => (method === 'event' ? Promise.resolve() : undefined))
    await writeAll(tested.router, bytes)
    await tested.router.settled()
    equal(
      tested.events().map(({ slot: _slot, ...fields }) => fields),
      wanted,
    )
    equal((await tested.finish()).delivered, 2_000)
  },

  'what an observer writes and sends arrives behind what was written before': async () => {
    const tested = rig({}, ({ event }) => {
      if (event?.event !== 'EventStart') return
      tested.router.write(traffic(event.streamId, 3))
      tested.router.send({
        event: 'EventTraffic',
        streamId: event.streamId,
        timestamp: 0,
        traffic: 4,
        isRead: true,
      })
    })
    tested.router.write(concat(opening('a'), traffic('a', 1), traffic('a', 2)))
    equal(numbersByStream(tested.events()), { a: [1, 2, 3, 4] })
    await tested.finish()
  },

  'an end without a beginning is dropped and counted': async () => {
    const tested = rig()
    tested.router.write(
      concat(ending('never'), traffic('middle', 1), ending('middle'), opening('a'), ending('a'), ending('a')),
    )
    equal(story(tested.calls), ['Traffic middle', 'ended 1', 'Start a', 'Finish a', 'ended 1'])
    const stats = await tested.finish()
    equal([stats.droppedBy, stats.streams, stats.delivered], [{ orphan: 3 }, 0, 3])
  },

  "an end without a beginning is delivered where orphans are 'deliver'": async () => {
    const tested = rig({ orphans: 'deliver' })
    tested.router.write(concat(ending('never'), ending('never')))
    equal(story(tested.calls), ['Finish never', 'ended 1', 'Finish never', 'ended 1'])
    equal((await tested.finish()).dropped, 0)
  },

  'an end without a stream ID is no orphan': async () => {
    const tested = rig()
    tested.router.write(ending(''))
    equal(story(tested.calls), ['Finish '])
    equal((await tested.finish()).dropped, 0)
  },

  'a second opening releases the first stream and begins a new one': async () => {
    const tested = rig()
    tested.router.write(concat(opening('a'), traffic('a', 1), opening('a'), traffic('a', 2), ending('a')))
    equal(story(tested.calls), [
      'Start a',
      'Traffic a',
      'restarted 1',
      'Start a',
      'Traffic a',
      'Finish a',
      'ended 1',
    ])
    const stats = await tested.finish()
    equal([stats.restarted, stats.streams, stats.dropped], [1, 0, 0])
  },
})
