// Faults 1 to 20: planted at each push.

import type { Fault } from './faults.js'

export const push: readonly Fault[] = [
  {
    number: 1,
    name: 'padding skipped 8 bytes short',
    tier: 'push',
    edits: [
      {
        file: 'src/drain.ts',
        find: `            } else if ((first & RECORD_PADDING) !== 0) {
              ints[settledWord] = after`,
        replace: `            } else if ((first & RECORD_PADDING) !== 0) {
              if ((first & RECORD_LENGTH_MASK) > 8) ints[takenWord] = (after - 8) | 0
              ints[settledWord] = ints[takenWord]!`,
      },
    ],
    why: 'The drain goes on 8 bytes before the ring begins anew, and takes what lies there for a record. Padding of 8 bytes is left alone: the drain would stay at it for ever, which is a hang.',
    by: 'simulation',
    oracles: ['once', 'rings', 'values'],
    seed: 13,
  },
  {
    number: 2,
    name: 'free space 48 too large',
    tier: 'push',
    edits: [
      {
        file: 'assembly/ring.ts',
        find: 'load<u32>(shard, SHARD_RESERVED) + RECORD_OVERRUN_BYTES',
        replace: 'load<u32>(shard, SHARD_RESERVED)',
      },
    ],
    why: 'Listed as 8 too large, which can never be seen: the hot path spares 48 bytes, which is what a copy could run over, and mtg’s shortest event runs over by 16. Without them it overwrites a record.',
    by: 'simulation',
    oracles: ['rings'],
    seed: 134,
  },
  {
    number: 3,
    name: 'positions compared signed',
    tier: 'push',
    edits: [
      {
        file: 'src/drain.ts',
        find: `              if (position === tail) {
                this.rewind()`,
        replace: `              if (position >= tail) {
                this.rewind()`,
      },
    ],
    why: 'Positions are signed words to the drain: where they pass 2^31, the tail is less than what comes before it, and the ring seems empty.',
    by: 'simulation',
    oracles: ['stall', 'in-flight'],
    seed: 183,
  },
  {
    number: 4,
    name: 'tail before payload',
    tier: 'push',
    edits: [
      {
        file: 'assembly/ring.ts',
        find: '  store<u32>(at, bytes)\n',
        replace: '  store<u32>(shard, position + bytes, SHARD_TAIL)\n  store<u32>(at, bytes)\n',
      },
    ],
    why: 'A record is published before it is whole. In one thread that shows where the core traps in between: what it has published is still delivered.',
    by: 'simulation',
    oracles: ['rings', 'once', 'values', 'outcome'],
    seed: 1,
  },
  {
    number: 5,
    name: "release published after the slot's next record",
    tier: 'push',
    edits: [
      {
        file: 'assembly/ingest.ts',
        find: '    writeRelease(shard, load<u32>(bucket, BUCKET_SLOT) & <u32>MAX_SLOTS, RELEASE_EVICTED)\n',
        replace: '    evictedSlot = load<u32>(bucket, BUCKET_SLOT) & <u32>MAX_SLOTS\n',
      },
      {
        file: 'assembly/ingest.ts',
        find: '/** A slot for a newcomer: a free one',
        replace: 'let evictedSlot: u32 = 0\n\n/** A slot for a newcomer: a free one',
      },
      {
        file: 'assembly/ingest.ts',
        find: '  if (ends) {\n    writeRelease(shard, slot, RELEASE_ENDED)',
        replace: `  if (evictedSlot != 0) writeRelease(shard, evictedSlot, RELEASE_EVICTED)
  evictedSlot = 0
  if (ends) {
    writeRelease(shard, slot, RELEASE_ENDED)`,
      },
    ],
    why: 'The newcomer’s first event comes before the end of the stream whose slot it takes.',
    by: 'simulation',
    oracles: ['values', 'identity', 'release', 'eviction'],
    seed: 82,
  },
  {
    number: 6,
    name: 'IDs equal by hash',
    tier: 'push',
    edits: [
      {
        file: 'assembly/streams.ts',
        find: '(length <= <u32>BUCKET_INLINE_BYTES || isSame(longIdAddress(load<u32>(bucket, BUCKET_SLOT)), at, length))',
        replace: 'true',
      },
    ],
    why: 'Of long IDs, 64 bits of hash and 14 bytes are compared. It shows where random is stuck: then words in another order have the same hash.',
    by: 'simulation',
    oracles: ['affinity', 'identity', 'release', 'values'],
    seed: 138,
  },
  {
    number: 7,
    name: 'last ID byte not compared',
    tier: 'push',
    edits: [
      {
        file: 'assembly/streams.ts',
        find: 'wordOne &= (keep(length) << 8) | 0xff',
        replace: 'wordOne &= (keep(length - 1) << 8) | 0xff',
      },
    ],
    why: 'Of an ID of less than 8 bytes, the last is left out of what is looked up.',
    by: 'simulation',
    oracles: ['affinity', 'identity', 'release', 'values'],
    seed: 61,
  },
  {
    number: 8,
    name: "shard from the table's hash",
    tier: 'push',
    edits: [
      {
        file: 'assembly/ingest.ts',
        find: 'index = xxHash32(keyAt, keyLength) % load<u32>(CONTROL_SHARDS)',
        replace: 'index = homeInHand() % load<u32>(CONTROL_SHARDS)',
      },
      {
        file: 'assembly/ingest.ts',
        find: '  findStreamFast,\n',
        replace: '  findStreamFast,\n  homeInHand,\n',
      },
      {
        file: 'assembly/streams.ts',
        find: 'export const UNKNOWN_OFFSET: u32 = 0xffffffff\n',
        replace: `export const UNKNOWN_OFFSET: u32 = 0xffffffff

export function homeInHand(): u32 {
  return homeOffset(wordOne, wordTwo, wordThree) >> BUCKET_SHIFT
}
`,
      },
    ],
    why: 'It spreads as well, but changes with the key: the same stream is on another shard in another process.',
    by: 'simulation',
    oracles: ['affinity'],
    seed: 13,
  },
  {
    number: 9,
    name: 'two sources share a partial frame',
    tier: 'push',
    edits: [
      {
        file: 'src/input.ts',
        find: '  #partial = new Uint8Array(0)\n',
        replace: '  #partial = shared\n',
      },
      {
        file: 'src/input.ts',
        find: 'const SMALLEST_PARTIAL_BYTES = 256\n',
        replace:
          'const SMALLEST_PARTIAL_BYTES = 256\nconst shared = new Uint8Array(SMALLEST_PARTIAL_BYTES)\n',
      },
    ],
    why: 'One buffer for the start of a cut frame instead of one a source.',
    by: 'simulation',
    oracles: ['reason', 'unexpected-error', 'values', 'once'],
    seed: 30,
  },
  {
    number: 10,
    name: 'cut within the length restarts it',
    tier: 'push',
    edits: [
      {
        file: 'src/input.ts',
        find: '      this.#keep(core.bytes.subarray(unreadAt, this.#loadedEnd))\n',
        replace:
          '      if (this.#frameBytes > 0) this.#keep(core.bytes.subarray(unreadAt, this.#loadedEnd))\n      else this.partialBytes = 0\n',
      },
    ],
    why: 'The first bytes of a length are forgotten when the rest of it is in the next chunk.',
    by: 'simulation',
    oracles: ['reason', 'unexpected-error'],
    seed: 30,
  },
  {
    number: 11,
    name: "longer block: ID read at the schema's offset",
    tier: 'push',
    edits: [
      {
        file: 'assembly/frame.ts',
        find: 'inspectData(block + blockLength, end, version, descriptor)',
        replace: 'inspectData(block + required, end, version, descriptor)',
      },
    ],
    why: 'What a newer producer has added to the block is taken for the ID.',
    by: 'simulation',
    oracles: ['values', 'lost-event', 'reason', 'once'],
    seed: 35,
  },
  {
    number: 12,
    name: 'boolean 2 passes',
    tier: 'push',
    edits: [
      { file: 'assembly/frame.ts', find: 'if (value <= 1) continue', replace: 'if (value <= 2) continue' },
    ],
    why: 'The first value that is neither true nor false.',
    by: 'simulation',
    oracles: ['once', 'values', 'reason'],
    seed: 100,
  },
  {
    number: 13,
    name: 'overlong UTF-8 passes',
    tier: 'push',
    edits: [
      {
        file: 'assembly/utf8.ts',
        find: 'if (point >> (5 * more + 1) == 0 || point',
        replace: 'if (point',
      },
    ],
    why: 'The same ID could be written in several ways, each a stream of its own.',
    by: 'simulation',
    oracles: ['once', 'values', 'reason'],
    seed: 189,
  },
  {
    number: 14,
    name: '2^53 passes',
    tier: 'push',
    edits: [
      {
        file: 'assembly/frame.ts',
        find: 'const MAX_SAFE: u64 = 0x1fffffffffffff',
        replace: 'const MAX_SAFE: u64 = 0x20000000000000',
      },
    ],
    why: 'The first integer that a JavaScript number can’t tell from the next one.',
    by: 'simulation',
    oracles: ['once', 'values', 'reason'],
    seed: 100,
  },
  {
    number: 15,
    name: 'throw counted delivered',
    tier: 'push',
    edits: [
      {
        file: 'src/drain.ts',
        find: '        else failed = true\n        this.#report',
        replace: '        this.#report',
      },
    ],
    why: 'The ledger’s equation holds all the same: only who counts what observers did can tell.',
    by: 'simulation',
    oracles: ['outcome'],
    seed: 193,
  },
  {
    number: 16,
    name: 'next event before the promise settles',
    tier: 'push',
    edits: [
      {
        file: 'src/drain.ts',
        find: '          if (waiting !== undefined) break\n',
        replace: '          waiting = undefined\n',
      },
    ],
    why: 'The promise is adopted, but nobody waits for it.',
    by: 'simulation',
    oracles: ['one-at-a-time', 'outcome'],
    seed: 142,
  },
  {
    number: 17,
    name: 'second shutdown calls observers again',
    tier: 'push',
    edits: [
      {
        file: 'src/shutdown.ts',
        find: "    if (this.#phase === 'open') {\n",
        replace: "    if (this.#phase !== 'draining') {\n      this.#told.clear()\n",
      },
    ],
    why: 'A shutdown that is over is taken for one that hasn’t begun.',
    by: 'simulation',
    oracles: ['shutdown-once'],
    seed: 153,
  },
  {
    number: 18,
    name: 'delivery after shutdown',
    tier: 'push',
    edits: [
      { file: 'src/shutdown.ts', find: '      if (engine.sources.size > 0) return\n', replace: '' },
      {
        file: 'src/drain.ts',
        find: 'if (this.blocked || this.closed) return false',
        replace: 'if (this.blocked) return false',
      },
    ],
    why: 'A shard that is idle is shut down while a source still holds frames for it, and takes them.',
    by: 'simulation',
    oracles: ['silence'],
    seed: 15,
  },
  {
    number: 19,
    name: 'dropped yet delivered',
    tier: 'push',
    edits: [
      {
        file: 'assembly/ingest.ts',
        find: '  } else if (listened) {\n    writeEvent',
        replace: '  }\n  if (listened) {\n    writeEvent',
      },
    ],
    why: 'An end without a beginning is counted as dropped, and told all the same.',
    by: 'simulation',
    oracles: ['ledger', 'end-without-beginning'],
    seed: 178,
  },
  {
    number: 20,
    name: 'frames after a framing fault delivered',
    tier: 'push',
    edits: [
      {
        file: 'assembly/ingest.ts',
        find: `  if (available >= <u32>FRAMING_BYTES && load<u16>(frame, 4) != ENCODING_TYPE) {
    return fail(STATUS_LOST, REASON_FRAMING_ENCODING, 0)
  }
  store<u32>(CONTROL_FRAME_BYTES, length)
  if (available < length) return STATUS_PARTIAL
`,
        replace: `  store<u32>(CONTROL_FRAME_BYTES, length)
  if (available < length) return STATUS_PARTIAL
  if (load<u16>(frame, 4) != ENCODING_TYPE) return fail(STATUS_REJECTED, REASON_FRAMING_ENCODING, 0)
`,
      },
    ],
    why: 'Another encoding costs one frame, as if its length could be trusted.',
    by: 'simulation',
    oracles: ['once', 'reason'],
    seed: 98,
  },
]
