// The package as its users see it, the built one, with the observers of a contestant.

import { createRouter } from 'shardwire'
import { mtg, type Observer } from 'shardwire/mtg'
import type { Answer, Contestant, Setting } from '../contestants/contestant.js'
import { cut } from './cut.js'

/** What the router's observers found, and how it makes them. */
export interface ObserverSource {
  readonly factories: readonly (() => Partial<Observer>)[]
  answer(): Answer
}

/** A contestant that is the product. @param observe makes fresh observers */
export function productContestant(
  description: string,
  observe: (setting: Setting) => ObserverSource,
): Contestant<Uint8Array[]> {
  return {
    description,
    prepare: (frames, { chunkBytes }) => cut(frames, chunkBytes),
    open(setting) {
      const { shards, streams } = setting
      const observers = observe(setting)
      const router = createRouter(mtg, { shards, streams, observers: observers.factories })
      return {
        async write(chunks) {
          for (const chunk of chunks) {
            if (!router.write(chunk)) await router.ready()
          }
        },
        async finish() {
          const stats = await router.shutdown()
          if (stats.delivered !== stats.received) {
            throw new Error(`not all delivered: ${JSON.stringify(stats)}`)
          }
          return observers.answer()
        },
      }
    },
  }
}
