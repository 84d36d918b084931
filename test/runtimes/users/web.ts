// A user's program on the web platform: its own objects fit the structural types. It is
// compiled with the DOM's types, and again with those of Node 20.

import { type CoreModule, createRouter } from 'shardwire'
import { mtg } from 'shardwire/mtg'

export async function pipe(body: ReadableStream<Uint8Array>, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const module: CoreModule = await WebAssembly.compile(bytes)
  const router = createRouter(mtg, { module })
  const { signal }: { signal: AbortSignal } = new AbortController()
  const source = router.source()
  const writable: WritableStream<Uint8Array> = source.writable
  await body.pipeTo(writable, { signal })
  await body.pipeTo(router.writable)
  await body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>()).pipeTo(router.source().writable)
  await router.ready({ signal })
  await source.settled({ signal: AbortSignal.timeout(1) })
  await source.end({ signal })
  await router.shutdown({ signal, timeout: 1 })
}
