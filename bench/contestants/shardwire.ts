// This package as its users see it: the built one, state by slot.

import { createRouter } from 'shardwire'
import { mtg } from 'shardwire/mtg'
import { mergeTallies } from '../tally.js'
import { CHUNK_BYTES, type Contestant, MAX_STREAMS, recut, SHARDS } from './contestant.js'
import { SlotMeter } from './slot-meter.js'

export const contestant: Contestant<Uint8Array[]> = {
  name: 'shardwire',
  description: 'this router, plain objects, state by slot',
  shards: SHARDS,
  prepare: (chunks) => recut(chunks, CHUNK_BYTES),
  open() {
    const meters: SlotMeter[] = []
    const observer = () => {
      const meter = new SlotMeter()
      meters.push(meter)
      return meter
    }
    const router = createRouter(mtg, { shards: SHARDS, streams: MAX_STREAMS, observers: [observer] })
    return {
      async write(chunks) {
        for (const chunk of chunks) {
          if (!router.write(chunk)) await router.ready()
        }
      },
      async finish() {
        const stats = await router.shutdown()
        if (stats.delivered !== stats.received) throw new Error(`not all delivered: ${JSON.stringify(stats)}`)
        return mergeTallies(meters.map((meter) => meter.tally))
      },
    }
  },
}
