// The shard of a stream ID, asked of the core itself: its xxHash32, the one that
// routes. The number of shards isn't limited to those of a router.

import { Core, xxHash32 } from '../core.js'
import { platformHost } from '../host.js'
import { MIN_FRAME_BYTES, MIN_RING_BYTES } from '../limits.js'
import { readSizes } from '../options.js'
import { planMemory } from '../plan.js'
import type { AnySchema } from '../schema.js'
import { coreModule } from '../wasm.js'
import type { ShardFinder } from './event-json.js'

/** @param shards from 1 */
export function shardFinder(schema: AnySchema, shards: number): ShardFinder {
  const sizes = { shards: 1, streams: 1, ringBytes: MIN_RING_BYTES, maxFrameBytes: MIN_FRAME_BYTES }
  const plan = planMemory(schema, readSizes(sizes))
  const core = new Core(coreModule(), schema, plan, platformHost, true)
  const { address, bytes } = plan.input
  const space = core.bytes.subarray(address, address + bytes)
  const encoder = new TextEncoder()
  return (streamId) => {
    const { written } = encoder.encodeInto(String(streamId), space)
    return xxHash32(core, address, written) % shards
  }
}
