// RxJS: events grouped by stream ID, a subscriber a group that keeps the stream's state, and each group ended by its
// Finish (`duration`), so that memory is bounded. Groups are subscribed to one by one: `mergeMap` over them reads
// nicer, but looks through a list of all groups whenever one ends, as `duration` does already, and takes twice
// as long. Async observers are awaited group by group, by `concatMap`.
// It gets the same bytes as this package, and they are decoded by this package's own decoder: what is compared
// is the routing, and nothing else is to slow it down.

import { concatMap, filter, groupBy, type Observable, Subject } from 'rxjs'
import { createDecoder, FrameError } from 'shardwire'
import { type Event, mtg } from 'shardwire/mtg'
import { AsyncMeter } from '../kit/async-meter.js'
import { CountMeter } from '../kit/count-meter.js'
import { cut } from '../kit/cut.js'
import { deliver, kindOf } from '../kit/kinds.js'
import { TotalsMeter } from '../kit/totals-meter.js'
import { versionOf } from '../kit/version.js'
import type { Answer, Contestant, ObserverKind } from './contestant.js'

/** Who only counts needs no groups. */
async function count(events: Observable<Event>): Promise<Answer> {
  const meter = new CountMeter()
  await events.forEach((event) => {
    deliver(meter, kindOf(event), event)
  })
  return meter.tally
}

/** Every event by its stream, whose state lives as long as its group. @returns once all groups are over */
async function route(
  events: Observable<Event>,
  subscribe: (group: Observable<Event>) => Promise<unknown> | undefined,
): Promise<void> {
  const waiting = new Set<Promise<unknown>>()
  const groups = events.pipe(
    groupBy((event) => event.streamId, {
      duration: (group) => group.pipe(filter((event) => event.event === 'EventFinish')),
    }),
  )
  await groups.forEach((group) => {
    const over = subscribe(group)
    if (over === undefined) return
    waiting.add(over)
    over.then(
      () => waiting.delete(over),
      // Told to whoever waits for all of them.
      () => {},
    )
  })
  await Promise.all(waiting)
}

async function keepState(events: Observable<Event>): Promise<Answer> {
  const meter = new TotalsMeter()
  await route(events, (group) => {
    let bytes = 0
    group.subscribe({
      next(event) {
        deliver(meter, kindOf(event), event)
        if (event.event === 'EventTraffic') bytes += event.traffic
      },
      complete: () => meter.ended(bytes),
    })
    return undefined
  })
  return meter.tally
}

async function awaitEach(events: Observable<Event>): Promise<Answer> {
  const totals = new TotalsMeter()
  const meter = new AsyncMeter(totals)
  await route(events, async (group) => {
    let bytes = 0
    const call = async (event: Event) => {
      await deliver(meter, kindOf(event), event)
      if (event.event === 'EventTraffic') bytes += event.traffic
    }
    await group.pipe(concatMap(call)).forEach(() => {})
    totals.ended(bytes)
  })
  return totals.tally
}

const PIPELINES: Readonly<Record<ObserverKind, (events: Observable<Event>) => Promise<Answer>>> = {
  count,
  state: keepState,
  async: awaitEach,
}

export const contestant: Contestant<Uint8Array[]> = {
  description: 'RxJS groupBy, state in each group',
  oneShard: true,
  slow: true,
  most: {
    streams: 10_000,
    why: 'RxJS searches a list of all groups whenever one ends, at 100,000 for some 60 µs an event',
  },
  versions: () => ({ rxjs: versionOf('rxjs') }),
  prepare: (frames, { chunkBytes }) => cut(frames, chunkBytes),
  open({ observer }) {
    const events = new Subject<Event>()
    const decoder = createDecoder(mtg)
    const answer = PIPELINES[observer](events)
    return {
      write(chunks) {
        for (const chunk of chunks) {
          for (const event of decoder.decode(chunk)) {
            if (event instanceof FrameError) throw event
            events.next(event)
          }
        }
      },
      finish() {
        events.complete()
        return answer
      },
    }
  },
}
