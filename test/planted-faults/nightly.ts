// Faults 21 to 40: planted each night, with those of each push.

import type { Fault } from './faults.js'

export const nightly: readonly Fault[] = [
  {
    number: 21,
    name: 'U+FEFF lost',
    tier: 'nightly',
    edits: [
      {
        file: 'src/key-text.ts',
        find: "new TextDecoder('utf-8', { ignoreBOM: true })",
        replace: "new TextDecoder('utf-8')",
      },
    ],
    why: 'A decoder of text takes a leading U+FEFF for a mark, unless it is told otherwise: two streams then have one ID.',
    by: 'simulation',
    oracles: ['values'],
  },
  {
    number: 22,
    name: 'dropped finish keeps its slot',
    tier: 'nightly',
    edits: [
      {
        file: 'assembly/ingest.ts',
        find: '  if (ends) {\n    writeRelease',
        replace: '  if (ends && (opened || deliverOrphans)) {\n    writeRelease',
      },
    ],
    why: 'The end of a stream that was joined in the middle is dropped, and its slot is never free again.',
    by: 'simulation',
    oracles: ['release', 'identity'],
  },
  {
    number: 23,
    name: 'reused slot shows the old ID',
    tier: 'nightly',
    edits: [
      {
        file: 'src/drain.ts',
        find: "              if (this.#released !== '') ids[this.slot] = undefined\n",
        replace: '',
      },
    ],
    why: 'The text of an ID is kept for as long as its stream has the slot, and a release ends that.',
    by: 'simulation',
    oracles: ['values'],
  },
  {
    number: 24,
    name: 'deletion breaks a probe chain',
    tier: 'nightly',
    edits: [
      {
        file: 'assembly/streams.ts',
        find: 'if (((offset - home) & last) < ((offset - hole) & last)) continue',
        replace: 'if (((offset - home) & last) <= ((offset - hole) & last)) continue',
      },
    ],
    why: 'A bucket whose home is the hole itself stays where it is, and nobody finds it any more.',
    by: 'simulation',
    oracles: ['identity', 'release', 'eviction'],
  },
  {
    number: 25,
    name: 'full table overwrites a live entry',
    tier: 'nightly',
    edits: [
      {
        file: 'assembly/ingest.ts',
        find: '    writeRelease(shard, load<u32>(bucket, BUCKET_SLOT) & <u32>MAX_SLOTS, RELEASE_EVICTED)\n    removeStream(bucket, shard)\n    count(CONTROL_EVICTED, 1)\n',
        replace: '    removeStream(bucket, shard)\n',
      },
    ],
    why: 'A stream loses its slot to a newcomer, and nobody is told.',
    by: 'simulation',
    oracles: ['values', 'identity', 'release'],
  },
  {
    number: 26,
    name: "ignored finish doesn't end its stream",
    tier: 'nightly',
    edits: [
      {
        file: 'assembly/ingest.ts',
        find: '  if (ends) {\n    writeRelease',
        replace: '  if (ends && listened) {\n    writeRelease',
      },
    ],
    why: 'Where no observer hears of ends, streams never end.',
    by: 'simulation',
    oracles: ['release', 'identity'],
  },
  {
    number: 27,
    name: 'no-ID events all to shard 0',
    tier: 'nightly',
    edits: [
      {
        file: 'assembly/ingest.ts',
        find: 'store<u32>(CONTROL_NEXT_SHARD, next)',
        replace: 'store<u32>(CONTROL_NEXT_SHARD, 0)',
      },
    ],
    why: 'They go to the first shard that has room, always beginning with the same one.',
    by: 'simulation',
    oracles: ['spread'],
  },
  {
    number: 28,
    name: 'frame at a full ring repeated',
    tier: 'nightly',
    edits: [
      {
        file: 'src/input.ts',
        find: '    this.#cursor = next\n',
        replace: '    if (core.status !== STATUS_FULL) this.#cursor = next\n',
      },
      { file: 'src/input.ts', find: '  STATUS_DONE,\n', replace: '  STATUS_DONE,\n  STATUS_FULL,\n' },
    ],
    why: 'Where a ring was full the source goes on too early, and reads frames again that were routed.',
    by: 'simulation',
    oracles: ['once'],
  },
  {
    number: 29,
    name: "16-byte copy past a ring's end",
    tier: 'nightly',
    edits: [
      {
        file: 'assembly/ring.ts',
        find: 'const untilEnd: i32 = capacity - (position & (capacity - 1))',
        replace: 'const untilEnd: i32 = capacity + 16 - (position & (capacity - 1))',
      },
    ],
    why: 'A record may end 16 bytes behind its ring, where the next one’s slack begins.',
    by: 'simulation',
    oracles: ['rings', 'canaries'],
  },
  {
    number: 30,
    name: 'largest record waits for ever',
    tier: 'nightly',
    edits: [
      {
        file: 'src/core.ts',
        find: 'return ringBytes - used >= Math.max(least',
        replace: 'return ringBytes - used > Math.max(least',
      },
    ],
    why: 'Of the longest frame, an empty ring has just as much room as it is asked for.',
    by: 'simulation',
    oracles: ['stall'],
  },
  {
    number: 31,
    name: "offset from the chunk's start",
    tier: 'nightly',
    edits: [
      {
        file: 'src/input.ts',
        find: '    this.chunk = chunk\n',
        replace: '    this.chunk = chunk\n    this.offset = 0\n',
      },
    ],
    why: 'Errors tell where a frame begins in its source, not in the piece that happened to arrive.',
    by: 'simulation',
    oracles: ['reason'],
  },
  {
    number: 32,
    name: "first observer's throw skips the second",
    tier: 'nightly',
    edits: [
      {
        file: 'src/drain.ts',
        find: '        else failed = true\n        this.#report',
        replace: '        else failed = true\n        next = count\n        this.#report',
      },
    ],
    why: 'The others hear of the event all the same.',
    by: 'simulation',
    oracles: ['every-observer', 'outcome'],
  },
  {
    number: 33,
    name: 'thenable not awaited',
    tier: 'nightly',
    edits: [
      {
        file: 'src/reporter.ts',
        find: `    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'`,
        replace: '    value instanceof Promise',
      },
    ],
    why: 'Another library’s promise, or another realm’s, is an instance of none.',
    by: 'simulation',
    oracles: ['one-at-a-time', 'outcome'],
  },
  {
    number: 34,
    name: "handler's throw stops the drain",
    tier: 'nightly',
    edits: [
      {
        file: 'src/reporter.ts',
        find: '    } catch {\n      this.#failed()\n',
        replace: '    } catch (error) {\n      this.#failed()\n      throw error\n',
      },
    ],
    why: 'Whoever hears of errors may fail as well, and then nobody else is to be bothered.',
    by: 'simulation',
    oracles: ['unexpected-error', 'outcome'],
  },
  {
    number: 35,
    name: "deadline's victims uncounted",
    tier: 'nightly',
    edits: [{ file: 'src/shard-ring.ts', find: '    this.ledger.counts[CUT_OFF]! += events\n', replace: '' }],
    why: 'What the deadline cuts off is dropped, and has to be told as that.',
    by: 'simulation',
    oracles: ['ledger'],
  },
  {
    number: 36,
    name: 'call after a trap',
    tier: 'nightly',
    edits: [
      {
        file: 'src/core.ts',
        find: '    if (this.poison !== undefined) throw this.poison\n    // The core calls nothing, so the last call trapped, without the stack to say so.\n    if (this.#entered) throw this.fail()\n',
        replace: '',
      },
      { file: 'src/router.ts', find: '    if (core.poison !== undefined) throw core.poison\n', replace: '' },
    ],
    why: 'A core that trapped has stopped in the middle of something, and isn’t to be trusted again.',
    by: 'simulation',
    oracles: ['poison'],
  },
  {
    number: 37,
    name: 'restart repeats the fatal event',
    tier: 'nightly',
    edits: [
      {
        file: 'src/engine.ts',
        find: '      const unsettled = drain.countUnsettled()\n',
        replace:
          '      core.words[(header + SHARD_TAKEN) >>> 2] = core.words[(header + SHARD_SETTLED) >>> 2]!\n      const unsettled = drain.countUnsettled()\n',
      },
      {
        file: 'src/engine.ts',
        find: '  SHARD_SETTLED_EVENTS,\n  SHARD_TAIL,\n} from',
        replace: '  SHARD_SETTLED,\n  SHARD_SETTLED_EVENTS,\n  SHARD_TAIL,\n  SHARD_TAKEN,\n} from',
      },
    ],
    why: 'Meant of a worker that was killed, which waits until there are workers. Here what was in hand when the core trapped is delivered once more.',
    by: 'simulation',
    oracles: ['once'],
  },
  {
    number: 38,
    name: 'C1 printed raw',
    tier: 'nightly',
    edits: [
      {
        file: 'src/cli/escape.ts',
        find: "const UNSAFE = '\\\\u007f-\\\\u009f",
        replace: "const UNSAFE = '\\\\u007f",
      },
    ],
    why: 'Terminals take U+009B for the beginning of an escape sequence.',
    by: 'cli',
    oracles: ['no-control-characters'],
  },
  {
    number: 39,
    name: 'no check of a given core',
    tier: 'nightly',
    edits: [
      {
        file: 'src/options.ts',
        find: "  if (id === undefined || new DataView(id).getUint32(0) !== coreId) {\n    refuse('module', module, \"the core of this version: compile this package's core.wasm\")\n  }\n",
        replace: '  void id\n',
      },
    ],
    why: 'Listed as no Host check on upgrades, which waits until there is a daemon. Here another build’s core is taken, whose memory looks otherwise.',
    by: 'tests',
    tests: 'test/core/module.test.ts',
    oracles: ['is refused when it is another program, or the core of another build'],
  },
  {
    number: 40,
    name: 'offset committed before settling',
    tier: 'nightly',
    edits: [
      {
        file: 'src/engine.ts',
        find: '(mark, shard) => mark <= core.floats',
        replace: '(mark, shard) => mark - 1 <= core.floats',
      },
    ],
    why: 'Meant of a broker’s offsets, which wait until there is one; who commits awaits settled(), which here takes the event in hand for done.',
    by: 'simulation',
    oracles: ['settled'],
  },
]
