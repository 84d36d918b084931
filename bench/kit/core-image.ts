// The core's memory as it is before the first frame, for the same core in C: to standard output, behind four words that
// say how many bytes there are, the memory's pages, where the input goes, and how much of it. Arguments: shards, streams.

import { makeCore } from './core-alone.js'

const [shards, streams] = process.argv.slice(2).map(Number) as [number, number]
const { bytes, plan } = makeCore(shards, streams)
// Slot lists, buckets and rings are all zero, and behind all that isn't.
const image = bytes.subarray(0, plan.slotLists.address)
process.stdout.write(
  new Uint8Array(Uint32Array.of(image.length, plan.pages, plan.input.address, plan.input.bytes).buffer),
)
process.stdout.write(image)
