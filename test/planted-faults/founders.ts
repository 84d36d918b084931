// Faults from 41 on: mistakes that were made in this project, or nearly, by those who built it.

import type { Fault } from './faults.js'

export const founders: readonly Fault[] = [
  {
    number: 41,
    name: 'settled() rejects over framing lost later',
    tier: 'nightly',
    edits: [
      {
        file: 'src/source.ts',
        find: `      await this.#waiters
        .wait(() => !this.isHeld, options)
        .catch((error: unknown) => {
          if (error !== this.#fault || !isLost()) throw error
        })`,
        replace: '      await this.#waiters.wait(() => !this.isHeld, options)',
      },
    ],
    why: 'Asked for while bytes were held that then lost their framing, it rejected, though all before that was delivered.',
    by: 'simulation',
    oracles: ['unexpected-error'],
    seed: 453,
  },
  {
    number: 42,
    name: 'a source that waits is overtaken for ever',
    tier: 'nightly',
    edits: [
      {
        file: 'src/engine.ts',
        find: 'words[word(fullShard, SHARD_RESERVED)] = plan.ringBytes',
        replace: 'words[word(fullShard, SHARD_RESERVED)] = 0',
      },
    ],
    why: 'A long frame never found room where others wrote a short one whenever there was some.',
    by: 'tests',
    tests: 'test/guarantees/sources.test.ts',
    oracles: ['are not starved by one that writes a frame whenever there is room for it'],
  },
  {
    number: 43,
    name: 'a chunk is still read after it was taken',
    tier: 'nightly',
    edits: [
      {
        file: 'src/input.ts',
        find: '    this.#partial.set(rest, this.partialBytes)\n',
        replace:
          '    if (this.partialBytes === 0) this.#partial = rest\n    else this.#partial.set(rest, this.partialBytes)\n',
      },
    ],
    why: 'The start of a cut frame was kept by reference, in a buffer that its owner may use again.',
    by: 'simulation',
    oracles: ['reason', 'values', 'unexpected-error'],
  },
  {
    number: 44,
    name: 'late end of an evicted stream takes a slot',
    tier: 'nightly',
    edits: [
      {
        file: 'assembly/ingest.ts',
        find: `    if (ends && !deliverOrphans) {
      count(CONTROL_ORPHANS, 1)
      return STATUS_DONE
    }
`,
        replace: '',
      },
    ],
    why: 'An end that is dropped anyway made another stream give way first.',
    by: 'simulation',
    oracles: ['release', 'eviction'],
  },
  {
    number: 45,
    name: 'the table doubles into a room that is not empty',
    tier: 'nightly',
    edits: [{ file: 'assembly/streams.ts', find: '  memory.fill(old, 0, bytes)\n', replace: '' }],
    why: 'Two rooms take turns, so what the table leaves behind is what it moves into next but one.',
    by: 'simulation',
    oracles: ['table', 'identity', 'values'],
  },
  {
    number: 46,
    name: 'a ring starts again with old space in use',
    tier: 'nightly',
    edits: [
      {
        file: 'src/drain.ts',
        find: '      this.#block(waiting, failed)\n',
        replace:
          '      this.#block(waiting, failed)\n      if (ints[takenWord] === ints[tailWord]) this.rewind()\n',
      },
    ],
    why: 'The ring goes back to its beginning with a promise unsettled, whose space is written over.',
    by: 'simulation',
    oracles: ['rings', 'in-flight'],
  },
  {
    number: 47,
    name: 'a wait that is over keeps listening to its signal',
    tier: 'nightly',
    edits: [
      {
        file: 'src/waiters.ts',
        find: "        signal?.removeEventListener('abort', onAbort)\n",
        replace: '',
      },
    ],
    why: 'A signal that lives as long as its program gathered a listener at each wait.',
    by: 'tests',
    tests: 'test/guarantees/deadline.test.ts',
    oracles: ['have no listeners left, however a wait ended'],
  },
  {
    number: 48,
    name: 'the deadline’s timer outlives the shutdown',
    tier: 'nightly',
    edits: [{ file: 'src/shutdown.ts', find: '    engine.host.clearTimer(this.#timer)\n', replace: '' }],
    why: 'A process that had shut all down stayed for ten seconds more.',
    by: 'simulation',
    oracles: ['timers'],
  },
  {
    number: 49,
    name: 'reports are counted by the second’s number',
    tier: 'nightly',
    edits: [
      {
        file: 'src/reporter.ts',
        find: 'const oldest = this.#times[this.#next]!',
        replace: 'const oldest = Math.floor(this.#times[this.#next]! / 1_000) * 1_000',
      },
    ],
    why: 'Ten at the end of one and ten at the beginning of the next are twenty within a second.',
    by: 'simulation',
    oracles: ['report-rate'],
  },
  {
    number: 50,
    name: 'no shard’s room is kept in a header behind the last',
    tier: 'nightly',
    edits: [
      {
        file: 'src/engine.ts',
        find: 'if (fullShard === MAX_SHARDS || fullShard === turn) continue',
        replace: 'if (fullShard === turn) continue',
      },
    ],
    why: 'A frame without an ID waits for any shard, which has no number and no header.',
    by: 'simulation',
    oracles: ['table', 'canaries'],
  },
  {
    number: 51,
    name: 'a source is kept out by the room kept for it',
    tier: 'nightly',
    edits: [{ file: 'src/engine.ts', find: 'this.#reserve(source.fullShard)', replace: 'this.#reserve()' }],
    why: 'Its turn came, and its own reservation was in its way.',
    by: 'simulation',
    oracles: ['stall'],
  },
  {
    number: 52,
    name: 'a promise that settles after the deadline counts',
    tier: 'nightly',
    edits: [
      {
        file: 'src/shard-ring.ts',
        find: '    this.epoch++\n    this.blocked = false',
        replace: '    this.blocked = false',
      },
    ],
    why: 'What was cut off has been counted as dropped, and mustn’t be counted as delivered later.',
    by: 'simulation',
    oracles: ['in-flight', 'ledger', 'outcome'],
  },
  {
    number: 53,
    name: 'a release that throws fails the next event',
    tier: 'nightly',
    edits: [
      {
        file: 'src/drain.ts',
        find: '        else failed = true\n        this.#report',
        replace: '        failed = true\n        this.#report',
      },
    ],
    why: 'What is noted of one record was still noted at the next, since a release settles no event.',
    by: 'simulation',
    oracles: ['outcome'],
  },
  {
    number: 54,
    name: 'a trap takes what its call had counted along',
    tier: 'nightly',
    edits: [
      { file: 'src/engine.ts', find: '    core.floats[CONTROL_ACCEPTED >>> 3] = accepted\n', replace: '' },
    ],
    why: 'The core stores its counters at a call’s end, and published records come before that.',
    by: 'simulation',
    oracles: ['ledger'],
  },
  {
    number: 55,
    name: 'a cut message goes on in the next one',
    tier: 'nightly',
    edits: [
      {
        file: 'src/source.ts',
        find: '          if (this.#delimited && input.chunk === undefined) this.#rejectPartial()\n',
        replace: '',
      },
    ],
    why: 'Messages hold whole frames: what is cut off at the end of one is over, and the next begins with a frame.',
    by: 'simulation',
    oracles: ['reason', 'values', 'unexpected-error'],
  },
  {
    number: 56,
    name: 'messages cost nothing but their bytes',
    tier: 'nightly',
    edits: [
      {
        file: 'src/transports/inbox.ts',
        find: ' + (waitingChunks + 1) * MESSAGE_OVERHEAD_BYTES',
        replace: ' + (waitingChunks + 1) * 0',
      },
    ],
    why: 'A million empty messages waited, and counted as nothing.',
    by: 'tests',
    tests: 'test/transports/websocket-overflow.test.ts',
    oracles: ['are bounded by their number, too: each counts 512 bytes more'],
  },
  {
    number: 57,
    name: 'a shutdown that goes on tells observers again',
    tier: 'nightly',
    edits: [{ file: 'src/shutdown.ts', find: '      this.#told.add(observer)\n', replace: '' }],
    why: 'Where the stack ran out between two observers of a shard, the first was told once more.',
    by: 'tests',
    tests: 'test/guarantees/stack.test.ts',
    oracles: ['called again, it ends, and none is told twice'],
  },
  {
    number: 58,
    name: 'the null of a longer length is that of a shorter one',
    tier: 'nightly',
    edits: [
      {
        file: 'assembly/frame.ts',
        find: 'if (length == <u32>0xffffffff >> (32 - width * 8)) return',
        replace: 'if (length == 0xff) return',
      },
    ],
    why: 'Only frames of mtg’s schema had ever been through the core, whose lengths have one byte each.',
    by: 'frames',
    oracles: ['same-reasons'],
  },
  {
    number: 59,
    name: 'a time loses its fraction',
    tier: 'nightly',
    edits: [
      {
        file: 'src/wire.ts',
        find: 'return lastUpper[0]! + rest * 1e-6',
        replace: 'return lastUpper[0]! + Math.floor(rest * 1e-6)',
      },
    ],
    why: 'Of times beyond a hundred days the fraction is made otherwise than of those that are easily tested.',
    by: 'frames',
    oracles: ['same-events'],
  },
  {
    number: 60,
    name: 'an address is another with three words the same',
    tier: 'nightly',
    edits: [
      {
        file: 'src/wire-ip.ts',
        find: ' &&\n    knownBits[bits] === first\n',
        replace: '\n',
      },
    ],
    why: 'Texts of addresses are kept, and looked up by all 16 bytes or they are another’s.',
    by: 'frames',
    oracles: ['same-events'],
  },
  {
    number: 61,
    name: 'comments turn the code beside them round',
    tier: 'nightly',
    edits: [
      {
        file: 'src/compile/text.ts',
        find: 'const UNSAFE = /[\\p{Cc}\\p{Bidi_Control}',
        replace: 'const UNSAFE = /[\\p{Cc}',
      },
    ],
    why: 'Marks of bidirectional text in a schema’s description showed readers other code than the compiler saw.',
    by: 'schemas',
    oracles: ['no-control-characters', 'no-injection'],
  },
  {
    number: 62,
    name: 'a message quotes whatever it refuses, however long',
    tier: 'nightly',
    edits: [
      {
        file: 'src/compile/schema-error.ts',
        find: '  if (message.length <= MAX_MESSAGE) return message\n',
        replace: '  if (message.length > 0) return message\n',
      },
    ],
    why: 'The name of a root element was told whole, of a megabyte as well.',
    by: 'schemas',
    oracles: ['bounded-output'],
  },
]
