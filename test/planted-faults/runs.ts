// Faults from 68 on: mistakes that the hot path invites, and calls of several events before
// they are accounted for.

import type { Fault } from './faults.js'

export const runs: readonly Fault[] = [
  {
    number: 68,
    name: 'the hot path’s limit begins at position 0',
    tier: 'nightly',
    edits: [
      {
        file: 'src/core.ts',
        find: 'of [SHARD_TAIL, SHARD_LIMIT, SHARD_TAKEN',
        replace: 'of [SHARD_TAIL, SHARD_TAKEN',
      },
    ],
    why: 'Positions may begin anywhere. Where 0 is ahead of them, the first event of a ring goes to the address of its position, if the hot path writes it.',
    by: 'simulation',
    oracles: ['unexpected-error', 'rings', 'canaries', 'table'],
    seed: 60,
  },
  {
    number: 69,
    name: 'the limit stays where it was behind a release',
    tier: 'nightly',
    edits: [
      {
        file: 'assembly/ring.ts',
        find: '  store<u32>(shard, tail + RECORD_HEADER_BYTES, SHARD_TAIL)\n  allow(shard, tail, at)\n',
        replace: '  store<u32>(shard, tail + RECORD_HEADER_BYTES, SHARD_TAIL)\n',
      },
    ],
    why: 'With nothing but releases for 2 GiB of positions, it was ahead again, and the hot path wrote outside of the ring.',
    by: 'tests',
    tests: 'test/core/ring.test.ts',
    oracles: ['keeps its limit at the tail, however many releases come between two events'],
  },
  {
    number: 70,
    name: 'an empty ring begins anew, and the hot path not',
    tier: 'nightly',
    edits: [
      {
        file: 'src/shard-ring.ts',
        find: '    words[(header + SHARD_ORIGIN) >>> 2] = this.ring - start\n',
        replace: '',
      },
    ],
    why: 'It adds positions to the address of position 0 in the lap, which is another one then.',
    by: 'simulation',
    oracles: ['rings', 'canaries', 'once', 'values'],
    seed: 2,
  },
  {
    number: 71,
    name: 'room is kept, but not from the hot path',
    tier: 'nightly',
    edits: [
      {
        file: 'src/engine.ts',
        find: '      words[word(fullShard, SHARD_LIMIT)] = words[word(fullShard, SHARD_TAIL)]!\n',
        replace: '',
      },
    ],
    why: 'It looks at its limit alone: a source that waits was overtaken by events of streams that go on.',
    by: 'tests',
    tests: 'test/guarantees/sources.test.ts',
    oracles: ['are not overtaken by an event of a stream that goes on, for which there is room'],
  },
  {
    number: 72,
    name: 'an empty ring forgets for whom it is kept',
    tier: 'nightly',
    edits: [
      {
        file: 'src/shard-ring.ts',
        find: '    if (words[(header + SHARD_RESERVED) >>> 2] !== 0) return\n',
        replace: '',
      },
    ],
    why: 'Beginning anew tells the hot path that all is free, which is so for the source that waits alone.',
    by: 'tests',
    tests: 'test/core/ring.test.ts',
    oracles: ['begins anew with its limit where it was, while it is kept for a source'],
  },
  {
    number: 73,
    name: 'a run of events counts as its last one',
    tier: 'nightly',
    edits: [
      {
        file: 'src/drain.ts',
        find: '            this.settle()\n            this.calls = 1\n',
        replace: '            this.calls = 1\n',
      },
    ],
    why: 'Events of one kind are called one after the other, and accounted for together.',
    by: 'simulation',
    oracles: ['in-flight', 'ledger', 'outcome', 'settled'],
    seed: 1,
  },
  {
    number: 74,
    name: 'statistics know nothing of the run in hand',
    tier: 'nightly',
    edits: [
      {
        file: 'src/engine.ts',
        find: '    this.settle()\n',
        replace: '',
      },
    ],
    why: 'Asked for by an observer, they told events as in flight whose calls had returned.',
    by: 'tests',
    tests: 'test/guarantees/runs.test.ts',
    oracles: ['tell each event whose call has returned, to the observer in the middle of a run'],
  },
  {
    number: 75,
    name: 'the event in hand is accounted for, too',
    tier: 'nightly',
    edits: [{ file: 'src/drain.ts', find: '      if (after === taken) break\n', replace: '' }],
    why: 'Its call may still throw: it then counts twice, once of each kind.',
    by: 'simulation',
    oracles: ['in-flight', 'ledger', 'outcome'],
    seed: 1,
  },
  {
    number: 76,
    name: 'a run goes on over a release',
    tier: 'nightly',
    edits: [
      {
        file: 'src/drain.ts',
        find: 'if (first >= RECORD_PADDING || (ints[word + 1]! & 0xffff) !== this.#template) return false',
        replace: 'if ((ints[word + 1]! & 0xffff) !== this.#template) return false',
      },
      {
        file: 'src/drain.ts',
        find: '(position + first) | 0',
        replace: '(position + (first & RECORD_LENGTH_MASK)) | 0',
      },
    ],
    why: 'The reason of a release is where an event has its kind: one of a run’s kind is called as an event.',
    by: 'simulation',
    oracles: ['once', 'values', 'order', 'unexpected-error', 'every-observer', 'outcome'],
  },
  {
    number: 77,
    name: 'a run is for one observer before it is for the next',
    tier: 'nightly',
    edits: [{ file: 'src/drain.ts', find: 'count === 1 ? tail : after', replace: 'tail' }],
    why: 'The first of several took the run’s events, and the others heard of the last one alone.',
    by: 'simulation',
    oracles: ['every-observer', 'outcome'],
    seed: 7,
  },
  {
    number: 78,
    name: 'a run ends with the promise of an event that is over',
    tier: 'nightly',
    edits: [
      {
        file: 'src/compile/typescript.ts',
        find: 'if (result !== undefined || !record.next()) {',
        replace: 'if (!record.next()) {',
      },
      {
        file: 'src/mtg/events.gen.ts',
        find: `      decodeEventTraffic(view, record.at, ids[record.slot]!, record.slot),
    )
    if (result !== undefined || !record.next()) {`,
        replace: `      decodeEventTraffic(view, record.at, ids[record.slot]!, record.slot),
    )
    if (!record.next()) {`,
      },
    ],
    why: 'What a call returned in the middle of a run was awaited by nobody.',
    by: 'simulation',
    oracles: ['one-at-a-time', 'outcome'],
    seed: 23,
  },
  {
    number: 79,
    name: 'beginnings of streams take the hot path',
    tier: 'nightly',
    edits: [{ file: 'src/templates.ts', find: "    role === 'none' &&\n", replace: '' }],
    why: 'It knows nothing of beginnings and ends: a stream that is opened again isn’t released, one that ends stays.',
    by: 'simulation',
    oracles: ['release', 'identity', 'affinity', 'order', 'ledger', 'end-without-beginning'],
    seed: 2,
  },
  {
    number: 80,
    name: 'nobody knows that a stream was opened',
    tier: 'nightly',
    edits: [
      {
        file: 'assembly/ingest.ts',
        find: '    store<u32>(bucket, slotWord | BUCKET_OPENED, BUCKET_SLOT)\n',
        replace: '',
      },
    ],
    why: 'Its end counts as one without a beginning, and it may be opened again without having ended.',
    by: 'simulation',
    oracles: ['release', 'ledger', 'end-without-beginning', 'lost-event', 'outcome'],
    seed: 2,
  },
  {
    number: 81,
    name: 'the last bytes of an ID are not compared',
    tier: 'nightly',
    edits: [
      {
        file: 'assembly/streams.ts',
        find: '(load<u64>(bucket) ^ one) | (load<u64>(bucket, BUCKET_SECOND) ^ two) | (load<u64>(bucket, BUCKET_THIRD) ^ three)\n  return',
        replace: '(load<u64>(bucket) ^ one) | (load<u64>(bucket, BUCKET_SECOND) ^ two)\n  return',
      },
    ],
    why: 'Whoever stands where the search begins is taken for the stream that is looked for.',
    by: 'tests',
    tests: 'test/core/stream-ids.test.ts',
    oracles: ['are told apart by each single byte, at each length, on both paths'],
  },
  {
    number: 82,
    name: 'the hot path takes 64 KiB more than a frame has',
    tier: 'nightly',
    edits: [
      {
        file: 'src/templates.ts',
        find: ' &&\n    blockEnd + 1 + MAX_KEY_BYTES <= 0xffff\n',
        replace: '\n',
      },
    ],
    why: 'Of a length it compares 16 bits, which is enough for blocks that are not longer.',
    by: 'tests',
    tests: 'test/core/long-blocks.test.ts',
    oracles: ['of 64 KiB less a few bytes is read where its frame says that it ends'],
  },
  {
    number: 83,
    name: 'a time has the upper half of the one before',
    tier: 'nightly',
    edits: [{ file: 'src/wire.ts', find: 'if (high !== lastHigh) {', replace: 'if (lastHigh === 0) {' }],
    why: 'What the upper half of a time comes to is kept for the next one, which may have another.',
    by: 'frames',
    oracles: ['same-events'],
  },
  {
    number: 84,
    name: 'who waits for less room goes first',
    tier: 'nightly',
    edits: [{ file: 'src/engine.ts', find: '          kept.add(source.fullShard)\n', replace: '' }],
    why: 'What became free was taken by short frames, whenever it was enough for one, and never came to a long one’s.',
    by: 'tests',
    tests: 'test/guarantees/sources.test.ts',
    oracles: ['are not starved for a long frame by one that writes short ones'],
  },
  {
    number: 85,
    name: 'a run keeps its space until it is over',
    tier: 'nightly',
    edits: [
      {
        file: 'src/source.ts',
        find: 'engine.progress !== progress || engine.settle()',
        replace: 'engine.progress !== progress',
      },
    ],
    why: 'An observer that writes an event for each that it gets found the ring full, with those in it that it had had.',
    by: 'tests',
    tests: 'test/guarantees/runs.test.ts',
    oracles: ['makes room as it goes on for what its observer writes by'],
  },
  {
    number: 86,
    name: 'calls are counted that statistics have settled',
    tier: 'nightly',
    edits: [
      {
        file: 'src/drain.ts',
        find: '(this.calls === 0 || ints[settledWord] !== began)',
        replace: 'this.calls === 0',
      },
    ],
    why: 'Asked for in the middle of a run, statistics account for what is over of it; its end did so once more.',
    by: 'tests',
    tests: 'test/guarantees/runs.test.ts',
    oracles: ['tell each event whose call has returned, to the observer in the middle of a run'],
  },
]
