// Faults from 63 on: mistakes that batches invite.

import type { Fault } from './faults.js'

export const batches: readonly Fault[] = [
  {
    number: 63,
    name: 'a batch goes on over a release',
    tier: 'nightly',
    edits: [
      {
        file: 'src/rows.ts',
        find: 'while (end < this.count && !this.isRelease(end)) end++\n    return end',
        replace:
          'while (end < this.count && !this.isRelease(end)) end++\n    return end + 1 < this.count && !this.isRelease(end + 1) ? end + 2 : end',
      },
    ],
    why: 'Slots are told apart by what is released between batches: with a release amid them, and untold, one slot is two streams’. The row of the release is no event, either.',
    by: 'simulation',
    oracles: ['columns'],
    seed: 9,
  },
  {
    number: 64,
    name: 'columns of the listing before',
    tier: 'nightly',
    edits: [
      {
        file: 'src/batch.ts',
        find: 'if (this.#listing !== listing || this.#array?.length === 0) {',
        replace: 'if (this.#array === undefined || this.#array.length === 0) {',
      },
    ],
    why: 'What was copied for an earlier batch is given for this one, slots and kinds included.',
    by: 'simulation',
    oracles: ['columns'],
    seed: 3,
  },
  {
    number: 65,
    name: 'a failed batch counts as one event',
    tier: 'nightly',
    edits: [
      {
        file: 'src/batch-drain.ts',
        find: 'const failed = this.#isFailed ? events : this.#failedRows',
        replace: 'const failed = this.#isFailed ? 1 : this.#failedRows',
      },
    ],
    why: 'The ledger’s equation holds all the same: only who counts the rows can tell.',
    by: 'simulation',
    oracles: ['outcome'],
    seed: 50,
  },
  {
    number: 66,
    name: 'a column reads what isn’t there',
    tier: 'nightly',
    edits: [
      {
        file: 'assembly/rows.ts',
        find: 'const bits: u64 = load<u64>(at) & load<u64>(field)',
        replace: 'const bits: u64 = load<u64>(at)',
      },
    ],
    why: 'Where an event has no such field, its column has bytes of the header, and a flag those of what stands beside it.',
    by: 'simulation',
    oracles: ['columns'],
    seed: 3,
  },
  {
    number: 67,
    name: 'rows of observers by method don’t wait',
    tier: 'nightly',
    edits: [
      {
        file: 'src/batch-drain.ts',
        find: '    while (this.#waits.length === 0) {\n',
        replace: '    for (;;) {\n',
      },
    ],
    why: 'Those that don’t take batches are called row by row, each of them once the promises of the row before have settled.',
    by: 'simulation',
    oracles: ['every-observer', 'one-at-a-time'],
    seed: 88,
  },
]
