// A user's program that knows nothing but ECMAScript 2022: compiled by rows/types.mjs
// with `lib: ["es2022"]`, no DOM, no Node types, library files checked.

import {
  type CoreModule,
  createDecoder,
  createNoopRouter,
  createRouter,
  encodeFrame,
  FrameError,
  type ObserverError,
  type Router,
  ShardwireError,
  type Source,
  type Stats,
} from 'shardwire'
import core from 'shardwire/core.wasm'
import { type EventTraffic, type Input, mtg, type Observer } from 'shardwire/mtg'

class Meter implements Partial<Observer> {
  bytes: number[] = []
  eventTraffic(event: EventTraffic): void {
    this.bytes[event.slot] = (this.bytes[event.slot] ?? 0) + event.traffic
  }
  async eventFinish(): Promise<void> {}
  streamReleased(slot: number, reason: 'ended' | 'restarted' | 'evicted'): void {
    if (reason !== 'restarted') this.bytes[slot] = 0
  }
  shutdown(): void {}
}

export async function main(chunk: Uint8Array, wasm: CoreModule): Promise<Stats> {
  const router: Router<typeof mtg> = createRouter(mtg, {
    shards: 4,
    streams: 1_000,
    ringBytes: 65_536,
    maxFrameBytes: 1_024,
    orphans: 'deliver',
    observers: [() => new Meter(), (shard) => ({ eventStart: ({ remoteIP }) => [shard, remoteIP] })],
    onObserverError: (error: ObserverError) => error.method,
    onFrameError: ({ code, reason, offset }) => [code, reason, offset],
    module: wasm,
  })
  const source: Source = router.source({ schema: mtg, delimited: true })
  if (!source.write(chunk)) await source.ready()
  await source.settled()
  await source.end()
  const event: Input = {
    event: 'EventTraffic',
    streamId: 'a',
    timestamp: 1n,
    traffic: 1,
    isRead: true,
  }
  if (!router.send(event)) await router.ready()
  const writer = router.writable.getWriter()
  await writer.write(chunk)
  await writer.close()
  encodeFrame(mtg, event, new Uint8Array(64))
  for (const item of createDecoder(mtg, { module: core }).decode(chunk)) {
    if (item instanceof FrameError) continue
    if (item.event === 'EventTraffic') item.traffic.toFixed()
    // @ts-expect-error: not every event has it
    item.traffic
  }
  const noop: Router = createNoopRouter()
  await noop[Symbol.asyncDispose]()
  try {
    return await router.shutdown({ timeout: 1_000 })
  } catch (error) {
    if (error instanceof ShardwireError) throw new Error(error.code)
    throw error
  }
}

// @ts-expect-error: an option that there isn't
createRouter(mtg, { observer: [] })
// @ts-expect-error: an observer whose method takes another event
createRouter(mtg, { observers: [() => ({ eventStart: (event: EventTraffic) => event })] })
// @ts-expect-error: an event that lacks a field
createNoopRouter<typeof mtg>().send({ event: 'EventFinish', streamId: 'a' })
