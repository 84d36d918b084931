// The WebAssembly core alone: what an event costs before any JavaScript is called.

import { feed, makeCore, Records } from '../kit/core-alone.js'
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
  answers: ['kinds', 'recordsChecksum'],
  prepare(frames, { shards, streams, chunkBytes }, before) {
    const core = before?.core ?? makeCore(shards, streams)
    const records = before?.records ?? new Records(shards)
    const chunks = cut(frames, chunkBytes)
    feed(core, chunks, records)
    return { chunks, core, records }
  },
  open({ shards, streams }) {
    const core = makeCore(shards, streams)
    let records: Records | undefined
    return {
      write(input) {
        records = input.records
        feed(core, input.chunks)
      },
      finish: () => records?.answer ?? {},
    }
  },
}
