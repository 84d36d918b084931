// The WebAssembly core alone: what an event costs before any JavaScript is called.

import { CORE_ANSWERS, countersOf, feed, makeCore, Records } from '../kit/core-alone.js'
import { cut } from '../kit/cut.js'
import type { Contestant } from './contestant.js'

interface Input {
  readonly chunks: readonly Uint8Array[]
  /** A core that has had all chunks so far, and what was in its rings; looked at while nothing is timed. */
  readonly core: ReturnType<typeof makeCore>
  readonly records: Records
}

export const contestant: Contestant<Input> = {
  description: 'the WebAssembly core alone, rings emptied at once',
  answers: CORE_ANSWERS,
  prepare(frames, { shards, streams, chunkBytes }, before) {
    const core = before?.core ?? makeCore(shards, streams)
    const records = before?.records ?? new Records(shards)
    const chunks = cut(frames, chunkBytes)
    feed(core, chunks, records)
    return { chunks, core, records }
  },
  open({ shards, streams }) {
    const core = makeCore(shards, streams)
    let seen: Input | undefined
    return {
      write(input) {
        seen = input
        feed(core, input.chunks)
      },
      finish() {
        if (seen === undefined) throw new Error('nothing was written')
        const counters = countersOf(core)
        const expected = countersOf(seen.core)
        if (JSON.stringify(counters) !== JSON.stringify(expected)) {
          throw new Error('what was timed differs from what was looked at')
        }
        return { ...seen.records.answer, ...counters }
      },
    }
  },
}
