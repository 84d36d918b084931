// Guarantee 5: an observer that throws or rejects loses that one call.

import { createRouter, ObserverError } from 'shardwire'
import { type EventTraffic, mtg } from 'shardwire/mtg'
import { concat } from '../../reference-frames.js'
import { cases, equal, isTrue, matches, until, upTo } from './harness.js'
import { ending, numbersByStream, opening, rig, traffic } from './rig.js'

const boom = new Error('boom')
const fail = (): never => {
  throw boom
}

/** Ways in which a call can fail. */
const WAYS: Readonly<Record<string, () => unknown>> = {
  throws: fail,
  rejects: () => Promise.reject(boom),
  'rejects later': () => Promise.resolve().then(fail),
  'has a then that throws': () => Object.defineProperty({}, 'then', { value: fail }),
  'has a getter of then that throws': () => Object.defineProperty({}, 'then', { get: fail }),
}

export const isolation = cases('5 isolation', {
  ...Object.fromEntries(
    Object.entries(WAYS).map(([way, call]) => [
      `an observer that ${way} loses that call, and gets the next event`,
      async () => {
        const tested = rig({ shards: 2 }, ({ event }) =>
          event?.event === 'EventTraffic' && event.traffic === 1 ? call() : undefined,
        )
        tested.router.write(concat(...upTo(3).map((number) => traffic('a', number))))
        await tested.router.settled()
        equal(numbersByStream(tested.events()), { a: [0, 1, 2] })
        const [error, ...more] = tested.observerErrors
        equal(more.length, 0, 'more errors')
        isTrue(error instanceof ObserverError, 'it is no ObserverError')
        matches(error!, { code: 'observer-failed', method: 'eventTraffic', streamId: 'a', slot: 1 })
        isTrue(error!.cause === boom, 'the cause is another')
        matches(await tested.finish(), { delivered: 2, failed: 1 })
      },
    ]),
  ),

  'anything can be thrown': async () => {
    const thrown = [undefined, null, 0, 'text', Symbol('s'), Object.create(null), () => {}]
    const tested = rig({}, ({ event }) => {
      if (event?.event === 'EventTraffic') throw thrown[event.traffic]
    })
    tested.router.write(concat(...upTo(thrown.length).map((number) => traffic('a', number))))
    isTrue(
      tested.observerErrors.every(({ cause }, index) => cause === thrown[index]),
      'a cause is another',
    )
    matches(await tested.finish(), { failed: thrown.length, delivered: 0 })
  },

  'the other observers of the shard get the event all the same': async () => {
    const seen: number[] = []
    const router = createRouter(mtg, {
      shards: 1,
      observers: [
        () => ({ eventTraffic: fail }),
        () => ({ eventTraffic: ({ traffic: number }: EventTraffic) => void seen.push(number) }),
      ],
      onObserverError: () => {},
    })
    router.write(concat(traffic('a', 0), traffic('a', 1)))
    equal(seen, [0, 1])
    equal((await router.shutdown()).failed, 2)
  },

  'what streamReleased and shutdown throw is counted apart': async () => {
    const tested = rig({}, ({ method }) => (method === 'event' ? undefined : fail()))
    tested.router.write(concat(opening('a'), ending('a'), opening('b')))
    const stats = await tested.finish()
    matches(stats, { delivered: 3, failed: 0 })
    equal(stats.observerErrors, { streamReleased: 1, shutdown: 1, shutdownCutOff: 0 })
    equal(
      tested.observerErrors.map(({ method }) => method),
      ['streamReleased', 'shutdown'],
    )
  },

  'handlers that throw or reject hurt nobody, and are counted': async () => {
    const router = createRouter(mtg, {
      shards: 1,
      observers: [() => ({ eventTraffic: fail })],
      onObserverError: fail,
      onFrameError: () => Promise.reject(boom),
    })
    router.write(concat(traffic('a', 0), [0, 0, 0, 6, 0xeb, 0x50], traffic('a', 1)))
    await until(() => router.stats().handlerErrors === 3)
    matches(await router.shutdown(), { failed: 2, rejected: 1, handlerErrors: 3 })
  },

  'a flood of errors is counted whole, and told in part': async () => {
    const tested = rig({}, fail)
    tested.router.write(concat(...upTo(5_000).map((number) => traffic('a', number))))
    const told = tested.observerErrors.length
    isTrue(told >= 10 && told < 5_000, `${told} were told`)
    equal((await tested.finish()).failed, 5_000)
  },
})
