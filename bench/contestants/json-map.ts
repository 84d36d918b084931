// JSON lines, an EventEmitter, and state in a Map by stream ID.

import { JsonRouter, jsonLines, listen } from '../kit/json-lines.js'
import { MapMeter } from '../kit/map-meter.js'
import { meterFor } from '../kit/observers.js'
import type { Contestant } from './contestant.js'

export const contestant: Contestant<Buffer[]> = {
  description: 'JSON lines, EventEmitter, state in a Map',
  oneShard: true,
  slow: true,
  prepare: (frames, { chunkBytes }) => jsonLines(frames, chunkBytes),
  open(setting) {
    const router = new JsonRouter()
    const meter = meterFor(setting, () => new MapMeter())
    listen(router, meter)
    return {
      write(chunks) {
        for (const chunk of chunks) router.write(chunk)
      },
      finish() {
        if (router.rejected > 0) throw new Error(`${router.rejected} lines of JSON were not understood`)
        return meter.tally
      },
    }
  },
}
