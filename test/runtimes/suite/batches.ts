// Many events at once: columns are made by the core, in an instance of their own.

import { createRouter, type ObserverError } from 'shardwire'
import { kinds, mtg, type Observer } from 'shardwire/mtg'
import { concat } from '../../reference-frames.js'
import { cases, equal, turn, upTo } from './harness.js'
import { ending, gate, opening, traffic } from './rig.js'

type Batch = Parameters<NonNullable<Observer['eventBatch']>>[0]

export const batches = cases('batches', {
  'hold rows in order, their numbers as columns, and no release amid them': async () => {
    const told: unknown[] = []
    const observer = (): Partial<Observer> => ({
      eventBatch({ start, end, kind, slot, fields }: Batch) {
        for (let row = start; row < end; row++) told.push([kind[row], slot[row], fields.traffic[row]])
      },
      streamReleased: (slot: number, reason: string) => told.push([slot, reason]),
    })
    const router = createRouter(mtg, { shards: 1, observers: [observer] })
    router.write(concat(opening('a'), traffic('a', 2 ** 40), traffic('b', 3), ending('a'), traffic('b', 4)))
    const { EventStart, EventTraffic, EventFinish } = kinds
    equal(told, [
      [EventStart, 1, 0],
      [EventTraffic, 1, 2 ** 40],
      [EventTraffic, 2, 3],
      [EventFinish, 1, 0],
      [1, 'ended'],
      [EventTraffic, 2, 4],
    ])
    equal((await router.shutdown()).delivered, 5)
  },

  'give a row as the event that methods get, and say what is read too late': async () => {
    const kept: Batch[] = []
    const seen: unknown[] = []
    const slow = gate()
    const observer = (): Partial<Observer> => ({
      async eventBatch(batch: Batch) {
        kept.push(batch)
        await slow.promise
        seen.push(batch.event(batch.start), batch.streamId(batch.start))
      },
    })
    const router = createRouter(mtg, { shards: 1, observers: [observer] })
    router.write(traffic('a', 7))
    await turn()
    slow.open()
    await router.settled()
    const event = { event: 'EventTraffic', streamId: 'a', slot: 1, timestamp: 0, traffic: 7, isRead: false }
    equal(seen, [event, 'a'])
    let code = 'nothing'
    try {
      kept[0]!.event(0)
    } catch (error) {
      code = (error as { code: string }).code
    }
    equal(code, 'batch-misread')
    await router.shutdown()
  },

  'that fail count each of their events, and are reported once': async () => {
    const errors: ObserverError[] = []
    const router = createRouter(mtg, {
      shards: 1,
      observers: [
        () => ({
          eventBatch() {
            throw new Error('planted')
          },
        }),
      ],
      onObserverError: (error) => errors.push(error),
    })
    router.write(concat(...upTo(5).map((number) => traffic('a', number))))
    equal((await router.shutdown()).failed, 5)
    equal(
      errors.map(({ method, slot }) => `${method} ${slot}`),
      ['eventBatch 0'],
    )
  },
})
