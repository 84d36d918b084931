// Guarantee 3: an observer isn't called again before its last call returned and its
// promise settled. Only that shard waits; then those who have a frame for its full ring.

import { createRouter } from 'shardwire'
import { type EventTraffic, mtg } from 'shardwire/mtg'
import { concat } from '../../reference-frames.js'
import { cases, equal, isTrue, turn, until, upTo } from './harness.js'
import { FEW, gate, idOfShard, numbersByStream, opening, rig, traffic } from './rig.js'

const [zero, one] = [idOfShard(0, 2), idOfShard(1, 2)]

export const oneAtATime = cases('3 one at a time', {
  'without promises, all of a write is delivered before it returns': async () => {
    const tested = rig({ shards: 3 })
    equal(tested.router.write(concat(...upTo(500).map((number) => traffic(`s${number}`, number)))), true)
    equal(tested.events().length, 500)
    await tested.finish()
  },

  'a pending promise stops its own shard and no other': async () => {
    const slow = gate()
    const tested = rig({ shards: 2 }, ({ shard }) => (shard === 0 ? slow.promise : undefined))
    tested.router.write(concat(...upTo(4).flatMap((number) => [traffic(zero, number), traffic(one, number)])))
    await turn()
    equal(numbersByStream(tested.events()), { [zero]: [0], [one]: [0, 1, 2, 3] })
    equal(tested.router.stats().inFlight, 4, 'inFlight')
    slow.open()
    await tested.router.settled()
    equal(numbersByStream(tested.events())[zero], [0, 1, 2, 3])
    await tested.finish()
  },

  'a release waits like an event, and is waited for': async () => {
    const slow = gate()
    const tested = rig({}, ({ method }) => (method === 'released' ? slow.promise : undefined))
    tested.router.write(concat(opening('a'), opening('a'), traffic('a', 1)))
    await turn()
    equal(
      tested.calls.map(({ method }) => method),
      ['event', 'released'],
    )
    slow.open()
    await tested.router.settled()
    equal(tested.events().length, 3)
    await tested.finish()
  },

  'the observers of one shard move in step': async () => {
    const [first, second] = [gate(), gate()]
    const seen: string[] = []
    const factory = (name: string, promise: Promise<unknown>) => () => ({
      eventTraffic: ({ traffic: number }: EventTraffic) => {
        seen.push(`${name}${number}`)
        return number === 0 ? promise : undefined
      },
    })
    const router = createRouter(mtg, {
      shards: 1,
      observers: [factory('a', first.promise), factory('b', second.promise)],
    })
    router.write(concat(traffic('s', 0), traffic('s', 1)))
    second.open()
    await turn()
    equal(seen, ['a0', 'b0'])
    first.open()
    await router.settled()
    equal(seen, ['a0', 'b0', 'a1', 'b1'])
    equal((await router.shutdown()).delivered, 2)
  },

  'any thenable is awaited, however odd': async () => {
    let resolveLater: () => void = () => {}
    const odd = Object.defineProperty({}, 'then', {
      value: (resolve: () => void) => {
        resolveLater = () => {
          resolve()
          resolve()
        }
      },
    })
    const tested = rig({}, ({ event }) =>
      event?.event === 'EventTraffic' && event.traffic === 0 ? odd : undefined,
    )
    tested.router.write(concat(traffic('a', 0), traffic('a', 1)))
    await turn()
    equal(tested.events().length, 1)
    resolveLater()
    await tested.router.settled()
    equal(tested.events().length, 2)
    await tested.finish()
  },

  'a full ring stops the sources that have a frame for it, and no others': async () => {
    const slow = gate()
    const tested = rig({ ...FEW, shards: 2 }, ({ shard }) => (shard === 0 ? slow.promise : undefined))
    const [stopped, going] = [tested.router.source(), tested.router.source()]
    equal(stopped.write(concat(...upTo(30).map((number) => traffic(zero, number)))), false, 'write')
    equal(going.write(concat(...upTo(30).map((number) => traffic(one, number)))), true, 'another write')
    equal(numbersByStream(tested.events())[one], upTo(30))
    let isReady = false
    const ready = stopped.ready().then(() => {
      isReady = true
    })
    await turn()
    equal(isReady, false, 'ready')
    slow.open()
    await ready
    await stopped.settled()
    equal(numbersByStream(tested.events())[zero], upTo(30))
    await tested.finish()
  },

  'a chunk that was taken is read no more, one that is held is not copied': async () => {
    const slow = gate()
    const tested = rig(FEW, () => slow.promise)
    const taken = concat(traffic('a', 0), traffic('a', 1))
    equal(tested.router.write(taken), true)
    taken.fill(0xff)
    const held = concat(...upTo(30).map((number) => traffic('a', number + 2)))
    equal(tested.router.write(held), false)
    slow.open()
    await tested.router.ready()
    held.fill(0xff)
    await tested.router.settled()
    equal(numbersByStream(tested.events()), { a: upTo(32) })
    await tested.finish()
  },

  'async observers get all events of a long run, one after the other': async () => {
    const tested = rig({ shards: 4, ringBytes: 2_048, maxFrameBytes: 64 }, async ({ event }) => {
      if (event?.event === 'EventTraffic' && event.traffic % 7 === 0) await turn()
    })
    const ids = upTo(10).map((index) => `stream ${index}`)
    for (const number of upTo(40)) {
      const chunk = concat(...ids.map((id) => traffic(id, number)))
      if (!tested.router.write(chunk)) await tested.router.ready()
    }
    await until(() => tested.router.stats().inFlight === 0)
    equal(numbersByStream(tested.events()), Object.fromEntries(ids.map((id) => [id, upTo(40)])))
    isTrue(tested.calls.length === 400, 'there were other calls')
    await tested.finish()
  },
})
