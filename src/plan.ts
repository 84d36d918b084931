// Where each region of an instance's memory goes. Everything is sized here, at
// creation; the memory never grows, so no view on it ever detaches.

import { OptionError } from './errors.js'
import {
  BUCKET_BYTES,
  CACHE_LINE_BYTES,
  CONTROL,
  CONTROL_BYTES,
  FIELD_BYTES,
  FRAMING_BYTES,
  HASH_KEY_BYTES,
  LONG_ID_BYTES,
  MAX_ROWS,
  MAX_SHARDS,
  ROWS_BYTES,
  SHARD_BYTES,
  SLACK_BYTES,
  TEMPLATE_IDS,
} from './layout.js'
import { BUCKETS_A_SLOT, FIRST_BUCKET_BITS, MAX_PAGES, PAGE_BYTES, PIECE_BYTES } from './limits.js'
import type { Sizes } from './options.js'
import type { AnySchema } from './schema.js'
import { templateWords } from './templates.js'

export { FIRST_BUCKET_BITS } from './limits.js'

export interface Region {
  readonly address: number
  readonly bytes: number
}

/** The template table: it names addresses in itself, so it is made for its place. */
export interface TemplateRegion extends Region {
  readonly words: readonly number[]
}

/** The regions, in the order of layout.ts. */
export interface Plan extends Sizes {
  /** log2 of the most buckets. */
  readonly maxBucketBits: number
  readonly templateMap: Region
  readonly templates: TemplateRegion
  readonly listens: Region
  readonly hashKey: Region
  readonly shardHeaders: Region
  readonly slotLists: Region
  readonly buckets: Region
  readonly longIds: Region
  readonly rings: Region
  /** Bytes from one ring to the next, slack included. */
  readonly ringStride: number
  readonly rows: Region
  readonly fields: Region
  readonly column: Region
  readonly input: Region
  readonly pages: number
}

/** Where the first table goes and where it doubles to, so that the largest one gets the larger room. */
export function tableAddresses({ address }: Region, firstBits: number, maxBits: number): [number, number] {
  const rooms: [number, number] = [address, address + 2 ** maxBits * BUCKET_BYTES]
  return (maxBits - firstBits) % 2 === 0 ? rooms : [rooms[1], rooms[0]]
}

/** @throws OptionError `memory-limit` more than 4 GiB in all */
export function planMemory(schema: AnySchema, sizes: Sizes): Plan {
  let end = CONTROL + CONTROL_BYTES
  const next = (): number => Math.ceil(end / CACHE_LINE_BYTES) * CACHE_LINE_BYTES
  const region = (bytes: number): Region => {
    const address = next()
    end = address + bytes + SLACK_BYTES
    return { address, bytes }
  }
  const { shards, slots, ringBytes, maxFrameBytes } = sizes
  const maxBucketBits = Math.max(FIRST_BUCKET_BITS, Math.ceil(Math.log2(shards * slots * BUCKETS_A_SLOT)))
  const ringStride = ringBytes + SLACK_BYTES
  // The hot path looks for the key's length where the block should end, before it
  // knows that the frame is that long.
  const overlook = FRAMING_BYTES + schema.header.bytes + PAGE_BYTES
  const templateMap = region(TEMPLATE_IDS * 2)
  const words = templateWords(schema, next())
  const plan = {
    ...sizes,
    maxBucketBits,
    templateMap,
    templates: { ...region(words.length * 4), words },
    listens: region((schema.templates.length + 1) * MAX_SHARDS),
    hashKey: region(HASH_KEY_BYTES),
    shardHeaders: region(shards * SHARD_BYTES),
    slotLists: region(shards * (slots + 1) * 4),
    buckets: region((2 ** maxBucketBits + 2 ** (maxBucketBits - 1)) * BUCKET_BYTES),
    longIds: region(shards * slots * LONG_ID_BYTES),
    ringStride,
    rings: region(shards * ringStride),
    rows: region(shards * ROWS_BYTES),
    fields: region((schema.templates.length + 1) * FIELD_BYTES),
    column: region(MAX_ROWS * 8),
    input: region(PIECE_BYTES + maxFrameBytes),
  }
  const pages = Math.ceil((end + overlook) / PAGE_BYTES)
  if (pages > MAX_PAGES) {
    const gibibytes = (pages * PAGE_BYTES) / 2 ** 30
    throw new OptionError(
      'memory-limit',
      `${shards} shards, ${slots} slots and ${ringBytes} ring bytes each need ${gibibytes.toFixed(1)} GiB, 4 is the most; lower streams, shards or ringBytes`,
    )
  }
  return { ...plan, pages }
}
