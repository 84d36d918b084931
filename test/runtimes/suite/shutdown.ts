// Guarantee 7: shutdown drains, then calls `shutdown()` once on every observer, within a
// deadline, from wherever and however often it is called. Nothing is delivered after.

import { createRouter, type Stats } from 'shardwire'
import { mtg } from 'shardwire/mtg'
import { concat } from '../../reference-frames.js'
import { cases, equal, isTrue, matches, throwsCode, turn, until, upTo } from './harness.js'
import { FEW, gate, idOfShard, numbersByStream, opening, type Rig, rig, traffic } from './rig.js'

const shutdownsOf = ({ calls }: Rig): number[] =>
  calls.filter(({ method }) => method === 'shutdown').map(({ shard }) => shard)

const finishOf = (streamId: string) => ({ event: 'EventFinish', streamId, timestamp: 0 }) as const

/** A ring that is full, and a source whose rest is held. */
function full(slow: Promise<unknown>): Rig {
  const tested = rig(FEW, ({ method }) => (method === 'event' ? slow : undefined))
  equal(tested.router.write(concat(...upTo(30).map((number) => traffic('a', number)))), false, 'write')
  return tested
}

export const shutdown = cases('7 shutdown', {
  'is told once to every instance, whoever asks and how often': async () => {
    const tested = rig({ shards: 5 })
    tested.router.write(traffic('a', 1))
    const first = tested.router.shutdown()
    isTrue(tested.router.shutdown() === first, 'a second call has another promise')
    await tested.router[Symbol.asyncDispose]()
    await first
    equal(shutdownsOf(tested).sort(), [0, 1, 2, 3, 4])
    await tested.finish()
    equal(shutdownsOf(tested).length, 5)
  },

  'drains a full ring and what is held first': async () => {
    const slow = gate()
    const tested = full(slow.promise)
    const over = tested.finish()
    await turn()
    equal(shutdownsOf(tested), [])
    slow.open()
    matches(await over, { delivered: 30, dropped: 0, discardedBytes: 0 })
    equal(numbersByStream(tested.events()), { a: upTo(30) })
    equal(tested.calls.at(-1)?.method, 'shutdown')
  },

  'from inside an observer is the same shutdown, after what was accepted': async () => {
    let over: Promise<Stats> | undefined
    const tested = rig({ shards: 2 }, ({ method }) => {
      if (method !== 'released') over ??= tested.router.shutdown()
    })
    tested.router.write(concat(...upTo(5).map((number) => traffic('a', number))))
    equal(tested.events().length, 5)
    isTrue((await tested.finish()) === (await over), 'the stats are others')
    equal(shutdownsOf(tested).length, 2)
  },

  "from inside an observer's shutdown() is the same shutdown": async () => {
    const results: Promise<Stats>[] = []
    const tested = rig({ shards: 2 }, ({ method }) => {
      if (method === 'shutdown') results.push(tested.router.shutdown())
    })
    const stats = await tested.finish()
    for (const result of results) isTrue((await result) === stats, 'the stats are others')
    equal(shutdownsOf(tested).length, 2)
  },

  'from a handler of errors, too': async () => {
    let over: Promise<Stats> | undefined
    const tested = rig({
      onFrameError: () => {
        over = tested.router.shutdown()
      },
    })
    tested.router.write(concat([0, 0, 0, 6, 0xeb, 0x50], traffic('a', 1)))
    await over
    matches(await tested.finish(), { rejected: 1, delivered: 1 })
  },

  "awaits the promises of the observers' own shutdown()": async () => {
    const slow = gate()
    let isOver = false
    const router = createRouter(mtg, { shards: 2, observers: [() => ({ shutdown: () => slow.promise })] })
    const over = router.shutdown().then(() => {
      isOver = true
    })
    await turn()
    equal(isOver, false)
    slow.open()
    await over
  },

  'goes on though every shutdown() throws or rejects': async () => {
    const router = createRouter(mtg, {
      shards: 3,
      observers: [
        () => ({
          shutdown: () => {
            throw new Error('no')
          },
        }),
        () => ({ shutdown: () => Promise.reject(new Error('no')) }),
      ],
      onObserverError: () => {},
    })
    equal((await router.shutdown()).observerErrors.shutdown, 6)
  },

  'has a deadline: a pending promise is cut off, its observer told, and all of it counted': async () => {
    const late = gate()
    const tested = full(late.promise)
    const settled = tested.router.settled()
    const stats = await tested.router.shutdown({ timeout: 1 })
    await throwsCode('router-closed', () => settled)
    equal(shutdownsOf(tested), [0])
    matches(stats, { delivered: 0, inFlight: 0, dropped: stats.accepted })
    equal(stats.droppedBy, { deadline: stats.accepted })
    isTrue(stats.discardedBytes > 0, 'nothing that was held is counted')
    // What settles late changes nothing.
    late.open()
    await turn()
    equal(await tested.finish(), stats)
    equal(tested.events().length, 1)
  },

  "bounds the observers' own shutdown(), too": async () => {
    const router = createRouter(mtg, { shards: 2, observers: [() => ({ shutdown: () => gate().promise })] })
    equal((await router.shutdown({ timeout: 1 })).observerErrors.shutdownCutOff, 2)
  },

  'that an observer awaits waits for itself, until the deadline': async () => {
    const tested = rig({}, ({ method }) =>
      method === 'event' ? tested.router.shutdown({ timeout: 1 }) : undefined,
    )
    tested.router.write(traffic('a', 1))
    const stats = await tested.finish()
    equal(stats.droppedBy, { deadline: 1 })
  },

  'tells an idle shard before one that is busy': async () => {
    const slow = gate()
    const tested = rig({ shards: 2 }, ({ shard, method }) =>
      shard === 0 && method === 'event' ? slow.promise : undefined,
    )
    tested.router.write(traffic(idOfShard(0, 2), 0))
    const over = tested.finish()
    await until(() => shutdownsOf(tested).length === 1)
    equal(shutdownsOf(tested), [1])
    slow.open()
    await over
    equal(shutdownsOf(tested), [1, 0])
  },

  'counts each source in the middle of a frame as one truncated frame': async () => {
    const tested = rig()
    const good = traffic('a', 1)
    tested.router.source().write(good.slice(0, 2))
    tested.router.source().write(concat(good, good.subarray(0, 20)))
    tested.router.source()
    tested.router.write(good.slice(0, good.length - 1))
    const stats = await tested.finish()
    equal(stats.rejectedBy, { truncated: 3 })
    matches(stats, { received: 4, delivered: 1 })
    equal(tested.frameErrors.map(({ offset }) => offset).sort(), [0, 0, good.length])
  },

  'leaves nothing that can be written to, and no wait that never ends': async () => {
    const tested = rig()
    const source = tested.router.source()
    const closed = source.closed()
    source.write(opening('a'))
    const over = tested.router.shutdown()
    for (const call of [
      () => tested.router.write(traffic('a', 1)),
      () => source.write(traffic('a', 1)),
      () => tested.router.send(finishOf('a')),
      () => tested.router.source(),
    ]) {
      await throwsCode('router-closed', call)
    }
    await over
    await Promise.all([closed, source.ready(), source.settled(), source.end(), tested.router.ready()])
    matches(await tested.finish(), { delivered: 1, streams: 1 })
  },

  'of a creation that fails: the observers made before are shut down': async () => {
    let over = 0
    const error = await throwsCode('factory-failed', () =>
      createRouter(mtg, {
        shards: 3,
        observers: [
          () => ({ shutdown: () => void over++ }),
          (shard) => {
            if (shard === 1) throw new Error('no')
            return { shutdown: () => void over++ }
          },
        ],
      }),
    )
    equal([over, (error.cause as Error).message], [3, 'no'])
  },
})
