// The package as its users see it, the built one, with the observers of a contestant.

import { createRouter } from 'shardwire'
import { mtg, type Observer } from 'shardwire/mtg'
import type { Contestant, Setting } from '../contestants/contestant.js'
import { cut } from './cut.js'
import type { ObserverSource } from './observers.js'

/** A contestant that is the product. @param observe makes fresh observers */
export function productContestant(
  description: string,
  observe: (setting: Setting) => ObserverSource<Partial<Observer>>,
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
