// Ways of the core's conditions that no test goes, and conditions that may be forced
// without anybody noticing, each with its reason. `npm run coverage:core` fails when one
// names no condition, or isn't needed.
import type { Exception } from './hits.js'

export const exceptions: readonly Exception[] = [
  {
    file: 'assembly/ingest.ts',
    function: 'readPlain',
    text: 'keyLength - 1 >= <u32>MAX_KEY_BYTES',
    unnoticed: [0],
    why: 'equivalent: no stream has an ID of 0 or of 255 bytes, so none is found, and the frame goes to readFrame all the same',
  },
  {
    file: 'assembly/ingest.ts',
    function: 'readPlain',
    text: 'isLooking',
    nth: 1,
    unnoticed: [0],
    why: 'slower: the search begins where the ID says, which is what was noted',
  },
  {
    file: 'assembly/rows.ts',
    function: 'milliseconds',
    text: 'high != lastHigh',
    unnoticed: [1],
    why: 'slower: what the upper half comes to is made again',
  },
  {
    file: 'assembly/rows.ts',
    function: 'milliseconds',
    text: 'high >> 21 != 0',
    unnoticed: [0],
    why: 'slower: divided instead of multiplied, which is the same number',
  },
  {
    file: 'assembly/rows.ts',
    function: 'fillColumn',
    text: 'number == NUMBER_MILLISECONDS',
    nth: 2,
    unnoticed: [0],
    why: 'slower: the loop for all kinds of numbers makes the same of it',
  },
  {
    file: 'assembly/rows.ts',
    function: 'fillColumn',
    text: 'number == NUMBER_UNSIGNED',
    nth: 2,
    unnoticed: [0],
    why: 'slower: as above',
  },
  {
    file: 'assembly/rows.ts',
    function: 'fillColumn',
    text: 'number == NUMBER_MIXED',
    nth: 1,
    unnoticed: [1],
    why: 'slower: each field says the same of itself',
  },
  {
    file: 'assembly/rows.ts',
    function: 'fillColumn',
    text: 'number == NUMBER_MIXED',
    nth: 2,
    unnoticed: [1],
    why: 'slower: none of them is null or absent',
  },
  {
    file: 'assembly/streams.ts',
    function: 'readPlain',
    text: 'known == UNKNOWN_OFFSET',
    unnoticed: [1],
    why: 'slower: as above',
  },
  {
    file: 'assembly/streams.ts',
    function: 'readPlain',
    text: 'length - <u32>BUCKET_UNPADDED_BYTES > <u32>(BUCKET_INLINE_BYTES - BUCKET_UNPADDED_BYTES)',
    unnoticed: [1],
    why: 'slower: findStream finds IDs of these lengths, too',
  },
  {
    file: 'assembly/ingest.ts',
    function: 'ingest',
    text: 'load<u32>(CONTROL_BUCKETS_ADDRESS) != buckets',
    unnoticed: [1],
    why: 'slower: what was noted is noted again',
  },
  {
    file: 'assembly/utf8.ts',
    function: 'isUtf8',
    text: '(load<u64>(at) & NOT_ASCII) == 0',
    unnoticed: [0],
    why: 'slower: ASCII is judged byte by byte',
  },
]
